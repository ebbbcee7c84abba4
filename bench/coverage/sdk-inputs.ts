// Inputs for the operations of a client of the JavaScript SDK, made from the client's own schemas: nothing here comes
// from the recogniser's models. Required members only, or every member (lists of two), plain or with texts that are easily
// misread; the least used arms of unions first.

import {
  KIND,
  type SdkMember,
  schemaName,
  sdkMembers,
  type Traits,
  unwrapped,
} from "../../lib/models/sdk-schema.ts";
import type { Given, GivenTree } from "./sample.ts";

const FULL_NODES = 1_500;
const MAX_DEPTH = 12;
const FREE_TEXT = " \"\né中'&<>+%2F/?=;,\\ ";
const HEADER_TEXT = ' a;b="c",d=%2F/?&<>+';
const LABEL_TEXT = " a/b+%2Fé&?=";
const PLAIN_NAME =
  /(?:name|id|arn|identifier|url|uri|key|token|version|bucket|account|region|role|type|status|source|prefix|path|marker|statement|algorithm|mode)s?$/i;
/** Sent to another host under another kind of signature (SigV4a), which is refused before recognition. */
const LEFT_OUT = new Set(["EndpointId"]);
const ACCOUNT = "111122223333";
const REGION = "eu-west-1";
const FIRST_MOMENT = Date.UTC(2026, 0, 2, 3, 4, 5);
const FIXED: Readonly<Record<string, string>> = {
  accountid: ACCOUNT,
  bucket: "bkt-example",
  checksumalgorithm: "SHA256",
  contenttype: "application/json",
  copysource: "src-bucket/dir/from%20here",
  queueurl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/queue`,
  partnumbermarker: "7",
  requestroute: "route",
  requesttoken: "token",
  statement: `SELECT * FROM "Orders" WHERE "id" = '1'`,
};

export class SdkInputs {
  readonly #input: readonly unknown[] | undefined;
  readonly #arms = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #stack: string[] = [];
  #every = false;
  #odd = false;
  #nodes = 0;
  #location: "header" | "label" | "body" = "body";
  #newArms = 0;

  constructor(input: readonly unknown[] | undefined) {
    this.#input = input;
  }

  /** How many arms of unions the last input was the first to use. */
  get newArms(): number {
    return this.#newArms;
  }

  make(every: boolean, odd = false): GivenTree {
    this.#every = every;
    this.#odd = odd;
    this.#nodes = 0;
    this.#newArms = 0;
    this.#seen.clear();
    return this.#input ? this.#structure(this.#input) : {};
  }

  #structure(schema: readonly unknown[]): GivenTree {
    if (schema[0] === KIND.union) return this.#union(schema);
    const name = schemaName(schema);
    const full = this.#every && !this.#stack.includes(name) && this.#mayBeFull(name);
    this.#seen.add(name);
    this.#stack.push(name);
    const members = sdkMembers(schema);
    const wanted = members.filter(({ required }) => full || required);
    const entries = wanted.flatMap((member) => this.#entry(member));
    const made = entries.length > 0 || this.#stack.length === 1 ? entries : this.#oneOf(members);
    this.#stack.pop();
    return Object.fromEntries(made);
  }

  #mayBeFull(name: string): boolean {
    return !this.#seen.has(name) || this.#nodes < FULL_NODES;
  }

  /** Forms cannot say that a structure is there but empty. */
  #oneOf(members: readonly SdkMember[]): [string, Given][] {
    const weight = ({ schema }: SdkMember): number =>
      typeof schema === "number" ? (schema < 64 ? 0 : 1) : 2;
    const [first] = members
      .filter(({ schema }) => !Array.isArray(schema) || !this.#stack.includes(schemaName(schema)))
      .toSorted((one, other) => weight(one) - weight(other));
    return first ? this.#entry(first) : [];
  }

  #entry(member: SdkMember): [string, Given][] {
    const { name, schema, traits } = member;
    if (this.#stack.length > MAX_DEPTH || isEventStream(member) || LEFT_OUT.has(name)) return [];
    if (this.#stack.length === 1) this.#location = locationOf(traits);
    const value = this.#value(name, schema);
    return value === undefined ? [] : [[name, value]];
  }

  #union(schema: readonly unknown[]): GivenTree {
    const name = schemaName(schema);
    const members = sdkMembers(schema);
    const plain = members.filter((member) => typeof member.schema === "number" && member.schema < 64);
    const allowed = this.#stack.includes(name) && plain.length > 0 ? plain : members;
    const used = (member: SdkMember): number => this.#arms.get(`${name}.${member.name}`) ?? 0;
    const [arm] = allowed.toSorted((one, other) => used(one) - used(other));
    if (!arm) return {};
    if (used(arm) === 0) this.#newArms += 1;
    this.#arms.set(`${name}.${arm.name}`, used(arm) + 1);
    this.#stack.push(name);
    const entry = this.#entry(arm);
    this.#stack.pop();
    return Object.fromEntries(entry);
  }

  #value(name: string, schema: unknown): Given | undefined {
    this.#nodes += 1;
    if (typeof schema === "number") return this.#simple(name, schema);
    if (!Array.isArray(schema)) return undefined;
    switch (schema[0]) {
      case KIND.list:
        return this.#list(name, unwrapped(schema[4]).schema);
      case KIND.map:
        return this.#map(name, unwrapped(schema[5]).schema);
      default:
        return this.#structure(schema);
    }
  }

  #list(name: string, element: unknown): Given {
    if (Array.isArray(element) && this.#stack.includes(String(element[2]))) return [];
    const count = this.#every ? 2 : 1;
    return Array.from({ length: count }, () => this.#value(name, element) ?? {});
  }

  #map(name: string, element: unknown): Given {
    if (Array.isArray(element) && this.#stack.includes(String(element[2]))) return {};
    const keys = this.#every ? ["key-0", "key-1"] : ["key-0"];
    return Object.fromEntries(keys.map((key) => [key, this.#value(name, element) ?? {}]));
  }

  #simple(name: string, schema: number): Given {
    if (schema >= 128) return this.#map(name, schema & 63);
    if (schema >= 64) return this.#list(name, schema & 63);
    switch (schema) {
      case 0:
        return this.#text(name);
      case 1:
        return 1 + (this.#nodes % 5);
      case 2:
        return this.#nodes % 2 === 1;
      case 4:
      case 5:
      case 6:
      case 7:
        return new Date(FIRST_MOMENT + this.#nodes * 1_000);
      case 15:
        return { text: "é", list: [1, null, true, { half: 1.5 }] };
      case 17:
        return 9_007_199_254_740_993n + BigInt(this.#nodes);
      case 21:
      case 42:
        return Uint8Array.of(0, 255, 10, this.#nodes % 256);
      default:
        throw new Error(`the client's schema has a type ${schema}, which is unknown`);
    }
  }

  #text(name: string): string {
    const lower = name.toLowerCase();
    const fixed = FIXED[lower];
    if (fixed !== undefined) return fixed;
    if (lower.endsWith("md5")) return "AAAAAAAAAAAAAAAAAAAAAA==";
    if (/arns?$/.test(lower)) {
      return lower.includes("role")
        ? `arn:aws:iam::${ACCOUNT}:role/it-${this.#nodes}`
        : `arn:aws:svc:${REGION}:${ACCOUNT}:thing/it-${this.#nodes}`;
    }
    const text = this.#every ? `${name}-${this.#nodes}` : `${name}-x`;
    if (!this.#odd) return text;
    if (this.#location === "label") return text + LABEL_TEXT;
    if (PLAIN_NAME.test(name)) return text;
    return text + (this.#location === "header" ? HEADER_TEXT : FREE_TEXT);
  }
}

function locationOf(traits: Traits): "header" | "label" | "body" {
  if (traits.httpLabel !== undefined) return "label";
  return traits.httpHeader !== undefined || traits.httpPrefixHeaders !== undefined ? "header" : "body";
}

function isEventStream({ schema, traits }: SdkMember): boolean {
  return Array.isArray(schema) && schema[0] === KIND.union && traits.streaming !== undefined;
}
