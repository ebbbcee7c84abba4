// What the pages of approvers need from the world beyond approval/ports.ts: the provider where people sign in, and the
// store of their logins and browser sessions. Adapters: lambdas/net/oidc-login.ts, lambdas/aws/web-sessions.ts.

import type { QueryParameter } from "../../model/wire-request.ts";

/** Who signed in, as the provider's ID token said. What that makes them here is approval/people.ts's to say. */
export interface LoginIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** For showing only: people may choose it themselves. */
  readonly name: string;
  readonly groups: readonly string[];
}

/** What ties the provider's answer to this login. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type LoginResult =
  | { readonly kind: "identity"; readonly identity: LoginIdentity }
  | { readonly kind: "refused"; readonly reason: "declined" | "code" | "token" | "groups" }
  | { readonly kind: "unreachable" };

export interface LoginClient {
  begin(
    redirectUri: string,
  ): Promise<
    | { readonly kind: "begun"; readonly url: string; readonly secrets: LoginSecrets }
    | { readonly kind: "unreachable" }
  >;
  /** `query` is what the browser brought back, every byte of it from outside. */
  finish(redirectUri: string, query: readonly QueryParameter[], secrets: LoginSecrets): Promise<LoginResult>;
}

/** A login that has begun. */
export interface PendingLogin extends LoginSecrets {
  /** A path of ours. */
  readonly returnPath: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

export interface WebSession {
  readonly identity: LoginIdentity;
  /** What every form of this session must carry. */
  readonly csrf: string;
  /** Epoch seconds; the first second at which it is over. */
  readonly expiresAt: number;
}

/** Ids are secrets of one browser: the store keeps their hashes only. All throw when it is not known what was done. */
export interface WebSessions {
  beginLogin(id: string, login: PendingLogin): Promise<void>;
  /** Gives the login out once, and never again. */
  takeLogin(id: string, now: number): Promise<PendingLogin | undefined>;
  open(id: string, session: WebSession): Promise<void>;
  find(id: string, now: number): Promise<WebSession | undefined>;
  close(id: string): Promise<void>;
}
