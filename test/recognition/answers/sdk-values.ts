// Values of an operation's input and output by the schemas that a client of the SDK carries: one of every list and map, and
// every member, made by whoever asks.

import { KIND, type SdkOperation, sdkMembers, unwrapped } from "../../../lib/models/sdk-schema.ts";

/** The kinds of plain values, as the SDK numbers them. */
export type Plain = "string" | "number" | "boolean" | "timestamp" | "document" | "bigint" | "blob";
const PLAIN: Readonly<Record<number, Plain>> = {
  0: "string",
  1: "number",
  2: "boolean",
  4: "timestamp",
  5: "timestamp",
  6: "timestamp",
  7: "timestamp",
  15: "document",
  17: "bigint",
  19: "bigint",
  21: "blob",
  42: "blob",
};
const LIST_OF = 64;
const MAP_OF = 128;
const DEEPEST = 6;

/** Makes one plain value of an answer; `path` names it, `sensitive` is the model's word. */
export type Maker = (at: {
  readonly kind: Plain | "key";
  readonly path: string;
  readonly sensitive: boolean;
}) => unknown;

export const PLAIN_VALUES: Readonly<Record<Plain | "key", unknown>> = {
  string: `a "text" & <more> é`,
  number: 12345,
  boolean: true,
  timestamp: new Date(1_700_000_000_000),
  document: { open: [1, "a"] },
  bigint: 12_345n,
  blob: Uint8Array.of(98, 0, 255, 98),
  key: "a key",
};

interface At {
  readonly path: string;
  readonly depth: number;
  readonly sensitive: boolean;
}

function made(member: unknown, make: Maker, at: At): unknown {
  const { schema, traits } = unwrapped(member);
  const here = { ...at, sensitive: at.sensitive || Boolean(traits.sensitive) };
  if (typeof schema === "number") return plainOf(schema, make, here);
  if (!Array.isArray(schema) || at.depth > DEEPEST) return undefined;
  if (schema[0] === KIND.list) {
    const inside = made(schema[4], make, below(here, "[]"));
    return inside === undefined ? undefined : [inside];
  }
  if (schema[0] === KIND.map) return mapOf(schema[5], make, here, traits);
  return structureOf(schema, make, here);
}

function below(at: At, step: string): At {
  return {
    ...at,
    path: at.path === "" ? step : `${at.path}${step === "[]" ? "" : "."}${step}`,
    depth: at.depth + 1,
  };
}

function plainOf(schema: number, make: Maker, at: At): unknown {
  if (schema & LIST_OF) return [plainOf(schema & ~LIST_OF, make, below(at, "[]"))];
  if (schema & MAP_OF) return mapOf(schema & ~MAP_OF, make, at, {});
  const kind = PLAIN[schema];
  return kind === undefined ? undefined : make({ ...at, kind });
}

function mapOf(value: unknown, make: Maker, at: At, traits: Readonly<Record<string, unknown>>): unknown {
  const inside = made(value, make, below(at, "*"));
  const isName = traits.httpPrefixHeaders !== undefined;
  const key = String(make({ ...at, kind: "key", path: `${at.path}.{key}` }));
  return inside === undefined ? undefined : { [isName ? key.replaceAll(" ", "-") : key]: inside };
}

/** A union has one of its members. */
function structureOf(schema: readonly unknown[], make: Maker, at: At): unknown {
  const members = sdkMembers(schema).filter(({ traits }) => !traits.httpResponseCode);
  const entries: [string, unknown][] = [];
  for (const { name, schema: inner, traits } of members) {
    const value = made([inner, traits], make, below(at, name));
    if (value !== undefined) entries.push([name, value]);
    if (schema[0] === KIND.union && !isStream(schema) && entries.length === 1) break;
  }
  return Object.fromEntries(entries);
}

/** A whole output of the operation: one of every list and map, every member. */
export function outputOf({ output }: SdkOperation, make: Maker = ({ kind }) => PLAIN_VALUES[kind]): unknown {
  return output === undefined ? {} : made(output, make, { path: "", depth: 0, sensitive: false });
}

/** The least that the client sends. */
export function inputOf({ input }: SdkOperation): unknown {
  if (input === undefined) return {};
  const required = sdkMembers(input).filter(({ required, traits }) => required || traits.httpLabel);
  return Object.fromEntries(
    required.map(({ name, schema, traits }) => {
      const value =
        name === "Bucket"
          ? "bkt"
          : made([schema, traits], least, { path: name, depth: DEEPEST - 1, sensitive: false });
      return [name, value ?? {}];
    }),
  );
}

const least: Maker = ({ kind }) =>
  kind === "string" || kind === "key" ? "abc" : kind === "blob" ? Uint8Array.of(1) : PLAIN_VALUES[kind];

export function isStream(schema: readonly unknown[]): boolean {
  return schema[0] === KIND.union && Boolean((schema[3] as { streaming?: number } | null)?.streaming);
}
