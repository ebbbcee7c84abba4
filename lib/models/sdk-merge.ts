// Adds to botocore's model of a service what an installed client of the AWS SDK for JavaScript knows beyond it:
// operations, and members of inputs, or of outputs. What botocore has stays as it is; a member whose wire name is taken
// is left out.

import type { BotocoreService, RawMember, RawOperation, RawService, RawShape } from "./botocore.ts";
import {
  KIND,
  type SdkMember,
  type SdkOperation,
  schemaName,
  sdkMembers,
  sdkOperations,
  type Traits,
  unwrapped,
} from "./sdk-schema.ts";

export interface Merged {
  readonly service: BotocoreService;
  readonly operations: number;
  readonly members: number;
}

/** The service with what the client's exports add on one side, and how much that is. */
export function mergeSdk(
  service: BotocoreService,
  exported: Readonly<Record<string, unknown>>,
  side: "requests" | "answers" = "requests",
): Merged {
  const merger = new SdkMerger(service.model, side === "answers");
  for (const operation of sdkOperations(exported)) merger.add(operation);
  return {
    service: { ...service, model: merger.model() },
    operations: merger.newOperations,
    members: merger.newMembers,
  };
}

/** The types of the SDK's numbers. A numeric one may be whole or not: as `double` it takes both, digit for digit. */
const PLAIN: Readonly<Record<number, RawShape>> = {
  0: { type: "string" },
  1: { type: "double" },
  2: { type: "boolean" },
  4: { type: "timestamp" },
  5: { type: "timestamp", timestampFormat: "iso8601" },
  6: { type: "timestamp", timestampFormat: "rfc822" },
  7: { type: "timestamp", timestampFormat: "unixTimestamp" },
  15: { type: "structure", document: true },
  17: { type: "long" },
  19: { type: "double" },
  21: { type: "blob" },
  42: { type: "blob" },
};
const LIST_OF = 64;
const MAP_OF = 128;

class SdkMerger {
  newOperations = 0;
  newMembers = 0;
  readonly #base: RawService;
  readonly #operations: Record<string, RawOperation>;
  readonly #shapes: Record<string, RawShape>;
  readonly #visited = new Set<string>();
  readonly #answers: boolean;

  constructor(base: RawService, answers: boolean) {
    this.#answers = answers;
    this.#base = base;
    this.#operations = { ...base.operations };
    this.#shapes = { ...base.shapes };
  }

  model(): RawService {
    return { ...this.#base, operations: this.#operations, shapes: this.#shapes };
  }

  add(operation: SdkOperation): void {
    const { name, input } = operation;
    const known = this.#operations[name];
    if (known === undefined) {
      this.newOperations += 1;
      this.#operations[name] = this.#operation(operation);
    } else if (this.#answers) {
      if (known.output && operation.output) this.#extend(known.output.shape, operation.output);
    } else if (hasMoved(known, this.#operation(operation), this.#base)) {
      this.newOperations += 1;
      this.#operations[`${name}#2`] = { ...known, ...this.#operation(operation) };
    } else if (known.input && input) this.#extend(known.input.shape, input);
  }

  #operation({ name, traits, input, output }: SdkOperation): RawOperation {
    const [method = "POST", uri = "/"] = Array.isArray(traits.http) ? traits.http.map(String) : [];
    const members = input ? sdkMembers(input) : [];
    const [prefix] = Array.isArray(traits.endpoint) ? traits.endpoint : [];
    return {
      name,
      http: { method, requestUri: requestUri(uri, members) },
      ...(input && !this.#answers && { input: this.#input(input) }),
      ...(output && this.#answers && { output: { shape: this.#shape(output, {}) } }),
      ...(typeof prefix === "string" && prefix !== "" && { endpoint: { hostPrefix: prefix } }),
    };
  }

  #input(schema: readonly unknown[]): NonNullable<RawOperation["input"]> {
    const shape = this.#shape(schema, {});
    if (this.#base.metadata.protocol !== "rest-xml") return { shape };
    const { traits } = unwrapped(schema);
    return { shape, locationName: String(traits.xmlName ?? schemaName(schema)) };
  }

  /** Follows both models side by side and adds the members that only the SDK's has. */
  #extend(name: string, schema: unknown): void {
    const shape = this.#shapes[name];
    if (!shape || !Array.isArray(schema) || this.#visited.has(name)) return;
    this.#visited.add(name);
    if (schema[0] === KIND.list && shape.member)
      this.#extend(shape.member.shape, unwrapped(schema[4]).schema);
    if (schema[0] === KIND.map && shape.value) this.#extend(shape.value.shape, unwrapped(schema[5]).schema);
    if (shape.type === "structure") this.#extendStructure(name, shape, schema);
  }

  #extendStructure(name: string, shape: RawShape, schema: readonly unknown[]): void {
    const members: Record<string, RawMember> = { ...shape.members };
    const taken = new Set(Object.entries(members).map(([own, member]) => member.locationName ?? own));
    for (const member of sdkMembers(schema)) {
      const known = members[member.name];
      if (known) this.#extend(known.shape, member.schema);
      else {
        const made = this.#member(member);
        if (taken.has(made.locationName ?? member.name)) continue;
        members[member.name] = made;
        this.newMembers += 1;
      }
    }
    this.#shapes[name] = { ...shape, members };
  }

  #member({ schema, traits }: SdkMember): RawMember {
    return {
      shape: this.#shape(schema, traits),
      ...locationOf(traits, this.#base.metadata.protocol),
      ...(traits.idempotencyToken !== undefined && { idempotencyToken: true }),
      ...(traits.xmlFlattened !== undefined && { flattened: true }),
      ...(traits.xmlAttribute !== undefined && { xmlAttribute: true }),
      ...(traits.hostLabel !== undefined && { hostLabel: true }),
      ...(traits.eventHeader !== undefined && { eventheader: true }),
      ...(traits.eventPayload !== undefined && { eventpayload: true }),
      ...(typeof traits.ec2QueryName === "string" && { queryName: traits.ec2QueryName }),
    };
  }

  /** The name of a shape of our own, made from a schema. */
  #shape(schema: unknown, traits: Traits): string {
    const sensitive = traits.sensitive !== undefined;
    if (typeof schema === "number") return this.#plain(schema, sensitive);
    if (!Array.isArray(schema)) throw new Error("a client's schema has a form that is unknown");
    const name = `sdk.${schemaName(schema)}${sensitive ? "!" : ""}`;
    if (this.#shapes[name]) return name;
    this.#shapes[name] = { type: "structure", members: {} }; // found again where it contains itself
    this.#shapes[name] = { ...this.#compound(schema, traits), ...(sensitive && { sensitive }) };
    return name;
  }

  #plain(number: number, sensitive: boolean): string {
    const name = `sdk.${number}${sensitive ? "!" : ""}`;
    if (this.#shapes[name]) return name;
    const own = { ...(sensitive && { sensitive }) };
    if (number >= MAP_OF) {
      const value = { shape: this.#plain(number - MAP_OF, false) };
      this.#shapes[name] = { type: "map", key: { shape: this.#plain(0, false) }, value, ...own };
    } else if (number >= LIST_OF) {
      this.#shapes[name] = { type: "list", member: { shape: this.#plain(number - LIST_OF, false) }, ...own };
    } else {
      const plain = PLAIN[number];
      if (!plain) throw new Error(`a client's schema has the type ${number}, which is unknown`);
      this.#shapes[name] = { ...plain, ...own };
    }
    return name;
  }

  #compound(schema: readonly unknown[], traits: Traits): RawShape {
    const element = (at: number): RawMember =>
      this.#member({ name: "", required: false, ...unwrapped(schema[at]) });
    if (schema[0] === KIND.list) return { type: "list", member: element(4) };
    if (schema[0] === KIND.map) return { type: "map", key: element(4), value: element(5) };
    const stream = schema[0] === KIND.union && traits.streaming !== undefined;
    if (stream && !this.#answers) return { type: "structure", eventstream: true };
    const members = sdkMembers(schema);
    const payload = members.find((member) => member.traits.httpPayload !== undefined);
    return {
      type: "structure",
      members: Object.fromEntries(members.map((member) => [member.name, this.#member(member)])),
      required: members.filter(({ required }) => required).map(({ name }) => name),
      ...(payload && { payload: payload.name }),
      ...(stream && { eventstream: true }),
    };
  }
}

/** AWS sometimes gives an operation another method or path, and serves both: the second is kept beside the first. */
function hasMoved({ http }: RawOperation, { http: other }: RawOperation, { metadata }: RawService): boolean {
  const shape = ({ method, requestUri }: RawOperation["http"]): string => {
    const [path = "", query = ""] = requestUri.replaceAll(/\{[^}+]+/g, "{").split("?");
    return `${method} ${path.replace(/\/$/, "")} ${query.split("&").sort().join("&").replaceAll("=&", "&")}`;
  };
  return metadata.protocol.startsWith("rest-") && shape(http) !== shape(other);
}

/** S3's client leaves the bucket to its endpoint rules; the operation's own hint `x-id` says nothing to AWS. */
function requestUri(uri: string, members: readonly SdkMember[]): string {
  const plain = uri.replace(/[?&]x-id=\w+/, "");
  const bucket = members.find(({ name, traits }) => name === "Bucket" && traits.httpLabel !== undefined);
  if (!bucket || plain.includes("{Bucket}")) return plain;
  return plain.startsWith("/?") || plain === "/" ? `/{Bucket}${plain.slice(1)}` : `/{Bucket}${plain}`;
}

function locationOf(traits: Traits, protocol: string): Pick<RawMember, "location" | "locationName"> {
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  if (traits.httpLabel !== undefined) return { location: "uri" };
  if (traits.httpResponseCode !== undefined) return { location: "statusCode" };
  if (traits.httpQueryParams !== undefined) return { location: "querystring" };
  const [query, header, headers] = [
    text(traits.httpQuery),
    text(traits.httpHeader),
    text(traits.httpPrefixHeaders),
  ];
  if (query !== undefined) return { location: "querystring", locationName: query };
  if (header !== undefined) return { location: "header", locationName: header };
  if (headers !== undefined) return { location: "headers", locationName: headers };
  const wire = text(/json/.test(protocol) ? traits.jsonName : traits.xmlName);
  return wire === undefined ? {} : { locationName: wire };
}
