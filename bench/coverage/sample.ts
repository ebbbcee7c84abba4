// One request of a client that is not ours: what the client was given, and what it would have sent. The given values
// keep their types, so that a blob is not taken for its base64 and a time not for its text.

import type { SignedRequest } from "../../lambdas/model/signed-request.ts";

export type Given =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Given[]
  | { readonly [member: string]: Given };

export type GivenTree = { readonly [member: string]: Given };

export interface Sample {
  /** botocore's service name. */
  readonly service: string;
  readonly operation: string;
  /** `required`, `every`, `odd` (texts that are easily misread), or `arms-<number>`. */
  readonly variant: string;
  readonly given: GivenTree;
  readonly request: SignedRequest;
  /** False where the client does not sign by SigV4 (unsigned, bearer token, SigV2, SigV4a): recognised as if it did. */
  readonly signed: boolean;
}

/** A client that would not make the request, in its own words. */
export interface Unsent {
  readonly service: string;
  readonly operation: string;
  readonly variant: string;
  readonly unsent: string;
}

export interface CaughtRequest {
  readonly method: string;
  /** As on the wire, below the gateway's own prefix. */
  readonly path: string;
  readonly query: SignedRequest["query"];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const SCOPE = /Credential=[^/,\s]+\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/;
const SIGNED_HEADERS = /SignedHeaders=([^,\s]+)/;
const REGION = "eu-west-1";

/**
 * The request as ingress and the signature check hand it on: the gateway's prefix gone, signed headers only. An unsigned
 * request is taken as signed whole, with the service's own name.
 */
export function asSigned(
  { method, path, query, headers, body }: CaughtRequest,
  signingName: string,
): Pick<Sample, "request" | "signed"> {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const authorization = lower.get("authorization");
  const [, region = REGION, name = signingName] = SCOPE.exec(authorization ?? "") ?? [];
  const signed = SIGNED_HEADERS.exec(authorization ?? "")?.[1]?.split(";") ?? [...lower.keys()];
  const request: SignedRequest = {
    method,
    path: path.replace(/^\/aws(?=\/|$)/, "") || "/",
    query,
    headers: new Map(signed.flatMap((key) => (lower.has(key) ? [[key, [lower.get(key) ?? ""]]] : []))),
    body,
    signingName: name,
    region,
  };
  return { request, signed: authorization !== undefined };
}
