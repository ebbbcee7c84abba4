// Decides what kind of request this is, by its form alone. Nothing is verified here: a route only says which check must
// come next, and whatever fits none is refused by the flow. Reads caller-controlled bytes; believes none of them.

import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";

export type Route =
  | "exchange"
  | "container-credentials"
  | "call"
  | "bearer"
  | "unsigned"
  | "presigned"
  | "unknown";

const DATA_PLANE = "/aws";
const FORM = /^application\/x-www-form-urlencoded(?:;|$)/i;
// `AWS4-...` is SigV4 and SigV4a; `AWS <key>:<signature>` is SigV2, routed on so that its refusal can say what it is.
const SIGNED = /^AWS(?:4-| )/i;
const BEARER = /^Bearer /i;
const PRESIGNED_PARAMETERS: ReadonlySet<string> = new Set([
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-algorithm",
  "x-amz-signedheaders",
  "awsaccesskeyid",
]);

/**
 * Returns the route. A request that is signed in its query is `presigned` even when it also has an Authorization
 * header: both forms at once are never a `call` (and identity/sigv4 refuses them once more).
 */
export function routeOf(request: WireRequest): Route {
  const { path } = request;
  if (path !== DATA_PLANE && !path.startsWith(`${DATA_PLANE}/`)) return "unknown";
  if (request.query.some(([name]) => PRESIGNED_PARAMETERS.has(name.toLowerCase()))) return "presigned";
  const authorization = request.headers.get("authorization") ?? [];
  if (authorization.some((value) => SIGNED.test(value))) return "call";
  if (authorization.some((value) => BEARER.test(value))) return "bearer";
  if (request.method === "GET" && path === `${DATA_PLANE}/credentials`) return "container-credentials";
  const isRoot = path === DATA_PLANE || path === `${DATA_PLANE}/`;
  if (isRoot && request.method === "POST" && authorization.length === 0 && isForm(request)) return "exchange";
  return "unsigned";
}

/** The refusal of a route that no flow serves. */
export function refuseRoute(route: "unsigned" | "presigned" | "unknown"): Refusal {
  switch (route) {
    case "unsigned":
      return refuse(
        "MissingAuthenticationToken",
        "the call is not signed: give the SDK credentials through AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
      );
    case "presigned":
      return refuse(
        "AccessDenied",
        "the gateway takes no presigned URLs: sign the request in its Authorization header, and only there",
      );
    case "unknown":
      return refuse("InvalidAction", "nothing is served here: AWS_ENDPOINT_URL must end with `/aws`");
  }
}

function isForm(request: WireRequest): boolean {
  return FORM.test(singleHeader(request.headers, "content-type") ?? "");
}
