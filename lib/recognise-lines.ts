// Recognition for scripts and people: one JSON line in, one JSON line out. Signatures are not checked here, so nothing
// that it prints says that a call would be accepted; the credential scope says which service and region are meant.
// Only signed headers count, as in the gateway.

import { parseAwsChunked } from "../lambdas/identity/sigv4/aws-chunked.ts";
import { type AwsCall, displayArn, isComplete, type ParameterValue } from "../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../lambdas/model/signed-request.ts";
import type { QueryParameter } from "../lambdas/model/wire-request.ts";
import { recognise } from "../lambdas/recognition/recognise.ts";
import type { ModelSource } from "../lambdas/recognition/shard.ts";

/** The account that answers name where the request does not: `recognise` has no role to take it from. */
const ACCOUNT = "111122223333";
const SCOPE = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/([A-Za-z0-9._-]+)\/aws4_request/;
const SIGNED_HEADERS = /SignedHeaders=([^,\s]+)/;
const LEVELS = ["list", "read", "tagging", "write", "permissions"] as const;

/** Maps one line; a line that is no request is `{"refused": ...}` like one that is not recognised. */
export function recogniseLine(line: string, models: ModelSource): string {
  const request = parseLine(line);
  if (typeof request === "string") return JSON.stringify({ refused: request });
  const found = recognise(request, { account: ACCOUNT, partition: partitionOf(request.region) }, models);
  return JSON.stringify(found.kind === "refused" ? { refused: found.message } : summary(found.call));
}

function summary(call: AwsCall): object {
  const resources = call.actions.flatMap((action) => action.resources);
  const levels = call.actions.map(({ accessLevel }) => LEVELS.indexOf(accessLevel));
  return {
    service: call.service,
    operation: call.operation,
    candidates: call.candidates,
    iamActions: call.actions.map(({ action }) => action),
    resources: [...new Set(resources.map(displayArn))],
    complete: resources.every((resource) => isComplete(resource) || resource.type === ""),
    accessLevel: LEVELS[Math.max(...levels)],
    params: printable(call.parameters),
  };
}

/** Blobs as base64; numbers that a double cannot hold digit for digit. */
function printable(value: ParameterValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== "object" || value === null) return value;
  if ("kind" in value && value.kind === "number" && typeof value.text === "string") {
    return rawNumber(value.text);
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, printable(inner)]));
}

/** Node 24 has JSON.rawJSON; the type library of ES2024 does not. */
function rawNumber(digits: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);
}

function partitionOf(region: string): string {
  const special = PARTITIONS.find(([prefix]) => region.startsWith(prefix));
  return special?.[1] ?? "aws";
}

const PARTITIONS: readonly (readonly [string, string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["us-iso-", "aws-iso"],
  ["eu-isoe-", "aws-iso-e"],
  ["eusc-", "aws-eusc"],
];

interface Line {
  readonly method: string;
  readonly path: string;
  readonly query?: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: string;
}

function parseLine(text: string): SignedRequest | string {
  const line = jsonObject(text);
  if (!line) return "the line is no JSON object with `method`, `path` and `headers`";
  const headers = new Map(
    Object.entries(line.headers).map(([name, value]) => [name.toLowerCase(), [value].flat().map(String)]),
  );
  const authorization = headers.get("authorization")?.[0] ?? "";
  const [, region, signingName] = SCOPE.exec(authorization) ?? [];
  if (region === undefined || signingName === undefined) {
    return "the request has no SigV4 `authorization` header: unsigned and presigned calls are refused";
  }
  const signed = new Set(SIGNED_HEADERS.exec(authorization)?.[1]?.split(";") ?? []);
  const body = unframed(Buffer.from(line.body ?? "", "base64"), headers);
  if (body === undefined) return "the chunks of the body are broken";
  const inHost = bucketInHost(signingName, headers.get("host")?.[0] ?? "");
  const question = line.path.indexOf("?");
  const path = question < 0 ? line.path : line.path.slice(0, question);
  const query = [...parseQuery(line.query), ...parseQuery(question < 0 ? "" : line.path.slice(question + 1))];
  return {
    method: line.method,
    path: inHost === undefined ? path : `/${inHost}${path}`,
    query,
    headers: new Map([...headers].filter(([name]) => signed.has(name) && name !== "authorization")),
    body,
    signingName,
    region,
  };
}

function jsonObject(text: string): Line | undefined {
  try {
    const value = JSON.parse(text) as Partial<Line> | null;
    const fits =
      typeof value?.method === "string" &&
      typeof value.path === "string" &&
      typeof value.headers === "object";
    return fits ? (value as Line) : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** A query as text, as pairs, or as an object of values or lists of values. */
function parseQuery(query: unknown): QueryParameter[] {
  if (typeof query === "string") {
    return query
      .replace(/^\?/, "")
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair): QueryParameter => {
        const equals = pair.indexOf("=");
        const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
        return [decodeURIComponent(name), decodeURIComponent(value)];
      });
  }
  if (Array.isArray(query))
    return query.map((pair): QueryParameter => [String(pair[0]), String(pair[1] ?? "")]);
  return Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value].flat().map((each): QueryParameter => [name, String(each ?? "")]),
  );
}

function unframed(body: Buffer, headers: ReadonlyMap<string, readonly string[]>): Uint8Array | undefined {
  const form = headers.get("x-amz-content-sha256")?.[0] ?? "";
  if (!form.startsWith("STREAMING-")) return body;
  const parsed = parseAwsChunked(body, form.startsWith("STREAMING-AWS4"));
  return parsed.kind === "refused"
    ? undefined
    : Buffer.concat(parsed.frame.chunks.map(({ content }) => content));
}

const BUCKET_HOST =
  /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?(?::443)?$/;

/** SDKs that talk to AWS itself put the bucket into the host name. */
function bucketInHost(signingName: string, host: string): string | undefined {
  return signingName === "s3" ? BUCKET_HOST.exec(host)?.[1] : undefined;
}
