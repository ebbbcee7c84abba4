// Random answers of real operations, as the bytes that AWS would send: by the models, in JSON and in XML. What has to be
// hidden carries a canary, nothing else does: what the model marks, and what lies under the masks of the document.

import type { Protocol } from "../lambdas/model/aws-call.ts";
import type { AnswerModel } from "../lambdas/recognition/answers/model.ts";
import type { AwsAnswer } from "../lambdas/recognition/answers/read-answer.ts";
import type { Member, StructureType, Type } from "../lambdas/recognition/shapes.ts";
import type { Random } from "./fuzz/mutate.ts";

export const CANARY = "cAnAry-5f1e7c-Zq";
/** Of numbers and times. */
export const CANARY_NUMBER = "1735519246";

const DEEPEST = 6;
const MOST_MASKS = 3;
const TEXTS = [
  ...["x", '{"a":1.50}', "[", "\u2028", "-----", "AKIA", "eyJ", "://", "null", "\u00e9\u{1f511}", "a.b", " "],
  ...["__proto__", "[masked:countersign", '"', "\\", "\\u0041", "&amp;", "<", "]]>", "\n", "]", "toString"],
];

export interface FuzzedAnswer {
  readonly answer: AwsAnswer;
  readonly masks: readonly string[];
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly secret: boolean;
}

export function fuzzedAnswer(
  model: AnswerModel,
  { operation, protocol }: { readonly operation: string; readonly protocol: Protocol },
  random: Random,
): FuzzedAnswer | undefined {
  const { output } = model;
  if (output === undefined || output.members.some(({ event }) => event !== undefined)) return undefined;
  const payload = protocol.startsWith("rest") ? output.members.find((each) => each.payload) : undefined;
  if (payload !== undefined && payload.type.kind === "scalar") return undefined;
  const masks = Array.from({ length: random(MOST_MASKS + 1) }, () => somePath(output, random));
  const writer = new AnswerWriter(random, new Set(masks));
  const isJson = protocol.includes("json");
  const root = writer.root(output, payload);
  const body = isJson
    ? writer.json(root.type, root.place)
    : writer.document(root, model, operation, protocol);
  const headers = protocol.startsWith("rest") ? writer.headers(output) : [];
  return { answer: { status: 200, headers, body: Buffer.from(body) }, masks };
}

/** A path that the model has, of a member at any depth. */
function somePath(output: StructureType, random: Random): string {
  let path = "";
  let type: Type = output;
  for (let depth = 0; depth < DEEPEST && (depth < 2 || random(3) !== 0); depth++) {
    const step: Step | undefined = someStep(type, random);
    if (step === undefined) break;
    path += step.text;
    type = step.type;
  }
  return path.replace(/^\./, "") || "Nothing";
}

interface Step {
  readonly text: string;
  readonly type: Type;
}

function someStep(type: Type, random: Random): Step | undefined {
  switch (type.kind) {
    case "structure": {
      const member = type.members[random(type.members.length)];
      return member && { text: `.${member.name}`, type: member.type };
    }
    case "list":
      return { text: "[]", type: type.element.type };
    case "map":
      return { text: ".*", type: type.value.type };
    case "scalar":
      return undefined;
  }
}

class AnswerWriter {
  readonly #random: Random;
  readonly #masks: ReadonlySet<string>;

  constructor(random: Random, masks: ReadonlySet<string>) {
    this.#random = random;
    this.#masks = masks;
  }

  root(output: StructureType, payload: Member | undefined): { readonly type: Type; readonly place: Place } {
    const top = { path: "", depth: 0, secret: false };
    return payload === undefined
      ? { type: output, place: top }
      : { type: payload.type, place: this.#under(top, payload) };
  }

  headers(output: StructureType): [string, string][] {
    const inHeader = output.members.filter(({ location, jsonInHeader, type, wire }) => {
      // Of a changed body these are made anew or dropped.
      if (/^(?:content-|x-amz-checksum-)/.test(wire)) return false;
      return location === "header" && !jsonInHeader && type.kind === "scalar" && type.scalar === "string";
    });
    return inHeader.map((member) => {
      const { secret } = this.#under({ path: "", depth: 0, secret: false }, member);
      return [member.wire, secret ? `h ${CANARY}` : "h plain"];
    });
  }

  json(type: Type, place: Place): string {
    switch (type.kind) {
      case "structure":
        return `{${this.#members(type, place)
          .map(
            (member) =>
              `${this.#quoted(member.wire)} : ${this.json(member.type, this.#under(place, member))}`,
          )
          .join(",\n")}}`;
      case "list": {
        const inside = this.#deeper(place, "[]", type.element.sensitive);
        return `[${this.#times(place, () => this.json(type.element.type, inside)).join()}]`;
      }
      case "map": {
        const inside = this.#deeper(place, ".*", type.value.sensitive);
        const entries = this.#times(
          place,
          (index) => `${this.#quoted(this.#key(type, place, index))}:${this.json(type.value.type, inside)}`,
        );
        return `{${entries.join(", ")}}`;
      }
      case "scalar": {
        const text = this.#scalar(type.scalar, place.secret);
        const isString = type.scalar === "string" || type.scalar === "blob";
        if (type.scalar === "document") {
          const number = place.secret ? CANARY_NUMBER : "1.50";
          return `{${this.#quoted(text)}:[${this.#quoted(text)}, ${number}]}`;
        }
        return isString ? this.#quoted(text) : text;
      }
    }
  }

  document(
    { type, place }: { readonly type: Type; readonly place: Place },
    { wrapper }: AnswerModel,
    operation: string,
    protocol: Protocol,
  ): string {
    const inside = this.#xml(type, place);
    const wrapped = protocol === "query" ? `<${wrapper}>\n${inside}</${wrapper}>` : inside;
    return `<?xml version="1.0"?>\n<${operation}Response xmlns="urn:x">${wrapped}</${operation}Response>`;
  }

  #xml(type: Type, place: Place): string {
    switch (type.kind) {
      case "structure":
        return this.#elements(type, place);
      case "list": {
        const name = type.element.wire || "member";
        const inside = this.#deeper(place, "[]", type.element.sensitive);
        return this.#times(place, () => element(name, this.#xml(type.element.type, inside))).join(" ");
      }
      case "map":
        return this.#times(place, (index) => element("entry", this.#entry(type, place, index))).join("");
      case "scalar":
        return escaped(this.#scalar(type.scalar, place.secret));
    }
  }

  #elements(type: StructureType, place: Place): string {
    // Two members of one name (an old `Event` beside a list of them) are told apart by nobody.
    const shared = Map.groupBy(type.members, elementName);
    return this.#members(type, place)
      .filter((member) => !member.xmlAttribute && shared.get(elementName(member))?.length === 1)
      .map((member) => {
        const inside = this.#under(place, member);
        const { type: of } = member;
        const name = elementName(member);
        if (!isFlat(member) || of.kind === "structure" || of.kind === "scalar")
          return element(name, this.#xml(of, inside));
        if (of.kind === "map")
          return this.#times(inside, (index) => element(name, this.#entry(of, inside, index))).join("");
        const item = this.#deeper(inside, "[]", of.element.sensitive);
        return this.#times(inside, () => element(name, this.#xml(of.element.type, item))).join("");
      })
      .join("");
  }

  #entry(type: Extract<Type, { kind: "map" }>, place: Place, index: number): string {
    const inside = this.#deeper(place, ".*", type.value.sensitive);
    const key = element(type.key.wire || "key", escaped(this.#key(type, place, index)));
    return key + element(type.value.wire || "value", this.#xml(type.value.type, inside));
  }

  #members(type: StructureType, place: Place): readonly Member[] {
    const inBody = type.members.filter(({ location }) => location === "body");
    // All of few, some of many: documents of a thousand members are slow and find nothing more.
    const few = inBody.filter(() => this.#random(inBody.length) < 7);
    return place.depth > DEEPEST ? [] : few;
  }

  #times<T>({ depth }: Place, make: (index: number) => T): T[] {
    return Array.from({ length: depth > DEEPEST ? 0 : this.#random(4) }, (_, index) => make(index));
  }

  #under(place: Place, member: Member): Place {
    return this.#deeper(place, `${place.path === "" ? "" : "."}${member.name}`, member.sensitive);
  }

  #deeper({ path, depth, secret }: Place, step: string, sensitive: boolean): Place {
    const here = path + step;
    return { path: here, depth: depth + 1, secret: secret || sensitive || this.#masks.has(here) };
  }

  #key({ key }: Extract<Type, { kind: "map" }>, place: Place, index: number): string {
    return `${index}${this.#text(place.secret || key.sensitive)}`;
  }

  #scalar(scalar: string, secret: boolean): string {
    switch (scalar) {
      case "string":
      case "document":
        return this.#text(secret);
      case "blob":
        return Buffer.from(this.#text(secret)).toString("base64");
      case "boolean":
        return "false";
      default:
        return secret ? CANARY_NUMBER : `${this.#random(100_000)}`;
    }
  }

  #text(secret: boolean): string {
    const some = () => TEXTS[this.#random(TEXTS.length)] ?? "";
    const plain = Array.from({ length: this.#random(4) }, some).join("");
    if (!secret) return plain;
    if (this.#random(5) === 0) return JSON.stringify({ [plain]: [{ deep: `${CANARY}${some()}` }] });
    return `${plain}${CANARY}${some()}`;
  }

  /** As a JSON string, at times with escapes that nothing asks for. */
  #quoted(text: string): string {
    const json = JSON.stringify(text);
    if (this.#random(4) !== 0) return json;
    return json.replace(/[A-Za-z](?![^\\]{0,4}\\)/g, (letter, at: number) => {
      const isEscape = /\\(?:u[0-9a-f]{0,3})?$/i.test(json.slice(Math.max(0, at - 5), at));
      return isEscape || this.#random(3) > 0 ? letter : `\\u00${letter.charCodeAt(0).toString(16)}`;
    });
  }
}

function isFlat({ type, flattened }: Member): boolean {
  return (type.kind === "list" || type.kind === "map") && (type.flattened || flattened);
}

function elementName(member: Member): string {
  const { type, wire } = member;
  return (isFlat(member) && type.kind === "list" && type.element.wire) || wire;
}

function element(name: string, inside: string): string {
  return inside === "" ? `<${name}/>` : `<${name}>${inside}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}
