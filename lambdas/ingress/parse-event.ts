// Decides whether an API Gateway event is a request that came through our own edge, and restores it as the client sent it.
// Trusts: API Gateway for the event's structure, the origin secret for everything named `x-countersign-*`. Everything
// else is caller-controlled. Leaves to others: what the request means (route.ts) and who signed it (identity/sigv4).

import { type Refusal, refuse } from "../model/refusal.ts";
import type { QueryParameter, WireHeaders, WireRequest } from "../model/wire-request.ts";
import { parseBody } from "./event-body.ts";
import { type EventMap, isRecord, parseEventMap } from "./event-map.ts";
import { holdsOriginSecret } from "./origin-secret.ts";
import { restoreHeaders, viewerIpOf } from "./restore-headers.ts";

export interface EdgeSettings {
  /** The stage of the REST API: exactly one leading `/<stage>` is taken off the path. */
  readonly stage: string;
  /** Two while a secret is rotated. With none, every request is refused. */
  readonly originSecrets: readonly string[];
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
const MAX_URL_BYTES = 8 * 1024;
const REQUEST_ID = /^[\w-]{1,128}$/;
// RFC 3986 `pchar` and `/`. Anything else in a path is read differently by different parsers (`\`, `?`, raw UTF-8).
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;

/**
 * Reads a REST API Lambda proxy event (payload format 1.0 without a `version`):
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 * Refuses with AccessDenied (not through our edge), InvalidRequest (contradictory or over a limit), ValidationError
 * (a path or header that we cannot take as sent) or RequestEntityTooLarge.
 */
export function parseEvent(
  event: unknown,
  edge: EdgeSettings,
): { readonly kind: "request"; readonly request: WireRequest } | Refusal {
  if (!isRecord(event) || "version" in event || !isRecord(event.requestContext)) return malformed("event");
  const arrived = parseEventMap(event.headers, event.multiValueHeaders, "headers");
  if (arrived.kind === "refused") return arrived;
  // INVARIANT: the secret comes first: before it holds, nothing named x-countersign-* may be believed.
  if (!holdsOriginSecret(arrived.map, edge.originSecrets)) {
    return refuse(
      "AccessDenied",
      "this address is not the gateway's entrance: set AWS_ENDPOINT_URL to the CloudFront name of the gateway",
    );
  }
  return parseTrustedEvent(event, event.requestContext, arrived.map, edge);
}

function parseTrustedEvent(
  event: Record<string, unknown>,
  context: Record<string, unknown>,
  arrived: EventMap,
  edge: EdgeSettings,
): { readonly kind: "request"; readonly request: WireRequest } | Refusal {
  const gatewayRequestId = context.requestId;
  if (typeof gatewayRequestId !== "string" || !REQUEST_ID.test(gatewayRequestId))
    return malformed("requestId");
  const viewerIp = viewerIpOf(arrived);
  if (viewerIp === undefined) return malformed("viewer address");
  const method = parseMethod(event, context);
  if (typeof method !== "string") return method;
  const path = parsePath(context, edge.stage);
  if (typeof path !== "string") return path;
  const query = parseQuery(event);
  if (query.kind === "refused") return query;
  if (urlBytes(path, query.query) > MAX_URL_BYTES) {
    return refuse("InvalidRequest", "the URL is over 8 KB: the gateway cannot take it");
  }
  const restored = restoreHeaders(arrived);
  if (restored.kind === "refused") return restored;
  const parsed = parseBody(event.body, event.isBase64Encoded);
  if (parsed.kind === "refused") return parsed;
  const { headers } = restored;
  const { body } = parsed;
  const contradiction = lengthContradiction(headers, body);
  if (contradiction !== undefined) return contradiction;
  return {
    kind: "request",
    request: { method, path, query: query.query, headers, body, viewerIp, gatewayRequestId },
  };
}

function parseMethod(event: Record<string, unknown>, context: Record<string, unknown>): string | Refusal {
  const { httpMethod } = event;
  if (typeof httpMethod !== "string" || !METHODS.has(httpMethod)) {
    return refuse("InvalidRequest", "no AWS operation uses this HTTP method");
  }
  if (context.httpMethod !== undefined && context.httpMethod !== httpMethod) return malformed("httpMethod");
  return httpMethod;
}

function parsePath(context: Record<string, unknown>, stage: string): string | Refusal {
  const { path: staged } = context;
  if (typeof staged !== "string") return malformed("path");
  if (context.stage !== undefined && context.stage !== stage) return malformed("stage");
  const prefix = `/${stage}`;
  if (staged !== prefix && !staged.startsWith(`${prefix}/`)) return malformed("path");
  const path = staged.slice(prefix.length) || "/";
  if (!PATH.test(path) || !isPercentEncodedUtf8(path)) {
    return refuse(
      "ValidationError",
      "the path is not percent-encoded UTF-8: encode every character but letters, digits, `-`, `_`, `.` and `~`",
    );
  }
  return path;
}

function isPercentEncodedUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function parseQuery(
  event: Record<string, unknown>,
): { readonly kind: "query"; readonly query: readonly QueryParameter[] } | Refusal {
  const { queryStringParameters, multiValueQueryStringParameters } = event;
  const parsed = parseEventMap(queryStringParameters, multiValueQueryStringParameters, "query");
  if (parsed.kind === "refused") return parsed;
  const query: QueryParameter[] = [];
  for (const [name, values] of parsed.map) {
    for (const value of values) {
      // caller-controlled: a lone surrogate would make encodeURIComponent throw
      if (!name.isWellFormed() || !value.isWellFormed()) return malformed("query");
      query.push([name, value]);
    }
  }
  return { kind: "query", query };
}

function urlBytes(path: string, query: readonly QueryParameter[]): number {
  let bytes = path.length;
  for (const [name, value] of query) {
    bytes += encodeURIComponent(name).length + encodeURIComponent(value).length + 2; // `?` or `&`, and `=`
  }
  return bytes;
}

function lengthContradiction(headers: WireHeaders, body: Uint8Array): Refusal | undefined {
  const lengths = headers.get("content-length");
  if (lengths === undefined) return undefined;
  if (lengths.length === 1 && lengths[0] === String(body.byteLength)) return undefined;
  return refuse("InvalidRequest", "the content-length is not the length of the body that arrived");
}

function malformed(field: string): Refusal {
  return refuse(
    "InvalidRequest",
    `the request cannot be read without doubt: its ${field} is contradictory or malformed`,
  );
}
