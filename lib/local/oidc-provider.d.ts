// The part of `oidc-provider` that the local issuer uses; the package brings no types.

declare module "oidc-provider" {
  import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  export interface IdToken {
    scope: string;
    issue(as: Readonly<{ use: "idtoken" }>): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly Grant: new (
      of: Readonly<{ clientId: string | undefined; accountId: string | undefined }>,
    ) => Grant;
    readonly IdToken: new (
      claims: Readonly<Record<string, unknown>>,
      of: Readonly<{ client: unknown }>,
    ) => IdToken;
    readonly Client: { find(id: string): Promise<unknown> };
    callback(): RequestListener;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<unknown>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Readonly<Record<string, unknown>>,
      options: Readonly<{ mergeWithLastSubmission: boolean }>,
    ): Promise<void>;
  }
}
