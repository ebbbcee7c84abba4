// What of an export's records can be found again in CloudTrail: each call that was sent, with the request id that AWS gave
// it, or, where no answer came back, without. Trusts the export: `countersign verify` is what proves it.

import type { Intent, Opening, Outcome } from "../lambdas/model/record.ts";
import { parseLine } from "../lambdas/recording/export-format.ts";

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

/** @throws an Error when the lines are not an export */
export async function sentCalls(lines: AsyncIterable<string> | Iterable<string>): Promise<SentCalls> {
  const intents = new Map<string, SentCall>();
  const ended: SentCall[] = [];
  const [sourceIdentities, sessions, roles] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let span: { readonly fromMs: number; readonly toMs: number } | undefined;
  for await (const text of lines) {
    const line = parseLine(text);
    if (line === undefined) throw new Error("the records are not an export: `countersign verify` says where");
    if (line.type === "header") span = { fromMs: Date.parse(line.from), toMs: Date.parse(line.to) };
    if (line.type !== "record") continue;
    const record = JSON.parse(line.record) as Opening | Intent | Outcome;
    addTo(sourceIdentities, record.caller?.sourceIdentity);
    addTo(sessions, record.caller?.session);
    addTo(roles, record.role);
    const call = sentCall(line, record);
    if (call === undefined || record.phase === "OPEN") continue;
    const name = `${line.pk}\n${line.sk.replace(/#(INTENT|OUTCOME)$/, "")}`;
    if (record.phase === "INTENT") {
      intents.set(name, call);
    } else {
      intents.delete(name);
      if (record.ending !== "refused") ended.push(call);
    }
  }
  if (span === undefined) throw new Error("the records are not an export: there is no header");
  return { calls: [...ended, ...intents.values()], sourceIdentities, sessions, roles, ...span };
}

function sentCall(
  { pk, sk }: { readonly pk: string; readonly sk: string },
  record: Opening | Intent | Outcome,
): SentCall | undefined {
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
