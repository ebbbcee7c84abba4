// CloudFront for the template's distribution: its limits, its function, what it does to headers on both ways, its caching
// of errors. Trusts nothing of the viewer; the origin is a function call, so TLS between the two is not simulated.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html

import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { compileEdgeFunction, type EdgeFunction, type ViewerRequest } from "./edge-function.ts";
import { createErrorCache, type ErrorCache } from "./error-cache.ts";
import {
  bytesOf,
  type HeaderList,
  headerList,
  headerOf,
  type Origin,
  type OriginAnswer,
  withoutHeaders,
} from "./origin.ts";
import type { Distribution } from "./template-distribution.ts";

export interface EdgeOptions {
  readonly distribution: Distribution;
  readonly origin: Origin;
  /** Epoch milliseconds; how long errors stay cached. */
  readonly now?: () => number;
  /** Why the edge answered in the origin's place. */
  onError(requestId: string, reason: string): void;
}

export type Edge = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Wiring extends EdgeOptions {
  readonly viewerRequest: EdgeFunction | undefined;
  readonly errors: ErrorCache;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
const MAX_URL = 8192;
const MAX_REQUEST = 32_768; // with headers
// One more than API Gateway takes: it is the one to refuse.
const MAX_BODY = 10 * 1024 * 1024 + 1;

const REMOVED = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding", // a framing of this hop
  "upgrade",
  "x-amz-cf-id",
  "x-forwarded-proto",
  "x-real-ip",
  "host",
]);
const REMOVED_FROM_RESPONSE = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "trailer",
  "upgrade",
]);

/** Makes the handler for both listeners. @throws when the distribution's function does not compile */
export function createEdge(options: EdgeOptions): Edge {
  const { distribution, now = Date.now } = options;
  const { functionCode, domainName: distributionDomainName, id: distributionId } = distribution;
  const viewerRequest =
    functionCode === undefined
      ? undefined
      : compileEdgeFunction(functionCode, { distributionDomainName, distributionId });
  const wiring = { ...options, viewerRequest, errors: createErrorCache(distribution.errorTtl, now) };
  return async (request, response) => {
    const requestId = randomBytes(42).toString("base64url");
    try {
      const answer = await answerTo(wiring, request, requestId);
      await send(response, answer, requestId);
    } catch (error) {
      options.onError(requestId, error instanceof Error ? error.message : String(error));
      // The headers may be out: then only a cut connection tells that the answer is not whole.
      response.destroy();
    }
  };
}

async function answerTo(wiring: Wiring, incoming: IncomingMessage, requestId: string): Promise<OriginAnswer> {
  const viewer = viewerRequestOf(incoming, requestId);
  const body = await readBody(incoming);
  const refused = refusal(wiring.distribution, incoming, viewer, body);
  if (refused !== undefined) return edgeError(wiring, requestId, refused.status, refused.reason);
  const outcome = await wiring.viewerRequest?.run(viewer);
  if (outcome?.kind === "failed") return edgeError(wiring, requestId, outcome.status, outcome.reason);
  if (outcome?.kind === "response") {
    return { status: outcome.status, headers: outcome.headers, body: bytesOf(outcome.body) };
  }
  const request = outcome?.request ?? viewer;
  const cached = wiring.errors.find(request.method, request.path);
  if (cached !== undefined) return fromCache(cached.status, cached.headers, cached.body);
  const answer = await askOrigin(wiring, { ...viewer, ...request }, body, requestId);
  const seconds = wiring.errors.lifetime(request.method, answer.status, answer.headers);
  if (seconds === 0) return marked(answer);
  const whole = await collect(answer.body);
  wiring.errors.keep(request.path, seconds, { ...answer, body: whole });
  return marked({ ...answer, body: bytesOf(whole) });
}

async function askOrigin(wiring: Wiring, request: ViewerRequest, body: Uint8Array, requestId: string) {
  const { distribution, origin } = wiring;
  const target = distribution.origin.path + request.path + (request.query === "" ? "" : `?${request.query}`);
  const stop = new AbortController();
  const seconds = distribution.origin.readTimeoutSeconds;
  const late = sleep(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  const asked = origin({
    method: request.method,
    target: distribution.forwards === "none" ? target.replace(/\?.*$/s, "") : target,
    headers: originHeaders(distribution, request),
    body,
    sourceIp: request.viewerIp,
  });
  const answer = await Promise.race([asked, late]);
  stop.abort();
  return answer ?? edgeError(wiring, requestId, 504, `the origin did not answer within ${seconds} s`);
}

function viewerRequestOf(incoming: IncomingMessage, requestId: string): ViewerRequest {
  const target = incoming.url ?? "/";
  const at = target.indexOf("?");
  return {
    method: incoming.method ?? "GET",
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? "" : target.slice(at + 1),
    headers: headerList(incoming.rawHeaders),
    viewerIp: incoming.socket.remoteAddress ?? "127.0.0.1",
    requestId,
  };
}

interface EdgeRefusal {
  readonly status: number;
  readonly reason: string;
}

function refusal(
  { allowedMethods }: Distribution,
  { url = "" }: IncomingMessage,
  { method, headers }: ViewerRequest,
  body: Uint8Array,
): EdgeRefusal | undefined {
  const size = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, url.length);
  if (!url.startsWith("/")) return { status: 400, reason: "the request target is not a path" };
  if (url.length > MAX_URL) return { status: 414, reason: `a URL of ${url.length} bytes` };
  if (size > MAX_REQUEST) return { status: 413, reason: `${size} bytes of URL and headers` };
  if (!allowedMethods.has(method)) return { status: 403, reason: "the method is not allowed" };
  if (method === "GET" && body.length > 0) return { status: 403, reason: "a GET request with a body" };
  return undefined;
}

function originHeaders(
  { origin, forwards }: Distribution,
  { headers, viewerIp, requestId }: ViewerRequest,
): HeaderList {
  const own = new Set(origin.headers.map(([name]) => name.toLowerCase()));
  const kept = withoutHeaders(headers, new Set([...REMOVED, ...own, "x-forwarded-for", "via"])).filter(
    ([name]) => !/^x-edge-/i.test(name) && (forwards !== "none" || /^content-(?:length|type)$/i.test(name)),
  );
  const forwarded = headerOf(headers, "x-forwarded-for");
  const via = headerOf(headers, "via");
  const hop = "1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)";
  return [
    ["Host", origin.host],
    ...kept,
    ["X-Forwarded-For", forwarded === undefined ? viewerIp : `${forwarded}, ${viewerIp}`],
    ["Via", via === undefined ? hop : `${via}, ${hop}`],
    ["X-Amz-Cf-Id", requestId],
    ["Connection", "Keep-Alive"],
    ...(forwards === "none" ? [["User-Agent", "Amazon CloudFront"] as const] : []),
    ...origin.headers,
  ];
}

function edgeError({ onError }: Wiring, requestId: string, status: number, reason: string): OriginAnswer {
  onError(requestId, reason);
  const page = `<!DOCTYPE html><HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>${status} ERROR</H1><PRE>Generated by the local cloud's edge\nRequest ID: ${requestId}</PRE></BODY></HTML>`;
  const headers: HeaderList = [
    ["Server", "CloudFront"],
    ["Content-Type", "text/html"],
    ["Content-Length", String(page.length)],
    ["X-Cache", "Error from cloudfront"],
  ];
  return { status, headers, body: bytesOf(page) };
}

function fromCache(status: number, headers: HeaderList, body: Uint8Array): OriginAnswer {
  return {
    status,
    headers: [...headers, ["X-Cache", "Error from cloudfront"], ["Age", "1"]],
    body: bytesOf(body),
  };
}

function marked(answer: OriginAnswer): OriginAnswer {
  if (headerOf(answer.headers, "x-cache") !== undefined) return answer;
  const text = answer.status < 400 ? "Miss from cloudfront" : "Error from cloudfront";
  return { ...answer, headers: [...answer.headers, ["X-Cache", text]] };
}

async function send(
  response: ServerResponse,
  { status, headers, body }: OriginAnswer,
  requestId: string,
): Promise<void> {
  const kept = withoutHeaders(headers, REMOVED_FROM_RESPONSE);
  const added: HeaderList = [
    ["Via", "1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)"],
    ["X-Amz-Cf-Pop", "LOCAL50-P1"],
    ["X-Amz-Cf-Id", requestId],
  ];
  response.strictContentLength = true;
  response.sendDate = headerOf(kept, "date") === undefined;
  response.writeHead(status, [...kept, ...added].flat());
  const bodiless = response.req.method === "HEAD" || status === 204 || status === 304;
  for await (const chunk of body) {
    if (!bodiless && !response.write(chunk)) await drained(response);
  }
  response.end();
}

/** Resolves when the client takes more, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (size < MAX_BODY) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
