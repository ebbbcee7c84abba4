// Reads a REST request (rest-json, rest-xml) by the operations whose path fits, and gives every reading that holds.
// The path decides first, then literal query parameters, then what must be present; every parameter and header of the
// request must be one that the operation has. So two readings that remain differ in nothing that AWS could see.

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import type { QueryParameter } from "../model/wire-request.ts";
import { contentEncoding, isHarmless, isProtocolHeader, singleHeaders, unknownHeader } from "./headers.ts";
import { Malformed, shown } from "./malformed.ts";
import type { OperationModel, ServiceModel } from "./model.ts";
import type { Reading } from "./reading.ts";
import { readBody } from "./rest-body.ts";
import { readHeader, readLabels, readPrefixHeaders, readQuery } from "./rest-members.ts";
import { matchPaths, type PathMatch, splitPath } from "./rest-path.ts";
import type { Member } from "./shapes.ts";

interface RestRequest {
  readonly request: SignedRequest;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly headers: ReadonlyMap<string, string>;
}

/** JS SDKs name the operation in this parameter. AWS ignores it, so it decides nothing and is not forwarded. */
const OPERATION_HINT = "x-id";

/** Every reading of the request by a REST operation of these services; refuses when there is none. */
export function readRest(request: SignedRequest, services: readonly ServiceModel[]): Reading[] {
  const isS3 = request.signingName === "s3";
  const rest: RestRequest = {
    request,
    query: groupQuery(request.query),
    headers: singleHeaders(request.headers),
  };
  const operations = services.flatMap((service) => service.templates(request.method));
  const segments = splitPath(request.path, isS3);
  const fitting = strongest(
    matchPaths(operations, segments, rest.query).filter((match) => hasRequired(match, rest)),
    rest,
  );
  const readings: Reading[] = [];
  let refusal: Malformed | undefined;
  for (const match of fitting) {
    try {
      readings.push(readByOperation(match, rest));
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause;
      refusal ??= cause;
    }
  }
  if (readings.length > 0) return readings;
  throw refusal ?? noOperation(request);
}

function noOperation({ method, path, query, signingName }: SignedRequest): Malformed {
  const names = query.map(([name]) => name).join("&");
  const seen = names === "" ? `${method} ${path}` : `${method} ${path}?${names}`;
  return new Malformed(
    `no operation of ${shown(signingName)} fits ${shown(seen)}; if it is newer than the model, run \`npm run models\``,
    "UnknownOperation",
  );
}

function groupQuery(query: readonly QueryParameter[]): Map<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of query) {
    const known = grouped.get(name);
    if (known) known.push(value);
    else if (name !== OPERATION_HINT) grouped.set(name, [value]);
  }
  return grouped;
}

function hasRequired({ operation, template }: PathMatch, { query, headers }: RestRequest): boolean {
  const members = operation.input?.members ?? [];
  const literal = new Set(template.query.map(([name]) => name));
  const queryNames = new Set(literal);
  let anyQuery = false;
  for (const { location, wire, required } of members) {
    if (location === "query-map") anyQuery = true;
    if (location === "query") queryNames.add(wire);
    if (required && location === "query" && !query.has(wire)) return false;
    if (required && location === "header" && !headers.has(wire)) return false;
  }
  return anyQuery || [...query.keys()].every((name) => queryNames.has(name));
}

/** Of the readings that hold, those that account for most of the request by literals and required members. */
function strongest(matches: readonly PathMatch[], { request, headers }: RestRequest): PathMatch[] {
  const endsInSlash = request.path.endsWith("/");
  const weighed = matches
    .filter(
      ({ operation }) =>
        [...headers.keys()].every((name) => isKnownHeader(operation, name)) || matches.length === 1,
    )
    .map((match) => ({ match, weight: weightOf(match, endsInSlash) }));
  const heaviest = Math.max(...weighed.map(({ weight }) => weight));
  return weighed.filter(({ weight }) => weight === heaviest).map(({ match }) => match);
}

/** A trailing slash says something only where there is one: some SDKs drop it. */
function weightOf({ operation, template }: PathMatch, endsInSlash: boolean): number {
  const required = (operation.input?.members ?? []).filter(
    ({ required: must, location }) => must && (location === "query" || location === "header"),
  );
  const slash = endsInSlash && template.trailingSlash ? 0.5 : 0;
  return template.query.length * 1000 + required.length + slash;
}

function isKnownHeader({ input, service }: OperationModel, name: string): boolean {
  if (isHarmless(name) || name === "content-type" || name === "content-encoding") return true;
  if (isProtocolHeader(name, service.file.service)) return true;
  return (input?.members ?? []).some(
    ({ location, wire }) =>
      (location === "header" && wire === name) || (location === "headers" && name.startsWith(wire)),
  );
}

function readByOperation(match: PathMatch, rest: RestRequest): Reading {
  const { operation, template } = match;
  const members = operation.input?.members ?? [];
  const isS3 = operation.service.file.service === "s3";
  const tree: Record<string, ParameterValue> = Object.create(null);
  const path = readLabels(match, members, isS3, tree);
  const query = [...template.query.map(([name, value]): QueryParameter => [name, value ?? ""])];
  query.push(...readQuery(members, template, rest.query, tree));
  const headers = readHeaders(operation, rest, tree);
  const body: ParameterTree = readBody(operation, rest.request.body, rest.headers);
  return {
    operation,
    protocol: operation.service.protocols.includes("rest-xml") ? "rest-xml" : "rest-json",
    parameters: Object.assign(tree, body),
    method: template.method,
    path,
    query: query.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)),
    headers,
  };
}

function readHeaders(
  operation: OperationModel,
  { headers }: RestRequest,
  tree: Record<string, ParameterValue>,
): (readonly [string, string])[] {
  const members = operation.input?.members ?? [];
  const byWire = new Map<string, Member>(
    members.filter(({ location }) => location === "header").map((member) => [member.wire, member]),
  );
  const prefixes = members.filter(({ location }) => location === "headers");
  const kept: (readonly [string, string])[] = [];
  for (const [name, sent] of headers) {
    const member = byWire.get(name);
    const value = name === "content-encoding" ? contentEncoding(sent) : sent;
    if (value === undefined) continue;
    if (member) tree[member.name] = readHeader(member, value);
    const named = member ?? readPrefixHeaders(prefixes, name, value, tree);
    if (named || name === "content-type" || isProtocolHeader(name, operation.service.file.service)) {
      kept.push([name, value]);
    } else if (!isHarmless(name)) throw unknownHeader(name);
  }
  return kept;
}
