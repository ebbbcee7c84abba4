// The token of a request to the API, as its header shows it. Nothing of it is verified here.

import { type Refusal, refuse } from "../../model/refusal.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";

const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const MOST_CHARACTERS = 8_192; // over what ingress lets pass as headers

/** The unverified token, or a refusal with `MissingAuthenticationToken`. */
export function bearerOf({ headers }: Pick<WireRequest, "headers">): string | Refusal {
  const shown = singleHeader(headers, "authorization") ?? "";
  const unverifiedToken = shown.length > MOST_CHARACTERS ? undefined : BEARER.exec(shown)?.[1];
  return (
    unverifiedToken ??
    refuse("MissingAuthenticationToken", "the authorization header must be `Bearer` and one oidc token")
  );
}
