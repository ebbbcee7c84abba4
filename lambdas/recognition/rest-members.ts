// Reads the members of a REST operation that travel outside the body: path labels, query parameters, headers.

import type { ParameterValue } from "../model/aws-call.ts";
import type { QueryParameter } from "../model/wire-request.ts";
import { documentFromJson } from "./decode-json.ts";
import { percentDecode } from "./form.ts";
import { parseJson } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";
import type { UriTemplate } from "./model.ts";
import type { PathMatch } from "./rest-path.ts";
import { scalarFromText, wrong } from "./scalars.ts";
import type { Member } from "./shapes.ts";

type Tree = Record<string, ParameterValue>;

/** Puts the labels into the tree and returns the path, built anew from the template. */
export function readLabels(
  { template, labels }: PathMatch,
  members: readonly Member[],
  isS3: boolean,
  tree: Tree,
): string {
  const texts = new Map<string, string>();
  for (const [wire, raw] of labels) {
    const member = members.find(({ location, wire: own }) => location === "label" && own === wire);
    if (member?.type.kind !== "scalar") throw new Error("the shard names a label without a scalar member");
    const text = percentDecode(raw, "path");
    if (isS3 && wire === "Bucket") refuseOddBucket(text);
    texts.set(wire, text);
    tree[member.name] = scalarFromText(text, member.type, member.name);
  }
  const segments = template.segments.map((segment) => {
    if (segment.kind === "literal") return segment.text;
    // a greedy label goes on as it was sent: an S3 key may hold any byte, and `%2F` is not `/` to every reader
    if (segment.kind === "greedy") return labels.get(segment.wire) ?? "";
    return encodeURIComponent(texts.get(segment.wire) ?? "").replaceAll(/[!'()*]/g, percentEncode);
  });
  return `/${segments.join("/")}${template.trailingSlash && segments.length > 0 ? "/" : ""}`;
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

function refuseOddBucket(bucket: string): void {
  if (!BUCKET.test(bucket)) {
    throw new Malformed(
      `${shown(bucket)} is no bucket name; access points are not reached by ARN in the path`,
    );
  }
  if (bucket.endsWith("--x-s3")) {
    throw new Malformed(
      `${shown(bucket)} is a directory bucket: S3 Express needs session credentials, not supported`,
    );
  }
}

/** Puts the query's members into the tree and returns them in the order of the model's members. */
export function readQuery(
  members: readonly Member[],
  template: UriTemplate,
  query: ReadonlyMap<string, readonly string[]>,
  tree: Tree,
): QueryParameter[] {
  const left = new Map(query);
  for (const [name] of template.query) left.delete(name);
  const kept: QueryParameter[] = [];
  for (const member of members) {
    const values = member.location === "query" ? left.get(member.wire) : undefined;
    if (!values) continue;
    left.delete(member.wire);
    tree[member.name] = queryValue(member, values);
    for (const value of values) kept.push([member.wire, value]);
  }
  const map = members.find(({ location }) => location === "query-map");
  if (map && left.size > 0) tree[map.name] = queryMap(map, left);
  else if (left.size > 0)
    throw new Malformed("the query has a parameter that the operation lacks", "UnknownOperation");
  for (const [name, values] of left) for (const value of values) kept.push([name, value]);
  return kept;
}

function queryValue(
  member: Pick<Member, "name" | "wire" | "type">,
  values: readonly string[],
): ParameterValue {
  const { type } = member;
  if (type.kind === "list" && type.element.type.kind === "scalar") {
    const element = type.element.type;
    return values.map((value) => scalarFromText(value, element, member.name));
  }
  const [value = ""] = values;
  if (values.length !== 1) throw new Malformed(`the query names ${shown(member.wire)} twice`);
  if (type.kind !== "scalar") throw wrong(member.wire, "a single value");
  return scalarFromText(value, type, member.name);
}

function queryMap(member: Member, left: ReadonlyMap<string, readonly string[]>): ParameterValue {
  const { type } = member;
  if (type.kind !== "map") throw new Error("the shard has a query map that is no map");
  const tree: Tree = Object.create(null);
  for (const [name, values] of left)
    tree[name] = queryValue({ name, wire: name, type: type.value.type }, values);
  return tree;
}

export function readHeader(member: Member, value: string): ParameterValue {
  const { type } = member;
  if (member.jsonInHeader) {
    return documentFromJson(parseJson(Buffer.from(value, "base64")));
  }
  if (type.kind === "list" && type.element.type.kind === "scalar") {
    const element = type.element.type;
    return splitList(value, member.wire).map((text) => scalarFromText(text, element, member.name));
  }
  if (type.kind !== "scalar") throw wrong(member.wire, "a single value");
  return scalarFromText(value, type, member.name);
}

// One item up to its comma or the end: quoted, with blanks around it, or plain. No two parts of it can take the same blank,
// so that it takes time in proportion to its length whatever the header holds.
const LIST_ITEM = /(?:[\t ]*"((?:[^"\\]|\\.)*)"[\t ]*|([^",]*))(?=,|$)/y;

/** A list in a header: commas between, quotes around values that hold commas or quotes. A quote elsewhere is refused. */
function splitList(value: string, wire: string): string[] {
  const items: string[] = [];
  for (let at = 0; at <= value.length; at = LIST_ITEM.lastIndex + 1) {
    LIST_ITEM.lastIndex = at;
    const match = LIST_ITEM.exec(value);
    if (match === null) throw new Malformed(`the header ${shown(wire)} is not a list with commas between`);
    const [, quoted, plain = ""] = match;
    items.push(quoted === undefined ? plain.trim() : quoted.replaceAll(/\\(.)/g, "$1"));
  }
  return items;
}

/** A header whose name begins with a prefix of the model, such as `x-amz-meta-`. */
export function readPrefixHeaders(
  prefixes: readonly Member[],
  name: string,
  value: string,
  tree: Tree,
): boolean {
  const member = prefixes.find(({ wire }) => name.startsWith(wire) && name.length > wire.length);
  if (!member) return false;
  const map = (tree[member.name] ?? Object.create(null)) as Tree;
  map[name.slice(member.wire.length)] = value;
  tree[member.name] = map;
  return true;
}
