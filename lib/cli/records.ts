// Records as the API gives them: searched over pages, and the records of one session. Trusts the gateway for their
// content; a member that a newer gateway adds passes.

import type { Intent, Opening, Order, Outcome, Reading } from "../../lambdas/model/record.ts";
import { visible } from "../session-text.ts";
import type { ApiClient, Query } from "./api-client.ts";
import { ApiProblem } from "./api-problem.ts";
import { CommandError } from "./exit.ts";

/** One item: where it lies and what it says. */
export interface FoundRecord<R = Opening | Intent | Outcome | Order | Reading> {
  readonly pk: string;
  readonly sk: string;
  readonly record: R;
}

export interface RecordPage<R> {
  readonly records: readonly FoundRecord<R>[];
  readonly next: string | null;
  /** Of a search that goes from the oldest: where a later look goes on. */
  readonly resume: string | null;
}

const MOST_PER_PAGE = 100; // what the API gives at once
const SESSION = "SESSION#";

/** @throws as the client does */
export async function pageOf<R>(api: ApiClient, path: string, query: Query): Promise<RecordPage<R>> {
  const page = await api.get(path, query);
  if (!isPage(page)) throw notOurs(api);
  return { records: page.records as FoundRecord<R>[], next: page.next ?? null, resume: page.resume ?? null };
}

/** Up to `limit` records, page by page. @throws as the client does */
export async function* searched<R>(
  api: ApiClient,
  path: string,
  query: Query,
  limit: number,
): AsyncGenerator<FoundRecord<R>> {
  let left = limit;
  let cursor: string | undefined;
  do {
    const asked = { ...query, limit: String(Math.min(left, MOST_PER_PAGE)), cursor };
    const { records, next } = await pageOf<R>(api, path, asked);
    for (const record of records.slice(0, left)) yield record;
    left -= records.length;
    cursor = next ?? undefined;
  } while (cursor !== undefined && left > 0);
}

/** Every record, as a stream: for programs. @throws as the client does */
export async function* streamed<R>(
  api: ApiClient,
  path: string,
  query: Query,
): AsyncGenerator<FoundRecord<R>> {
  let cursor: string | null | undefined;
  do {
    let next: string | null | undefined;
    for await (const line of api.lines(path, { ...query, cursor: cursor ?? undefined })) {
      if (isRecord(line)) yield line as FoundRecord<R>;
      else if (isEnd(line)) next = line.next;
      else throw notOurs(api);
    }
    if (next === undefined) throw new CommandError(`the answer of ${api.url} ended too early: ask again`);
    cursor = next;
  } while (cursor !== null);
}

/** All records of a session in the order in which they were written. @throws when there is none of this id */
export async function sessionRecords(api: ApiClient, id: string): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = [];
  const path = `/sessions/${encodeURIComponent(id)}`;
  try {
    for await (const record of streamed<FoundRecord["record"]>(api, path, {})) found.push(record);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
  }
  if (found.length === 0) {
    throw new CommandError(`there is no session \`${visible(id)}\` at ${api.url}, or it is not yours to see`);
  }
  return found.sort((a, b) => (a.record.at < b.record.at ? -1 : 1));
}

/** The id of the session that opened last, of one agent (`<issuer>|<subject>`) or of any. */
export async function latestSession(api: ApiClient, agent?: string): Promise<string> {
  const page = await pageOf<Opening>(api, "/sessions", { agent, limit: "1" });
  const [latest] = page.records;
  if (latest === undefined) throw new CommandError("no session was recorded yet");
  return sessionIdOf(latest);
}

export function sessionIdOf({ pk }: Pick<FoundRecord, "pk">): string {
  return pk.startsWith(SESSION) ? pk.slice(SESSION.length) : "";
}

interface PageEnd {
  readonly next: string | null;
  readonly resume?: string | null;
}

function isPage(value: unknown): value is PageEnd & { readonly records: readonly unknown[] } {
  return isObject(value) && Array.isArray(value.records) && value.records.every(isRecord) && isEnd(value);
}

function isRecord(value: unknown): value is FoundRecord {
  return (
    isObject(value) && typeof value.pk === "string" && typeof value.sk === "string" && isObject(value.record)
  );
}

function isEnd(value: unknown): value is PageEnd {
  return isObject(value) && (typeof value.next === "string" || value.next === null);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function notOurs({ url }: ApiClient): CommandError {
  return new CommandError(`what answers at ${url} is not an API that this version knows`);
}
