// What of an export's records can be found again in CloudTrail: each call that was sent, with the request id that AWS gave
// it, or, where no answer came back, without. Trusts the export: `countersign verify` is what proves it.

import type { Intent, Opening, Outcome } from "../lambdas/model/record.ts";
import { parseLine } from "../lambdas/recording/export-format.ts";
import type { StoredText } from "../lambdas/recording/leaf.ts";

/** A call that was sent, or may have been. */
export interface SentCall {
  readonly pk: string;
  readonly sk: string;
  readonly atMs: number;
  readonly service: string;
  readonly operation: string;
  readonly session: string | null;
  readonly sourceIdentity: string | null;
  readonly role: string | null;
  /** null where no answer came back, or one without an id. */
  readonly requestId: string | null;
}

export interface SentCalls {
  readonly calls: readonly SentCall[];
  readonly sourceIdentities: ReadonlySet<string>;
  readonly sessions: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** The span of the export, epoch milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

interface Reading {
  readonly intents: Map<string, SentCall>;
  /** Of the outcomes: an export's order is that of writing, but for what came late. */
  readonly closed: Set<string>;
  readonly ended: SentCall[];
  readonly sourceIdentities: Set<string>;
  readonly sessions: Set<string>;
  readonly roles: Set<string>;
}

/** @throws an Error when the lines are not an export */
export async function sentCalls(lines: AsyncIterable<string> | Iterable<string>): Promise<SentCalls> {
  const reading: Reading = {
    intents: new Map(),
    closed: new Set(),
    ended: [],
    sourceIdentities: new Set(),
    sessions: new Set(),
    roles: new Set(),
  };
  let span: { readonly fromMs: number; readonly toMs: number } | undefined;
  for await (const text of lines) {
    const line = parseLine(text);
    if (line === undefined) throw new Error("the records are not an export: `countersign verify` says where");
    if (line.type === "header") span = { fromMs: Date.parse(line.from), toMs: Date.parse(line.to) };
    if (line.type === "record") take(reading, line);
  }
  if (span === undefined) throw new Error("the records are not an export: there is no header");
  const { intents, ended, sourceIdentities, sessions, roles } = reading;
  return { calls: [...ended, ...intents.values()], sourceIdentities, sessions, roles, ...span };
}

/** An intent counts as sent until its outcome says how it ended. */
function take(
  { intents, closed, ended, sourceIdentities, sessions, roles }: Reading,
  line: StoredText,
): void {
  const record = JSON.parse(line.record) as Opening | Intent | Outcome;
  addTo(sourceIdentities, record.caller?.sourceIdentity);
  addTo(sessions, record.caller?.session);
  addTo(roles, record.role);
  const name = `${line.pk}\n${line.sk.replace(/#(INTENT|OUTCOME)$/, "")}`;
  const call = sentCall(line, record);
  if (record.phase === "OUTCOME") {
    intents.delete(name);
    closed.add(name);
  }
  if (call === undefined || record.phase === "OPEN") return;
  if (record.phase === "INTENT") {
    if (!closed.has(name)) intents.set(name, call);
  } else if (record.ending !== "refused") {
    ended.push(call);
  }
}

function sentCall({ pk, sk }: StoredText, record: Opening | Intent | Outcome): SentCall | undefined {
  if (record.call === null) return undefined;
  return {
    pk,
    sk,
    atMs: Date.parse(record.at),
    service: record.call.service,
    operation: record.call.operation,
    session: record.caller?.session ?? null,
    sourceIdentity: record.caller?.sourceIdentity ?? null,
    role: record.role,
    requestId: record.phase === "OUTCOME" ? record.awsRequestId : null,
  };
}

function addTo(set: Set<string>, value: string | null | undefined): void {
  if (typeof value === "string") set.add(value);
}
