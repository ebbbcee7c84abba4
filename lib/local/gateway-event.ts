// The event that API Gateway makes of a request for a Lambda proxy integration (payload format 1.0), lossy where the
// service is: single and multi-value maps, decoded query and path beside the raw `requestContext.path`.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

import { type HeaderList, headerOf } from "./origin.ts";
import type { RestApi, Route } from "./template-api.ts";

export interface EventFacts {
  readonly api: RestApi;
  readonly account: string;
  readonly host: string;
  readonly route: Route;
  readonly method: string;
  /** Raw, with the stage. */
  readonly path: string;
  /** Raw, without the question mark. */
  readonly query: string;
  readonly pathParameters: Readonly<Record<string, string>> | null;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export function makeEvent(facts: EventFacts): Readonly<Record<string, unknown>> {
  const { api, route, method, path, body, headers } = facts;
  const binary = isBinary(api.binaryMediaTypes, headerOf(headers, "content-type"));
  const query = parseQuery(facts.query);
  return {
    resource: route.resourcePath,
    path: decode(path.slice(`/${api.stage}`.length) || "/"),
    httpMethod: method,
    headers: nullIfEmpty(single(headers)),
    multiValueHeaders: nullIfEmpty(multiple(headers)),
    queryStringParameters: nullIfEmpty(single(query)),
    multiValueQueryStringParameters: nullIfEmpty(multiple(query)),
    pathParameters: facts.pathParameters,
    stageVariables: null,
    requestContext: requestContext(facts),
    body: body.length === 0 ? null : Buffer.from(body).toString(binary ? "base64" : "utf8"),
    isBase64Encoded: body.length > 0 && binary,
  };
}

function requestContext(facts: EventFacts): Readonly<Record<string, unknown>> {
  const { api, account, host, route, method, path, headers, requestId, extendedRequestId, now } = facts;
  return {
    resourceId: route.resourceId,
    resourcePath: route.resourcePath,
    httpMethod: method,
    extendedRequestId,
    requestTime: clfTime(now),
    path,
    accountId: account,
    protocol: "HTTP/1.1",
    stage: api.stage,
    domainPrefix: host.split(".")[0],
    requestTimeEpoch: now,
    requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: null,
      cognitoIdentityId: null,
      caller: null,
      sourceIp: facts.sourceIp,
      principalOrgId: null,
      accessKey: null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: null,
      userAgent: headerOf(headers, "user-agent") ?? null,
      user: null,
    },
    domainName: host,
    deploymentId: api.deploymentId,
    apiId: api.id,
  };
}

/** Names and values decoded as the service does; a `;` splits too, as its notes warn. */
function parseQuery(query: string): HeaderList {
  return query
    .split(/[&;]/)
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))];
    });
}

// Bytes that are no UTF-8 become U+FFFD, and a stray percent sign stays.
export function decode(text: string): string {
  const whole = text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return whole;
}

function single(pairs: HeaderList): Readonly<Record<string, string>> {
  // Without a prototype: names are the caller's.
  return Object.assign(Object.create(null), Object.fromEntries(pairs));
}

function multiple(pairs: HeaderList): Readonly<Record<string, string[]>> {
  const map: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    const values = map[name];
    if (values === undefined) map[name] = [value];
    else values.push(value);
  }
  return map;
}

function nullIfEmpty<T extends object>(map: T): T | null {
  return Object.keys(map).length === 0 ? null : map;
}

function isBinary(types: readonly string[], contentType: string | undefined): boolean {
  const type = (contentType ?? "application/json").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return types.some((one) => one === "*/*" || one === type || one === `${type.split("/")[0]}/*`);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `21/Nov/2026:01:02:03 +0000` */
function clfTime(now: number): string {
  const [date = "", time = ""] = new Date(now).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
