// API Gateway for the template's REST API: stage, routes, limits, what happens to headers both ways, the invocation and
// its prelude, and the API's own error answers. Documented behaviour only; each source stands beside it.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionRuntime } from "./function-runtime.ts";
import { answerError, type GatewayErrorType } from "./gateway-errors.ts";
import { makeEvent } from "./gateway-event.ts";
import { requestHeaders, responseHeaders } from "./gateway-headers.ts";
import { matchRoute, type RouteMatch } from "./gateway-routes.ts";
import {
  type HeaderList,
  headerOf,
  type Origin,
  type OriginAnswer,
  type OriginRequest,
  withoutHeaders,
} from "./origin.ts";
import { PreludeError, readPrelude, type StreamedAnswer } from "./prelude.ts";
import type { RestApi } from "./template-api.ts";
import type { InvokePermission } from "./template-functions.ts";

export interface GatewayOptions {
  readonly api: RestApi;
  readonly permissions: readonly InvokePermission[];
  /** By function ARN. */
  readonly functions: ReadonlyMap<string, FunctionRuntime>;
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  /** Why the gateway answered in the function's place. */
  onError(requestId: string, reason: string): void;
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
const MAX_PAYLOAD = 10 * 1024 * 1024;
const MAX_HEADERS = 10_240; // request line and header values together
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MAX_EVENT = 6 * 1024 * 1024;

interface Failure {
  readonly type: GatewayErrorType;
  readonly reason: string;
}

/** Makes the origin that the distribution's requests go to. */
export function createGateway(options: GatewayOptions): Origin {
  const host = `${options.api.id}.execute-api.${options.region}.amazonaws.com`;
  return async (request) => {
    const requestId = randomUUID();
    const extendedRequestId = Buffer.from(requestId.slice(0, 10)).toString("base64").replace(/=*$/, "=");
    const own: HeaderList = [
      ["Date", new Date().toUTCString()],
      ["x-amzn-RequestId", requestId],
      ["x-amz-apigw-id", extendedRequestId],
      ["X-Amzn-Trace-Id", `Root=1-${hexSeconds()}-${requestId.replaceAll("-", "").slice(0, 24)}`],
    ];
    const outcome = await serve(options, { ...request, host, requestId, extendedRequestId });
    if (!("reason" in outcome)) return finish(outcome, own);
    options.onError(requestId, outcome.reason);
    const answer = answerError(
      options.api.answers,
      outcome.type,
      headerOf(request.headers, "accept"),
      requestId,
    );
    return { ...answer, headers: [...answer.headers, ...own] };
  };
}

interface Incoming extends OriginRequest {
  readonly host: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
}

async function serve(options: GatewayOptions, request: Incoming): Promise<StreamedAnswer | Failure> {
  const { path, query } = splitTarget(request.target);
  const refused = checkRequest(request, query);
  if (refused !== undefined) return refused;
  // The page on important notes: this header overrides the method.
  const method = headerOf(request.headers, "x-http-method-override") ?? request.method;
  const match = matchRoute(options.api, method, path);
  if (match === undefined) return { type: "MISSING_AUTHENTICATION_TOKEN", reason: "no route fits" };
  const target = options.functions.get(match.route.functionArn);
  if (target === undefined || !mayInvoke(options, match, method)) {
    return { type: "API_CONFIGURATION_ERROR", reason: "the API has no permission to invoke the function" };
  }
  const event = makeEvent({
    ...request,
    ...match,
    api: options.api,
    account: options.account,
    method,
    path,
    query,
    headers: [...requestHeaders(request.headers), ...addedHeaders(request)],
    now: Date.now(),
  });
  if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT) {
    return { type: "REQUEST_TOO_LARGE", reason: "the event is larger than Lambda takes" };
  }
  return invoke(target, event, request.requestId, match.route.timeoutMilliseconds);
}

async function invoke(
  target: FunctionRuntime,
  event: unknown,
  requestId: string,
  timeoutMilliseconds: number,
): Promise<StreamedAnswer | Failure> {
  const late = new AbortController();
  const timeout = sleep<Failure>(
    timeoutMilliseconds,
    { type: "INTEGRATION_TIMEOUT", reason: `no prelude within ${timeoutMilliseconds} ms` },
    { signal: late.signal },
  ).catch((): Failure => ({ type: "INTEGRATION_TIMEOUT", reason: "not reached" }));
  try {
    return await Promise.race([readPrelude(target.invoke(event, requestId)), timeout]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // "API Gateway invokes your Lambda function and returns a 500" for a wrong format; a function error is a 502.
    return {
      type: error instanceof PreludeError ? "API_CONFIGURATION_ERROR" : "INTEGRATION_FAILURE",
      reason,
    };
  } finally {
    late.abort();
  }
}

function checkRequest({ host, headers, method, target, body }: Incoming, query: string): Failure | undefined {
  if (headerOf(headers, "host") !== host) {
    return { type: "MISSING_AUTHENTICATION_TOKEN", reason: "the Host header is not the API's" };
  }
  const size = headers.reduce((sum, [, value]) => sum + value.length, method.length + target.length);
  if (size > MAX_HEADERS)
    return { type: "BAD_REQUEST_PARAMETERS", reason: `${size} bytes of request line and headers` };
  if (body.length > MAX_PAYLOAD)
    return { type: "REQUEST_TOO_LARGE", reason: `a body of ${body.length} bytes` };
  // "not supported for any request URL query string and must be URL-encoded"
  if (/[|{}]/.test(query))
    return { type: "BAD_REQUEST_PARAMETERS", reason: "a plain `|`, `{` or `}` in the query" };
  return undefined;
}

/** The function's resource policy: without it API Gateway is refused by Lambda. */
function mayInvoke(
  { api, permissions, partition, region, account }: GatewayOptions,
  match: RouteMatch,
  method: string,
) {
  const call = `arn:${partition}:execute-api:${region}:${account}:${api.id}/${api.stage}/${method}${match.route.resourcePath}`;
  return permissions.some(({ functionArn, sourceArn }) => {
    const pattern = sourceArn.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return functionArn === match.route.functionArn && new RegExp(`^${pattern.join(".*")}$`).test(call);
  });
}

/** What API Gateway adds to the request that it got. */
function addedHeaders({ headers, sourceIp, requestId }: Incoming): HeaderList {
  const forwarded = headerOf(headers, "x-forwarded-for");
  return [
    ["X-Forwarded-For", forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`],
    ["X-Forwarded-Port", "443"],
    ["X-Forwarded-Proto", "https"],
    ["X-Amzn-Trace-Id", `Root=1-${hexSeconds()}-${requestId.replaceAll("-", "").slice(0, 24)}`],
  ];
}

function finish({ status, headers, body }: StreamedAnswer, own: HeaderList): OriginAnswer {
  const mapped = responseHeaders(headers);
  const typed: HeaderList =
    headerOf(mapped, "content-type") === undefined ? [["Content-Type", "application/json"]] : [];
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  return { status, headers: [...withoutHeaders(mapped, names), ...typed, ...own], body };
}

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf("?");
  return at < 0 ? { path: target, query: "" } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

function hexSeconds(): string {
  return Math.floor(Date.now() / 1000).toString(16);
}
