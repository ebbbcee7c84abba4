// What API Gateway does to headers on the way to a Lambda integration and back, for REST APIs, as its page "Amazon API
// Gateway important notes" documents it, column "lambda":
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html#api-gateway-known-issues-rest-apis

import { type HeaderList, withoutHeaders } from "./origin.ts";

const DROPPED_FROM_REQUEST = new Set([
  "connection",
  "content-md5",
  "expect",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "te",
  "trailer",
  "upgrade",
  "www-authenticate",
  // Documented as an exception for Lambda; here the body has arrived whole, and the framing ended with it.
  "transfer-encoding",
]);

const SIGV4 = /^\s*AWS4-(?:HMAC-SHA256|ECDSA-P256-SHA256)\b/i;

/** The headers that the function's event holds. */
export function requestHeaders(headers: HeaderList): HeaderList {
  return withoutHeaders(headers, DROPPED_FROM_REQUEST).filter(([name, value]) => {
    return name.toLowerCase() !== "authorization" || !SIGV4.test(value);
  });
}

const DROPPED_FROM_RESPONSE = new Set([
  "expect",
  "host",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

const REMAPPED = new Set([
  "authorization",
  "connection",
  "content-md5",
  "date", // and overwritten by the gateway's own
  "max-forwards",
  "server", // as date
  "user-agent",
  "www-authenticate",
  // Not in the table, but seen: the gateway writes these itself.
  "x-amzn-requestid",
  "x-amz-apigw-id",
  "x-amzn-trace-id",
]);

/** What the client gets of the function's headers. */
export function responseHeaders(headers: HeaderList): HeaderList {
  return withoutHeaders(headers, DROPPED_FROM_RESPONSE).map(([name, value]) => [
    REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name,
    value,
  ]);
}
