// Runs the distribution's viewer-request function from its source in the template, with the event and the restrictions of
// CloudFront's JavaScript runtime 2.0. The engine is Node's: what that runtime lacks of the language is not found here.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html

import { createContext, Script } from "node:vm";
import {
  parseCookies,
  parseRawQuery,
  serialiseQuery,
  type Value,
  type Values,
  valuesOf,
} from "./edge-values.ts";
import type { HeaderList } from "./origin.ts";

export interface ViewerRequest {
  readonly method: string;
  /** Raw. */
  readonly path: string;
  /** Raw, without the question mark. */
  readonly query: string;
  readonly headers: HeaderList;
  readonly viewerIp: string;
  readonly requestId: string;
}

/** A request that goes on, a response made by the function, or a failure: CloudFront then answers 502 or 503. */
type FunctionOutcome =
  | { readonly kind: "request"; readonly request: Omit<ViewerRequest, "viewerIp" | "requestId"> }
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: HeaderList;
      readonly body: string;
    }
  | { readonly kind: "failed"; readonly status: 502 | 503; readonly reason: string };

export interface EdgeFunction {
  run(request: ViewerRequest): Promise<FunctionOutcome>;
}

interface FunctionRequest {
  readonly method: string;
  readonly uri: string;
  readonly querystring: Values;
  readonly headers: Values;
  readonly cookies: Values;
}

interface FunctionResponse {
  readonly statusCode: number;
  readonly headers?: Values;
  readonly body?: string | { readonly data: string; readonly encoding?: string };
}

const DISALLOWED =
  /^(?:connection|expect|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|trailer|upgrade|x-accel-(?:buffering|charset|limit-rate|redirect)|x-amz-cf-.*|x-amzn-(?:auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|lambda-integration-tag|requestid)|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;
const READ_ONLY = ["content-length", "host", "transfer-encoding", "via"];
// Milliseconds. CloudFront's own is about one, of CPU; this one goes by the wall clock and stops only what never ends: on a
// busy machine a thread may well wait a tenth of a second for its turn.
const TIME_LIMIT = 2_000;

/** Compiles the function. @throws SyntaxError, also for modules, which the runtime does not have inline */
export function compileEdgeFunction(
  code: string,
  context: { readonly distributionDomainName: string; readonly distributionId: string },
): EdgeFunction {
  const sandbox = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  new Script(code, { filename: "viewer-request.js" }).runInContext(sandbox, { timeout: 1000 });
  return {
    run: async (request) => {
      const input = eventOf(request, context);
      try {
        // Through text, so that no object of ours is in the function's reach.
        const call = `Promise.resolve(handler(JSON.parse(${JSON.stringify(JSON.stringify(input))}))).then(JSON.stringify)`;
        const output: unknown = await new Script(call).runInContext(sandbox, { timeout: TIME_LIMIT });
        return judge(request, input.request, JSON.parse(String(output)));
      } catch (error) {
        return {
          kind: "failed",
          status: 503,
          reason: error instanceof Error ? error.message : String(error),
        };
      }
    },
  };
}

function eventOf(
  { method, path, query, headers, viewerIp, requestId }: ViewerRequest,
  context: { readonly distributionDomainName: string; readonly distributionId: string },
): { readonly request: FunctionRequest } & Readonly<Record<string, unknown>> {
  const visible = headers.filter(
    ([name]) => name.toLowerCase() !== "cookie" && !DISALLOWED.test(name.toLowerCase()),
  );
  return {
    version: "1.0",
    context: { ...context, eventType: "viewer-request", requestId },
    viewer: { ip: viewerIp },
    request: {
      method,
      uri: path,
      querystring: valuesOf(parseRawQuery(query)),
      headers: valuesOf(visible.map(([name, value]) => [name.toLowerCase(), value])),
      cookies: valuesOf(parseCookies(headers)),
    },
  };
}

function judge(
  original: ViewerRequest,
  before: FunctionRequest,
  result: FunctionRequest | FunctionResponse,
): FunctionOutcome {
  if ("statusCode" in result) {
    const body = typeof result.body === "string" ? result.body : (result.body?.data ?? "");
    return { kind: "response", status: result.statusCode, headers: linesOf(result.headers ?? {}), body };
  }
  const added = Object.keys(result.headers).find((name) => DISALLOWED.test(name.toLowerCase()));
  if (added !== undefined) return failed(`the function added the header \`${added}\``);
  const changed = READ_ONLY.find((name) => !sameValue(before.headers[name], result.headers[name]));
  if (changed !== undefined) return failed(`the function changed the read-only header \`${changed}\``);
  if (result.method !== original.method) return failed("the function changed the method");
  return {
    kind: "request",
    request: {
      method: original.method,
      path: result.uri,
      // What the function left alone goes on as it came.
      query: sameValue(before.querystring, result.querystring)
        ? original.query
        : serialiseQuery(result.querystring),
      headers: mergeHeaders(original.headers, result),
    },
  };
}

function failed(reason: string): FunctionOutcome {
  return { kind: "failed", status: 502, reason };
}

function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

// Headers that the function did not see stay; the others are those of its result, under the name the viewer used.
function mergeHeaders(original: HeaderList, { headers, cookies }: FunctionRequest): HeaderList {
  const names = new Map(original.map(([name]) => [name.toLowerCase(), name]));
  const unseen = original.filter(([name]) => DISALLOWED.test(name.toLowerCase()));
  const jar = linesOf(cookies).map(([name, value]) => `${name}=${value}`);
  return [
    ...linesOf(headers).map(([name, value]) => [names.get(name.toLowerCase()) ?? name, value] as const),
    ...(jar.length > 0 ? [["Cookie", jar.join("; ")] as const] : []),
    ...unseen,
  ];
}

function linesOf(values: Values): HeaderList {
  return Object.entries(values).flatMap(([name, { value, multiValue }]: readonly [string, Value]) =>
    multiValue === undefined ? [[name, value] as const] : multiValue.map((one) => [name, one.value] as const),
  );
}
