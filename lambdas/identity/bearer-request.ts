// A call without a signature, from a client without an SDK: the holder of a token vouches for the whole request over TLS.
// Every byte is caller-controlled. What recognition gets has the same form as a signed request; who the token speaks of,
// and whether its session may make the call, is decided elsewhere.

import { parseRoleArn, type RoleArn } from "../model/ids.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import { singleHeader, type WireHeaders, type WireRequest } from "../model/wire-request.ts";
import { MAX_TOKEN_CHARACTERS } from "./token/token-text.ts";

export interface BearerRequest {
  readonly role: RoleArn;
  readonly unverifiedToken: string;
  /** The request as if it were signed: all of it is vouched for. */
  readonly request: SignedRequest;
}

const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const SERVICE = /^[a-z0-9-]{1,64}$/;
const REGION = /^[a-z0-9-]{1,32}$/;
const PREFIX = "/aws";

// Headers of a signature, of framing and of this scheme; `host` is ours, not the service's. The same are left out of a
// signed request: the sender writes its own.
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "date",
  "countersign-service",
  "countersign-region",
  "countersign-role",
  "host",
]);
const SIGNATURE_HEADERS = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];

/** Refuses with `MissingAuthenticationToken` without a token, else with `ValidationError` or `InvalidRequest`. */
export function parseBearerRequest(
  request: WireRequest,
): { readonly kind: "bearer"; readonly bearer: BearerRequest } | Refusal {
  const { headers } = request;
  const unverifiedToken = BEARER.exec(singleHeader(headers, "authorization") ?? "")?.[1];
  if (unverifiedToken === undefined || unverifiedToken.length > MAX_TOKEN_CHARACTERS) {
    return refuse(
      "MissingAuthenticationToken",
      "the authorization header must be `Bearer` and one oidc token",
    );
  }
  if (hasSignature(request)) {
    return refuse("InvalidRequest", "the request has a token and a signature: send one of them");
  }
  if (!hasPlainBody(headers)) {
    return refuse(
      "InvalidRequest",
      "a call with a token sends its body as it is: no aws-chunked or transfer coding",
    );
  }
  const path = pathBehindPrefix(request.path);
  const role = parseRoleArn(singleHeader(headers, "countersign-role") ?? "");
  const signingName = matching(headers, "countersign-service", SERVICE);
  const region = matching(headers, "countersign-region", REGION);
  if (path === undefined || role === undefined || signingName === undefined || region === undefined) {
    return refuse(
      "ValidationError",
      "a call with a token goes to a path under `/aws` and has the headers countersign-service, countersign-region and countersign-role, each once",
    );
  }
  const { method, query, body } = request;
  return {
    kind: "bearer",
    bearer: {
      role,
      unverifiedToken,
      request: { method, path, query, headers: vouched(headers), body, signingName, region },
    },
  };
}

function hasSignature({ headers, query }: WireRequest): boolean {
  return (
    SIGNATURE_HEADERS.some((name) => headers.has(name)) ||
    query.some(([name]) => /^x-amz-(?:signature|credential|algorithm|security-token)$/i.test(name))
  );
}

/** Framing is undone only under a signature, which covers the chunks. */
function hasPlainBody(headers: WireHeaders): boolean {
  const codings = headers.get("content-encoding") ?? [];
  return !headers.has("transfer-encoding") && !codings.some((coding) => /aws-chunked/i.test(coding));
}

/** `/aws` itself is the root. Nothing is decoded or normalised. */
function pathBehindPrefix(path: string): string | undefined {
  if (path === PREFIX) {
    return "/";
  }
  return path.startsWith(`${PREFIX}/`) ? path.slice(PREFIX.length) : undefined;
}

function matching(headers: WireHeaders, name: string, form: RegExp): string | undefined {
  const value = singleHeader(headers, name);
  return value !== undefined && form.test(value) ? value : undefined;
}

function vouched(headers: WireHeaders): WireHeaders {
  return new Map([...headers].filter(([name]) => !OWN_HEADERS.has(name)));
}
