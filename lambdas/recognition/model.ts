// One service's model, unpacked from its shard piece by piece as calls need it. Trusts the shard (it is part of the
// bundle); names looked up in it come from callers, so every look-up is by Map or own property.

import type { Protocol } from "../model/aws-call.ts";
import type { ActionFile, OperationFile, ServiceFile, ShapeFile, Shard } from "./shard.ts";

export type ScalarKind =
  | "string"
  | "blob"
  | "integer"
  | "float"
  | "boolean"
  | "timestamp"
  | "document"
  | "event-stream";

export type TimestampForm = "default" | "iso8601" | "epoch" | "http-date";

export type Type =
  | { readonly kind: "scalar"; readonly scalar: ScalarKind; readonly form: TimestampForm }
  | StructureType
  | { readonly kind: "list"; readonly element: Member; readonly flattened: boolean }
  | { readonly kind: "map"; readonly key: Member; readonly value: Member; readonly flattened: boolean };

export interface StructureType {
  readonly kind: "structure";
  readonly members: readonly Member[];
  /** Members of a body by their name on the wire. */
  byWire(naming: "plain" | "query" | "ec2"): ReadonlyMap<string, Member>;
}

export type Location = "body" | "label" | "query" | "query-map" | "header" | "headers";

export interface Member {
  /** The model's name: what parameters are called by, whatever the protocol. */
  readonly name: string;
  readonly location: Location;
  /** The wire name at the location; header names in lower case. */
  readonly wire: string;
  readonly ec2Wire: string | undefined;
  readonly required: boolean;
  readonly sensitive: boolean;
  readonly idempotencyToken: boolean;
  readonly payload: boolean;
  readonly flattened: boolean;
  readonly xmlAttribute: boolean;
  readonly jsonInHeader: boolean;
  /** Unpacked on first use: shapes may contain themselves. */
  readonly type: Type;
}

export interface UriTemplate {
  readonly method: string;
  readonly segments: readonly (
    | { readonly kind: "literal"; readonly text: string }
    | { readonly kind: "label" | "greedy"; readonly wire: string }
  )[];
  readonly greedy: boolean;
  readonly trailingSlash: boolean;
  /** Literal query parameters; `null` when the name alone is asked for. */
  readonly query: readonly (readonly [name: string, value: string | null])[];
}

export interface OperationModel {
  readonly service: ServiceModel;
  readonly name: string;
  readonly template: UriTemplate | undefined;
  readonly input: StructureType | undefined;
  readonly xmlRoot: string | undefined;
  readonly hostPrefix: string | undefined;
  readonly hostTable: number;
  readonly actions: readonly ActionFile[];
  readonly vendsCredentials: boolean;
  readonly deprecated: boolean;
  readonly unsignedAtAws: boolean;
}

export interface ServiceModel {
  readonly file: ServiceFile;
  readonly signingName: string;
  readonly protocols: readonly Protocol[];
  operation(name: string): OperationModel | undefined;
  /** REST operations of one method. */
  templates(method: string): readonly OperationModel[];
}

const unpacked = new WeakMap<Shard, readonly ServiceModel[]>();

/** The services of a shard, unpacked once per process. */
export function servicesOf(shard: Shard): readonly ServiceModel[] {
  const known = unpacked.get(shard);
  if (known) return known;
  const services = shard.services.map((file) => unpackService(file, shard.signingName));
  unpacked.set(shard, services);
  return services;
}

function unpackService(file: ServiceFile, signingName: string): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const shapes = new Shapes(file.shapes);
  let byMethod: Map<string, OperationModel[]> | undefined;
  const service: ServiceModel = {
    file,
    signingName,
    protocols: file.protocols,
    operation(name) {
      const known = operations.get(name);
      if (known) return known;
      const packed = Object.hasOwn(file.operations, name) ? file.operations[name] : undefined;
      if (!packed) return undefined;
      const operation = unpackOperation(service, name, packed, shapes);
      operations.set(name, operation);
      return operation;
    },
    templates(method) {
      byMethod ??= Map.groupBy(
        Object.keys(file.operations).flatMap((name) => service.operation(name) ?? []),
        ({ template }) => template?.method ?? "",
      );
      return byMethod.get(method) ?? [];
    },
  };
  return service;
}

function unpackOperation(
  service: ServiceModel,
  name: string,
  packed: OperationFile,
  shapes: Shapes,
): OperationModel {
  const flags = packed.f ?? "";
  return {
    service,
    name,
    template: packed.h === undefined ? undefined : parseTemplate(packed.h),
    get input() {
      return packed.i === undefined ? undefined : shapes.structure(packed.i);
    },
    xmlRoot: packed.x,
    hostPrefix: packed.p,
    hostTable: packed.t ?? 0,
    actions: packed.a ?? [],
    vendsCredentials: flags.includes("v"),
    deprecated: flags.includes("d"),
    unsignedAtAws: flags.includes("n"),
  };
}

function parseTemplate(text: string): UriTemplate {
  const space = text.indexOf(" ");
  const [path = "", query = ""] = text.slice(space + 1).split("?");
  const parts = path.split("/").slice(1);
  const trailingSlash = parts.at(-1) === "";
  if (trailingSlash) parts.pop();
  const segments = parts.map((part) => {
    if (!part.startsWith("{")) return { kind: "literal", text: part } as const;
    if (part.endsWith("+}")) return { kind: "greedy", wire: part.slice(1, -2) } as const;
    return { kind: "label", wire: part.slice(1, -1) } as const;
  });
  return {
    method: text.slice(0, space),
    segments,
    greedy: segments.some(({ kind }) => kind === "greedy"),
    trailingSlash,
    query: query === "" ? [] : query.split("&").map(parseLiteralQuery),
  };
}

function parseLiteralQuery(pair: string): readonly [string, string | null] {
  const equals = pair.indexOf("=");
  return equals < 0 ? [pair, null] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

class Shapes {
  readonly #files: readonly ShapeFile[];
  readonly #types: Type[] = [];

  constructor(files: readonly ShapeFile[]) {
    this.#files = files;
  }

  structure(number: number): StructureType {
    const type = this.#type(number);
    if (type.kind !== "structure") throw new Error("the shard names an input that is no structure");
    return type;
  }

  #type(number: number): Type {
    const known = this.#types[number];
    if (known) return known;
    const file = this.#files[number];
    if (!file) throw new Error("the shard names a shape that it does not hold");
    const type = this.#unpack(file);
    this.#types[number] = type;
    return type;
  }

  #unpack(file: ShapeFile): Type {
    if (!Array.isArray(file)) {
      return structureType(Object.entries(file).map(([name, text]) => this.#member(name, text)));
    }
    const [kind, first, second] = file as readonly ["L" | "M", string, string?];
    if (kind === "L") return { kind: "list", element: this.#member("", first), flattened: second === "f" };
    const flattened = file.length > 3;
    return { kind: "map", key: this.#member("", first), value: this.#member("", second ?? ""), flattened };
  }

  #member(name: string, text: string): Member {
    const [letter = "", ...traits] = text.split(" ");
    const valued = (prefix: string): string | undefined =>
      traits.find((trait) => trait.startsWith(prefix))?.slice(prefix.length);
    const [location, wire] = locationOf(valued, traits, name);
    const shapes = this;
    return {
      name,
      location,
      wire,
      ec2Wire: valued("e:") ?? capitalise(valued("n:")),
      required: traits.includes("r"),
      sensitive: traits.includes("!"),
      idempotencyToken: traits.includes("k"),
      payload: traits.includes("p"),
      flattened: traits.includes("f"),
      xmlAttribute: traits.includes("a"),
      jsonInHeader: traits.includes("j"),
      get type() {
        return SCALARS.get(letter) ?? shapes.#type(Number(letter));
      },
    };
  }
}

function locationOf(
  valued: (prefix: string) => string | undefined,
  traits: readonly string[],
  name: string,
): readonly [Location, string] {
  const [label, query, header, headers] = [valued("u:"), valued("q:"), valued("h:"), valued("H:")];
  if (label !== undefined) return ["label", label];
  if (query !== undefined) return ["query", query];
  if (header !== undefined) return ["header", header.toLowerCase()];
  if (headers !== undefined) return ["headers", headers.toLowerCase()];
  if (traits.includes("Q")) return ["query-map", name];
  return ["body", valued("n:") ?? name];
}

function capitalise(text: string | undefined): string | undefined {
  return text === undefined ? undefined : text.charAt(0).toUpperCase() + text.slice(1);
}

const scalar = (kind: ScalarKind, form: TimestampForm = "default"): Type => ({
  kind: "scalar",
  scalar: kind,
  form,
});

const SCALARS = new Map<string, Type>([
  ["s", scalar("string")],
  ["B", scalar("blob")],
  ["i", scalar("integer")],
  ["l", scalar("integer")],
  ["f", scalar("float")],
  ["d", scalar("float")],
  ["o", scalar("boolean")],
  ["t", scalar("timestamp")],
  ["ti", scalar("timestamp", "iso8601")],
  ["tu", scalar("timestamp", "epoch")],
  ["tr", scalar("timestamp", "http-date")],
  ["D", scalar("document")],
  ["E", scalar("event-stream")],
]);

function structureType(members: readonly Member[]): StructureType {
  const tables: Partial<Record<"plain" | "query" | "ec2", ReadonlyMap<string, Member>>> = {};
  return {
    kind: "structure",
    members,
    byWire(naming) {
      const known = tables[naming];
      if (known) return known;
      const body = members.filter(({ location }) => naming !== "plain" || location === "body");
      // two members may share a wire name (S3's old `Event` beside `Events`): the list reads what both would write
      const singlesFirst = body.toSorted((one, other) => Number(isList(one)) - Number(isList(other)));
      const made = new Map(singlesFirst.map((member) => [wireName(member, naming), member]));
      tables[naming] = made;
      return made;
    },
  };
}

function isList({ type }: Member): boolean {
  return type.kind === "list";
}

function wireName(member: Member, naming: "plain" | "query" | "ec2"): string {
  if (naming === "plain") return member.wire;
  if (naming === "ec2") return member.ec2Wire ?? member.wire;
  // a flattened list goes by the name of its elements, where they have one
  const { type } = member;
  const named = type.kind === "list" && (type.flattened || member.flattened) && type.element.wire !== "";
  return named ? type.element.wire : member.wire;
}
