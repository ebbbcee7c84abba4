// Reads recorded calls, from files or from wherever the port leads: JSON lines as the API, `countersign calls --json` and a
// sealed export give them. Decides what is a record of a call and which records belong together, never what it means.
// Trusts nothing in a line: what has not the form of docs/record-format.md is passed over and counted. That an export is
// complete is `countersign verify`'s to say.

import { z } from "zod";
import { parseRoleArn } from "../lambdas/model/ids.ts";
import type { Caller, Intent, Opening, Outcome } from "../lambdas/model/record.ts";

type CallRecord = Opening | Intent | Outcome;

/** One record and where it lies. */
interface RecordedItem {
  readonly pk: string;
  readonly sk: string;
  readonly record: CallRecord;
}

/** Which records are wanted; `undefined`: all. */
export interface WantedCalls {
  /** `<issuer>|<subject>`, a subject, or the agent's name. */
  readonly agent: string | undefined;
  /** Epoch milliseconds. */
  readonly sinceMs: number | undefined;
  readonly session: string | undefined;
  /** Of the gateway; `undefined`: the one where one signed in, or the local cloud. */
  readonly url: string | undefined;
}

/**
 * Gives records page by page, as lines of the two forms that `parseRecordLine` reads, in any order; may give more than was
 * wanted. @throws when they cannot be read
 */
export type RecordedCalls = (wanted: WantedCalls) => AsyncIterable<string>;

/** One call: its outcome, or its intent where there is none. */
export interface RecordedCallAt {
  readonly pk: string;
  /** The sort key without phase: `CALL#<hash>`, `REFUSAL#<at>#<id>`. */
  readonly key: string;
  readonly record: Intent | Outcome;
  /** Of its session; absent where it was not among the records. */
  readonly opening: Opening | undefined;
}

export interface ReadCalls {
  readonly calls: readonly RecordedCallAt[];
  /** Why lines were passed over, and how many. */
  readonly skipped: ReadonlyMap<string, number>;
}

type RecordLine =
  | { readonly kind: "item"; readonly item: RecordedItem }
  /** A header, a checkpoint, a cursor, a person's look: no call by its form. */
  | { readonly kind: "other" }
  | { readonly kind: "skipped"; readonly why: string };

const OTHER: RecordLine = { kind: "other" };

/** Reads `{"pk","sk","record"}`, the record as an object or as its text; an export's lines have `"type":"record"` too. */
function parseRecordLine(text: string): RecordLine {
  const line = jsonIn(text);
  if (!isObject(line)) return { kind: "skipped", why: "no JSON object" };
  const { type, pk, sk } = line;
  if (type !== undefined && type !== "record") return OTHER;
  if (pk === undefined && sk === undefined && line.record === undefined) return OTHER;
  const record = typeof line.record === "string" ? jsonIn(line.record) : line.record;
  if (typeof pk !== "string" || typeof sk !== "string" || !isObject(record)) {
    return { kind: "skipped", why: "no record of the form that is known" };
  }
  if (record.phase === "READ" || record.phase === "ORDER") return OTHER;
  if (record.version !== 1) return { kind: "skipped", why: "a record of another version than 1" };
  if (!schema.safeParse(record).success) {
    return { kind: "skipped", why: "no record of the form that is known" };
  }
  return { kind: "item", item: { pk, sk, record: record as unknown as CallRecord } };
}

/** Puts intents, outcomes and openings together. The same record in several files counts once. */
export async function collectCalls(
  lines: AsyncIterable<string> | Iterable<string>,
  wanted: Pick<WantedCalls, "agent" | "sinceMs"> = { agent: undefined, sinceMs: undefined },
): Promise<ReadCalls> {
  const skipped = new Map<string, number>();
  const openings = new Map<string, Opening>();
  const found = new Map<string, RecordedItem & { readonly record: Intent | Outcome }>();
  for await (const text of lines) {
    if (text.trim() === "") continue;
    const line = parseRecordLine(text);
    if (line.kind === "skipped") skipped.set(line.why, (skipped.get(line.why) ?? 0) + 1);
    if (line.kind !== "item") continue;
    const { pk, sk, record } = line.item;
    const name = `${pk}\n${keyOf(sk)}`;
    if (record.phase === "OPEN") openings.set(pk, record);
    else if (record.phase === "OUTCOME" || !found.has(name)) found.set(name, { pk, sk, record });
  }
  const calls = [...found.values()]
    .filter(({ record }) => isWanted(record, wanted))
    .map(({ pk, sk, record }) => ({ pk, key: keyOf(sk), record, opening: openings.get(pk) }))
    .sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  return { calls, skipped };
}

/** True when the text names this caller: `<issuer>|<subject>`, the subject, or the name in the configuration. */
function isAgent({ issuer, subject, agent }: Caller, text: string): boolean {
  return text === `${issuer}|${subject}` || text === subject || text === agent;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30m`, `4h` and `2d` before now, or a time in ISO 8601. @throws Error that says what to write */
export function parseSince(text: string, now: number): number {
  const [, count = "", unit = ""] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const at = unit === "" ? Date.parse(text) : now - Number(count) * (UNIT_MS[unit] ?? 0);
  if (Number.isNaN(at))
    throw new Error("`--since` takes `30m`, `4h`, `2d`, or a time such as `2026-07-01T12:00:00Z`");
  return at;
}

function isWanted(
  { caller, at }: Intent | Outcome,
  { agent, sinceMs }: Pick<WantedCalls, "agent" | "sinceMs">,
) {
  if (sinceMs !== undefined && Date.parse(at) < sinceMs) return false;
  return agent === undefined || (caller !== null && isAgent(caller, agent));
}

function keyOf(sortKey: string): string {
  return sortKey.replace(/#(INTENT|OUTCOME)$/, "");
}

function orderOf({ record, pk, key }: RecordedCallAt): string {
  return `${record.at} ${pk} ${key}`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// What is read of a record. Members that are not named here may be added at any time, and are passed over.
const texts = z.array(z.string());
const caller = z.looseObject({
  issuer: z.string(),
  subject: z.string(),
  agent: z.string(),
  groups: texts,
  session: z.string().nullable(),
  sourceIp: z.string(),
  userAgent: z.string(),
});
const call = z.looseObject({
  service: z.string(),
  operation: z.string(),
  actions: z.array(z.looseObject({ action: z.string(), resources: texts, resourcesOmitted: z.int() })),
  region: z.string(),
  parameters: z.string().nullable(),
});
const decision = z.looseObject({
  decision: z.enum(["permit", "hold", "deny"]),
  reason: z.string().nullable(),
  policies: texts,
  policyVersion: z.string(),
  enforced: z.boolean(),
});
const base = {
  at: z.string().refine((at) => !Number.isNaN(Date.parse(at))),
  caller: caller.nullable(),
  role: z
    .string()
    .refine((arn) => parseRoleArn(arn) !== undefined)
    .nullable(),
  call: call.nullable(),
  decision: decision.nullable(),
};
const schema = z.discriminatedUnion("phase", [
  z.looseObject({ phase: z.literal("OPEN"), ...base }),
  z.looseObject({ phase: z.literal("INTENT"), ...base }),
  z.looseObject({
    phase: z.literal("OUTCOME"),
    ...base,
    ending: z.enum(["refused", "answered", "in_doubt"]),
    status: z.int(),
    code: z.string().nullable(),
    mayHaveRun: z.boolean(),
  }),
]);
