// Reads the schemas that clients of the AWS SDK for JavaScript export: arrays that begin with a number for their kind,
// numbers for plain types, functions around either. Trusted: a developer's own installation. Facts only.

/** The kinds of schema arrays. */
export const KIND = { simple: 0, list: 1, map: 2, structure: 3, union: 4, operation: 9 } as const;

export type Traits = Readonly<Record<string, unknown>>;

export interface SdkMember {
  readonly name: string;
  readonly schema: unknown;
  readonly traits: Traits;
  readonly required: boolean;
}

export interface SdkOperation {
  readonly name: string;
  readonly traits: Traits;
  readonly input: readonly unknown[] | undefined;
  readonly output: readonly unknown[] | undefined;
}

/** The operations among a package's exports. */
export function sdkOperations(exported: Readonly<Record<string, unknown>>): SdkOperation[] {
  return Object.values(exported).flatMap((schema) => {
    if (!Array.isArray(schema) || schema[0] !== KIND.operation) return [];
    const [input, output] = [resolved(schema[4]), resolved(schema[5])];
    return [
      {
        name: String(schema[2]),
        traits: traitsOf(schema[3]),
        input: Array.isArray(input) ? input : undefined,
        output: Array.isArray(output) ? output : undefined,
      },
    ];
  });
}

/** The members of a structure or union; the first ones are the required. */
export function sdkMembers(schema: readonly unknown[]): SdkMember[] {
  const [names, schemas, required] = [schema[4], schema[5], schema[6]];
  if (!Array.isArray(names) || !Array.isArray(schemas)) return [];
  return names.map((name, index) => ({
    name: String(name),
    required: index < Number(required ?? 0),
    ...unwrapped(schemas[index]),
  }));
}

/** A member is a schema alone, or `[schema, traits]`. A simple schema's own traits count as the member's. */
export function unwrapped(schema: unknown): { readonly schema: unknown; readonly traits: Traits } {
  const plain = resolved(schema);
  if (!Array.isArray(plain)) return { schema: plain, traits: {} };
  if (plain.length === 2) {
    const inner = unwrapped(plain[0]);
    return { schema: inner.schema, traits: { ...inner.traits, ...traitsOf(plain[1]) } };
  }
  if (plain[0] !== KIND.simple) return { schema: plain, traits: traitsOf(plain[3]) };
  return { schema: resolved(plain[4]), traits: traitsOf(plain[3]) };
}

export function schemaName(schema: readonly unknown[]): string {
  return String(schema[2]);
}

function resolved(schema: unknown): unknown {
  return typeof schema === "function" ? resolved((schema as () => unknown)()) : schema;
}

const BITS = [
  "httpLabel",
  "idempotent",
  "idempotencyToken",
  "sensitive",
  "httpPayload",
  "httpResponseCode",
  "httpQueryParams",
];

function traitsOf(traits: unknown): Traits {
  if (typeof traits !== "number") return (traits ?? {}) as Traits;
  return Object.fromEntries(BITS.flatMap((name, bit) => ((traits >> bit) & 1 ? [[name, 1]] : [])));
}
