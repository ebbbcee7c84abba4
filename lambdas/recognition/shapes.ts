// The shapes of one service, unpacked from its shard one by one: what a body, label, parameter or header may hold.
// Trusts the shard. A shape may contain itself, so a member finds its type on first use.

import type { ShapeFile, TypeText } from "./shard.ts";

type ScalarKind =
  | "string"
  | "blob"
  | "integer"
  | "float"
  | "boolean"
  | "timestamp"
  | "document"
  | "event-stream";

type TimestampForm = "default" | "iso8601" | "epoch" | "http-date";

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

type Location = "body" | "label" | "query" | "query-map" | "header" | "headers" | "status";

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
  /** Of answers: the member is a stream of events, or lies in an event's headers, or is an event's whole payload. */
  readonly event: "stream" | "header" | "payload" | undefined;
  /** Unpacked on first use: shapes may contain themselves. */
  readonly type: Type;
}

/** The shapes of one service. */
export class Shapes {
  readonly #files: readonly ShapeFile[];
  readonly #types: Type[] = [];

  constructor(files: readonly ShapeFile[]) {
    this.#files = files;
  }

  structure(number: number): StructureType {
    const type = this.#type(number);
    if (type.kind !== "structure") throw new Error("the shard names an input or output that is no structure");
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
      return structureType(
        Object.entries(file as Record<string, TypeText>).map(([name, text]) => this.#member(name, text)),
      );
    }
    const [kind, first = "", second = "", third] = file as readonly string[];
    if (kind === "L") return { kind: "list", element: this.#member("", first), flattened: second === "f" };
    return {
      kind: "map",
      key: this.#member("", first),
      value: this.#member("", second),
      flattened: third === "f",
    };
  }

  #member(name: string, text: string): Member {
    const space = text.indexOf(" ");
    const letter = space < 0 ? text : text.slice(0, space);
    const type = (): Type => SCALARS.get(letter) ?? this.#type(Number(letter));
    return new UnpackedMember(name, space < 0 ? NO_TRAITS : text.slice(space + 1).split(" "), type);
  }
}

const NO_TRAITS: readonly string[] = [];

/** Most members have no traits, and the first call of a service unpacks hundreds: nothing is searched for these. */
class UnpackedMember implements Member {
  readonly name: string;
  readonly location: Location;
  readonly wire: string;
  readonly ec2Wire: string | undefined;
  readonly required: boolean;
  readonly sensitive: boolean;
  readonly idempotencyToken: boolean;
  readonly payload: boolean;
  readonly flattened: boolean;
  readonly xmlAttribute: boolean;
  readonly jsonInHeader: boolean;
  readonly event: "stream" | "header" | "payload" | undefined;
  readonly #type: () => Type;

  constructor(name: string, traits: readonly string[], type: () => Type) {
    const any = traits.length > 0;
    const valued = (prefix: string): string | undefined =>
      traits.find((trait) => trait.startsWith(prefix))?.slice(prefix.length);
    const [location, wire] = any ? locationOf(valued, traits, name) : (["body", name] as const);
    this.name = name;
    this.location = location;
    this.wire = wire;
    this.ec2Wire = any ? (valued("e:") ?? capitalise(valued("n:"))) : undefined;
    this.required = any && traits.includes("r");
    this.sensitive = any && traits.includes("!");
    this.idempotencyToken = any && traits.includes("k");
    this.payload = any && traits.includes("p");
    this.flattened = any && traits.includes("f");
    this.xmlAttribute = any && traits.includes("a");
    this.jsonInHeader = any && traits.includes("j");
    this.event = any ? eventPart(traits) : undefined;
    this.#type = type;
  }

  get type(): Type {
    return this.#type();
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
  if (traits.includes("S")) return ["status", name];
  return ["body", valued("n:") ?? name];
}

function eventPart(traits: readonly string[]): Member["event"] {
  if (traits.includes("E")) return "stream";
  if (traits.includes("X")) return "header";
  return traits.includes("P") ? "payload" : undefined;
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
