// A person's look at the records: whose they may see, the look on record, and only then what was asked for. What is somebody
// else's answers like what never was.

import { CountersignError } from "../../boundary/errors.ts";
import { faultFields, log } from "../../boundary/log.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { parseSessionId, type SessionId } from "../../model/ids.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { Clock } from "../../net/clock.ts";
import type { StoredText } from "../../recording/leaf.ts";
import { readingOf } from "../../recording/people-records.ts";
import type { PeopleLog, SessionRecords } from "../../recording/ports.ts";
import type { RecordKind, RecordSearch, Search } from "../../recording/search-ports.ts";
import { answerProblem, notFound } from "./problem.ts";
import { type KnownReader, nameOf } from "./reader.ts";
import { answerLines, answerPage, type ShownPage, wantsLines } from "./record-lines.ts";
import { badParameter, MOST, parseCursor, parseSearch } from "./search-question.ts";

export interface LookDependencies {
  readonly clock: Clock;
  readonly peopleLog: PeopleLog;
  readonly search: RecordSearch;
  readonly sessionRecords: SessionRecords;
}

type Page = (ShownPage & { readonly kind: "page" }) | { readonly kind: "bad_cursor" };

/** `GET /api/calls`, `/api/sessions`, `/api/readings`, `/api/orders`. */
export async function lookFor(
  kind: RecordKind,
  request: WireRequest,
  known: KnownReader,
  dependencies: LookDependencies,
): Promise<GatewayResponse> {
  if ((kind === "read" || kind === "order") && known.agents !== null) return answerProblem(notAnOwners());
  const question = parseSearch(kind, request.query, wantsLines(request) ? MOST : undefined);
  if (question.kind === "refused") return answerProblem(question);
  const search = narrowed(question.search, known);
  return show(request, known, dependencies, async (cursor) => {
    const found = await dependencies.search.search({ ...search, cursor: cursor ?? search.cursor });
    // INVARIANT: a search shows nothing beyond its filters; what it shows to an owner is looked at once more.
    if (found.kind === "page") for (const record of found.records) mustBeOf(record, known);
    return found;
  });
}

/** `GET /api/sessions/<id>`. */
export async function lookAtSession(
  idText: string,
  request: WireRequest,
  known: KnownReader,
  dependencies: LookDependencies,
): Promise<GatewayResponse> {
  const asked = parseCursor(request.query);
  if (asked.kind === "refused") return answerProblem(asked);
  const id = parseSessionId(idText);
  return show(request, known, dependencies, async (cursor) => {
    // Recorded like any look, since an id that is guessed at is worth knowing of.
    if (id === undefined || !(await isSeen(id, known, dependencies))) return "unknown";
    const page = await dependencies.sessionRecords.page(id, cursor ?? asked.cursor);
    if (page.kind === "page") for (const record of page.records) mustBeOf(record, known);
    return page;
  });
}

/** Writes that somebody looks. Returns the refusal where that cannot be written: then nothing is shown. */
export async function refusalOfLook(
  request: WireRequest,
  { reader }: KnownReader,
  { clock, peopleLog }: Pick<LookDependencies, "clock" | "peopleLog">,
): Promise<Refusal | undefined> {
  const { gatewayRequestId } = request;
  try {
    await peopleLog.appendReading(readingOf({ atMs: clock.nowMs(), reader, gatewayRequestId }, request));
    return undefined;
  } catch (error) {
    log({ event: "fault", fault: faultFields(error) });
    return refuse("ServiceUnavailable", "this look could not be recorded, so nothing is shown: try again");
  }
}

export function notAnOwners(): Refusal {
  return refuse("AccessDenied", "only auditors and administrators see this");
}

async function show(
  request: WireRequest,
  known: KnownReader,
  dependencies: LookDependencies,
  pageAt: (cursor: string | null) => Promise<Page | "unknown">,
): Promise<GatewayResponse> {
  // INVARIANT: on record before anything is read for the answer.
  const unrecorded = await refusalOfLook(request, known, dependencies);
  if (unrecorded !== undefined) return answerProblem(unrecorded);
  const first = await pageAt(null).catch(unreadable);
  if (first === "unknown") return answerProblem(notFound());
  if (first.kind === "refused") return answerProblem(first);
  if (first.kind === "bad_cursor")
    return answerProblem(badParameter("cursor", "is of no page of this search"));
  if (!wantsLines(request)) return answerPage(placesOf(first));
  const pageAfter = async (cursor: string): Promise<ShownPage> => {
    const page = await pageAt(cursor);
    if (page !== "unknown" && page.kind === "page") return placesOf(page);
    throw new CountersignError("internal", "a cursor of our own was not taken");
  };
  return answerLines(placesOf(first), pageAfter, dependencies.clock);
}

function placesOf({ kind: _, ...places }: Extract<Page, { kind: "page" }>): ShownPage {
  return places;
}

function unreadable(error: unknown): Refusal {
  log({ event: "fault", fault: faultFields(error) });
  return refuse("ServiceUnavailable", "the records cannot be read now: try again");
}

/** INVARIANT: an owner's search is within the owner's agents, whatever it asks for; with none of them it finds nothing. */
function narrowed(search: Search, { agents: own }: KnownReader): Search {
  if (own === null) return search;
  const asked = search.filters.agents;
  const agents = asked === null ? own : asked.filter((agent) => own.includes(agent));
  return { ...search, filters: { ...search.filters, agents } };
}

/** A session is one agent's. Of an exchange that was refused there is no opening, only the refusal. */
export async function isSeen(
  id: SessionId,
  { agents }: KnownReader,
  { sessionRecords }: Pick<LookDependencies, "sessionRecords">,
): Promise<boolean> {
  const opening = await sessionRecords.opening(id);
  if (opening !== undefined) return agents === null || agents.includes(agentIn(opening) ?? "");
  const first = await sessionRecords.page(id, null);
  if (first.kind !== "page" || first.records.length === 0) return false;
  if (agents === null) return true;
  const names = first.records.flatMap((record) => agentIn(record) ?? []);
  return names.length > 0 && names.every((name) => agents.includes(name));
}

/** @throws when the record is not of the reader's agents; an order about a session is of nobody, and goes with it */
function mustBeOf(record: StoredText, { agents }: KnownReader): void {
  if (agents === null) return;
  const name = agentIn(record);
  const isOrder = name === undefined && record.sk.startsWith("ORDER#");
  if (isOrder || (name !== undefined && agents.includes(name))) return;
  throw new CountersignError("internal", "a record of another owner's agent was found");
}

function agentIn({ record }: StoredText): string | undefined {
  const { caller } = JSON.parse(record) as { caller?: { issuer?: unknown; subject?: unknown } | null };
  if (typeof caller?.issuer !== "string" || typeof caller.subject !== "string") return undefined;
  return nameOf({ issuer: caller.issuer, subject: caller.subject });
}
