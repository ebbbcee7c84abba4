// Packs the shapes of one service into the shard's form: names, types and the traits that reading needs. Requests and
// answers are packed apart: an answer's shapes say nothing of what is required, but what events and status codes are.

import type { ShapeFile, TypeText } from "../../lambdas/recognition/shard.ts";
import type { RawMember, RawService, RawShape } from "./botocore.ts";

const SCALARS: Readonly<Record<string, string>> = {
  string: "s",
  character: "s",
  blob: "B",
  integer: "i",
  long: "l",
  float: "f",
  double: "d",
  boolean: "o",
};
const TIMESTAMPS: Readonly<Record<string, string>> = { iso8601: "ti", unixTimestamp: "tu", rfc822: "tr" };
const LOCATIONS = { uri: "u:", querystring: "q:", header: "h:", headers: "H:" } as const;

export class ShapePacker {
  readonly shapes: ShapeFile[] = [];
  readonly #raw: RawService["shapes"];
  readonly #numbers = new Map<string, number>();

  readonly #answers: boolean;

  constructor(raw: RawService["shapes"], side: "requests" | "answers" = "requests") {
    this.#raw = raw;
    this.#answers = side === "answers";
  }

  /** The number of a structure, list or map; packs what it reaches on first sight. */
  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.shapes.length;
    this.#numbers.set(name, number);
    this.shapes.push({});
    this.shapes[number] = this.#pack(this.#shape(name));
    return number;
  }

  #shape(name: string): RawShape {
    const shape = this.#raw[name];
    if (!shape) throw new Error(`the model names shape \`${name}\` but does not define it`);
    return shape;
  }

  #pack(shape: RawShape): ShapeFile {
    if (shape.type === "list" && shape.member) {
      const element = this.#type(shape.member, []);
      return shape.flattened ? ["L", element, "f"] : ["L", element];
    }
    if (shape.type === "map" && shape.key && shape.value) {
      const [key, value] = [this.#type(shape.key, []), this.#type(shape.value, [])];
      return shape.flattened ? ["M", key, value, "f"] : ["M", key, value];
    }
    const required = new Set(shape.required ?? []);
    const members = Object.entries(shape.members ?? {}).map(([name, member]): [string, TypeText] => [
      name,
      this.#type(member, [
        ...(required.has(name) && !this.#answers ? ["r"] : []),
        ...(shape.payload === name ? ["p"] : []),
        ...(this.#answers ? answerTraits(name, member) : locationTraits(name, member)),
      ]),
    ]);
    return Object.fromEntries(members);
  }

  #type(member: RawMember, traits: readonly string[]): TypeText {
    const shape = this.#shape(member.shape);
    const own = [
      ...(shape.eventstream && this.#answers ? ["E"] : []),
      ...(shape.sensitive ? ["!"] : []),
      ...(member.idempotencyToken && !this.#answers ? ["k"] : []),
      ...(member.flattened ? ["f"] : []),
      ...(member.xmlAttribute ? ["a"] : []),
      ...(member.jsonvalue ? ["j"] : []),
      ...(member.hostLabel && !this.#answers ? ["L"] : []),
      ...(member.location === undefined && member.locationName !== undefined
        ? [`n:${member.locationName}`]
        : []),
      ...(member.queryName === undefined ? [] : [`e:${member.queryName}`]),
    ];
    return [this.#letter(shape, member.shape), ...traits, ...own].join(" ");
  }

  #letter(shape: RawShape, name: string): string {
    if (shape.document) return "D";
    if (shape.eventstream && !this.#answers) return "E";
    if (shape.type === "timestamp") return TIMESTAMPS[shape.timestampFormat ?? ""] ?? "t";
    return SCALARS[shape.type] ?? String(this.number(name));
  }
}

function locationTraits(name: string, member: RawMember): string[] {
  if (member.location === undefined || member.location === "statusCode") return [];
  if (member.location === "querystring" && member.locationName === undefined) return ["Q"];
  return [`${LOCATIONS[member.location]}${member.locationName ?? name}`];
}

/** An answer's members lie in headers, the status line, an event's headers or payload, and else in the body. */
function answerTraits(name: string, member: RawMember): string[] {
  if (member.location === "statusCode") return ["S"];
  if (member.eventheader) return ["X"];
  if (member.eventpayload) return ["P"];
  return member.location === "header" || member.location === "headers" ? locationTraits(name, member) : [];
}
