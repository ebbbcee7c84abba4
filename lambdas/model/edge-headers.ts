// The headers with which our edge speaks to ingress, and the list of headers that it copies. One place for both sides:
// lib/edge-distribution.ts fills the CloudFront Function with it, ingress restores from it, tests check that they agree.
// The edge deletes every incoming `x-countersign-*`, so behind a correct origin secret these names are ours alone.

/** Everything that begins so was written by the edge, or is deleted by it. */
export const EDGE_HEADER_PREFIX = "x-countersign-";

/** `x-countersign-h-<name>` is the client's own `<name>`, with all its values in order. */
export const COPY_HEADER_PREFIX = "x-countersign-h-";

/** The address that CloudFront saw at the other end of the viewer's connection. */
export const VIEWER_IP_HEADER = "x-countersign-viewer-ip";

/** The secret that proves that a request came through our distribution. */
export const ORIGIN_SECRET_HEADER = "x-countersign-origin";

/**
 * Lower-case names that CloudFront or API Gateway may drop, rename, normalise or write themselves. Ingress believes only
 * the copy of such a header; the one under the plain name is dropped, so no copy means that the client sent none.
 *
 * - API Gateway, "Important notes" for REST APIs (dropped, remapped or overwritten on the way to an integration):
 *   https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 * - CloudFront, "Request and response behavior for custom origins" (normalised accept-encoding, conditional requests and
 *   ranges answered or changed by the cache, host, via):
 *   https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
 * - Not here, since CloudFront neither shows them to a function nor forwards them: connection, expect, keep-alive,
 *   proxy-*, trailer, upgrade. No SDK signs them.
 */
export const COPIED_HEADERS = [
  "accept",
  "accept-charset",
  "accept-encoding",
  "age",
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "forwarded",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "max-forwards",
  "pragma",
  "range",
  "referer",
  "server",
  "te",
  "transfer-encoding",
  "user-agent",
  "via",
  "warn",
  "warning",
  "www-authenticate",
] as const;
