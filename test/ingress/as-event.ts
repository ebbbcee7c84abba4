// Plays the edge for tests: turns a request as a client sends it into the event that API Gateway hands to Lambda after
// CloudFront and our edge function. Written from AWS's documentation, apart from lib/: it must not share its mistakes.

import { COPIED_HEADERS } from "../../lambdas/model/edge-headers.ts";

/** A request as it leaves the client: raw path and query, header names as written. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface GatewayEvent {
  [field: string]: unknown;
  httpMethod: string;
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  queryStringParameters: Record<string, string> | null;
  multiValueQueryStringParameters: Record<string, string[]> | null;
  requestContext: Record<string, unknown>;
  body: string | null;
  isBase64Encoded: boolean;
}

export const STAGE = "prod";
export const ORIGIN_SECRET = "origin-secret-of-the-tests-0123456789";
export const VIEWER_IP = "203.0.113.7";

// What the edge and API Gateway write themselves, whatever the client sent.
const ADDED: readonly (readonly [string, string])[] = [
  ["Host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"],
  ["User-Agent", "Amazon CloudFront"],
  ["Via", "1.1 0123456789abcdef.cloudfront.net (CloudFront)"],
  ["X-Amz-Cf-Id", "Zm9yIHRlc3RzIG9ubHk="],
  ["X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"],
  ["X-Forwarded-For", "203.0.113.7, 198.51.100.4"],
  ["X-Forwarded-Port", "443"],
  ["X-Forwarded-Proto", "https"],
  ["CloudFront-Viewer-Country", "DE"],
  ["CloudFront-Viewer-City", "Zürich"],
  ["x-countersign-viewer-ip", VIEWER_IP],
  ["x-countersign-origin", ORIGIN_SECRET],
];
const LOST = new Set([
  "authorization",
  "content-md5",
  "date",
  "expect",
  "te",
  "transfer-encoding",
  "connection",
]);

export function asEvent(sent: SentRequest): GatewayEvent {
  const names = new Set(sent.headers.map(([name]) => name.toLowerCase()));
  const kept = sent.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return (
      !lower.startsWith("x-countersign-") &&
      !LOST.has(lower) &&
      !ADDED.some(([own]) => own.toLowerCase() === lower)
    );
  });
  const copies = COPIED_HEADERS.filter((name) => names.has(name)).flatMap((name) =>
    sent.headers
      .filter(([own]) => own.toLowerCase() === name)
      .map(([, value]) => [`x-countersign-h-${name}`, value] as const),
  );
  const multiValueHeaders = multiMap([...kept, ...copies, ...ADDED], true);
  const query = queryMap(sent.query);
  const body = Buffer.from(sent.body);
  return {
    resource: "/{proxy+}",
    path: sent.path,
    httpMethod: sent.method,
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: query === null ? null : lastOf(query),
    multiValueQueryStringParameters: query,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      path: `/${STAGE}${sent.path}`,
      stage: STAGE,
      httpMethod: sent.method,
      requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
      identity: { sourceIp: "198.51.100.4" },
    },
    body: body.byteLength === 0 ? null : body.toString("base64"),
    isBase64Encoded: body.byteLength > 0,
  };
}

function queryMap(query: string): Record<string, string[]> | null {
  if (query === "") return null;
  const pairs = query.split("&").map((pair): readonly [string, string] => {
    const at = pair.indexOf("=");
    const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    return [decodeURIComponent(name), decodeURIComponent(value)];
  });
  return multiMap(pairs, false);
}

function multiMap(pairs: readonly (readonly [string, string])[], folding: boolean): Record<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const spelled = folding ? [...map.keys()].find((own) => own.toLowerCase() === name.toLowerCase()) : name;
    const values = map.get(spelled ?? name) ?? [];
    values.push(value);
    map.set(spelled ?? name, values);
  }
  return Object.fromEntries(map);
}

function lastOf(multi: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(multi).map(([name, values]) => [name, values.at(-1) ?? ""]));
}
