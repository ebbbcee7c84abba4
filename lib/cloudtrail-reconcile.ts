// Joins what AWS logged (CloudTrail) to what the gateway recorded, by request id. Pure. Finds events of Countersign's roles
// and agents without a record (somebody went around), records without an event, and pairs that tell of different calls.
// Judges only the time that both cover. Decides nothing more: what CloudTrail does not log, it cannot miss.

import type { TrailEvent } from "./cloudtrail-events.ts";
import { isEventOf } from "./cloudtrail-names.ts";
import type { SentCall, SentCalls } from "./cloudtrail-records.ts";

/** CloudTrail delivers within 5 minutes on average, without a promise: younger records are not missed yet. */
const DELIVERY_MS = 15 * 60_000;
/** From when AWS logs a call until its Outcome is written; and how far the two clocks may be apart. */
const OUTCOME_MS = 2 * 60_000;
const CLOCKS_MS = 5_000;

/** The gateway's own reads of tags and of what an approver is shown: they have no record of their own. */
const LOOK_UPS = new Set([
  "s3:GetBucketTagging",
  "s3:HeadObject",
  "s3:ListObjects",
  "dynamodb:ListTagsOfResource",
  "dynamodb:GetItem",
  "dynamodb:DescribeTable",
  "tagging:GetResources",
  "ec2:DescribeInstances",
  "ec2:DescribeVolumes",
  "iam:GetUser",
  "iam:GetRole",
  "iam:GetPolicy",
]);

interface Mismatch {
  readonly event: TrailEvent;
  readonly call: SentCall;
  readonly differs: readonly ("operation" | "agent" | "role")[];
}

export interface Reconciliation {
  /** Pairs that agree. */
  readonly matched: number;
  /** Events without a record. */
  readonly around: readonly TrailEvent[];
  readonly mismatches: readonly Mismatch[];
  /** Calls without an event, of operations of which the trail has other events. */
  readonly withoutEvent: readonly SentCall[];
  /** Calls without an event, of operations of which the trail has none: it may not log them. */
  readonly notLogged: readonly SentCall[];
  /** Calls recorded without a request id, and the event that shows that AWS got them. */
  readonly settled: readonly { readonly event: TrailEvent; readonly call: SentCall }[];
  /** Events in a recorded session that may be the gateway's own look-ups. */
  readonly lookUps: readonly TrailEvent[];
  /** Events that a service made in a recorded session's name. */
  readonly byServices: readonly TrailEvent[];
  /** Events and calls in time that the other side does not cover. */
  readonly outside: { readonly events: number; readonly calls: number };
}

interface Join extends SentCalls {
  readonly byRequest: ReadonlyMap<string, SentCall>;
  /** Calls recorded without a request id, by session. */
  readonly doubtful: ReadonlyMap<string | null, readonly SentCall[]>;
  readonly found: Set<SentCall>;
  readonly matched: TrailEvent[];
  readonly around: TrailEvent[];
  readonly mismatches: Mismatch[];
  readonly settled: { readonly event: TrailEvent; readonly call: SentCall }[];
  readonly lookUps: TrailEvent[];
  readonly byServices: TrailEvent[];
}

/** `roles` are further role ARNs whose every event must have a record, beside those of the records. */
export function reconcile(
  events: readonly TrailEvent[],
  sent: SentCalls,
  roles: readonly string[] = [],
): Reconciliation {
  const join: Join = {
    ...sent,
    roles: new Set([...sent.roles, ...roles]),
    byRequest: new Map(
      sent.calls.flatMap((call) => (call.requestId === null ? [] : [[call.requestId, call]])),
    ),
    doubtful: Map.groupBy(
      sent.calls.filter(({ requestId }) => requestId === null),
      ({ session }) => session,
    ),
    found: new Set(),
    matched: [],
    around: [],
    mismatches: [],
    settled: [],
    lookUps: [],
    byServices: [],
  };
  const ours = events.filter((event) => isOurs(event, join));
  let outside = 0;
  for (const event of ours) if (!place(event, join)) outside += 1;
  const missing = unseen(events, join);
  const names = new Set(events.map(({ name }) => name));
  const isLogged = ({ service, operation }: SentCall) =>
    [...names].some((name) => isEventOf(name, service, operation));
  return {
    matched: join.matched.length,
    around: join.around,
    mismatches: join.mismatches,
    withoutEvent: missing.inTime.filter(isLogged),
    notLogged: missing.inTime.filter((call) => !isLogged(call)),
    settled: join.settled,
    lookUps: join.lookUps,
    byServices: join.byServices,
    outside: { events: outside, calls: missing.outside },
  };
}

/** An agent's SourceIdentity stays when it assumes another role from a session of ours: those events are ours as well. */
function isOurs({ role, sourceIdentity, requestId }: TrailEvent, join: Join): boolean {
  return (
    (role !== null && join.roles.has(role)) ||
    (sourceIdentity !== null && join.sourceIdentities.has(sourceIdentity)) ||
    (requestId !== null && join.byRequest.has(requestId))
  );
}

/** Says where the event belongs. False when it lies in time that the records do not cover. */
function place(event: TrailEvent, join: Join): boolean {
  const call = event.requestId === null ? undefined : join.byRequest.get(event.requestId);
  if (call !== undefined) {
    join.found.add(call);
    const differs = differences(event, call);
    if (differs.length > 0) join.mismatches.push({ event, call, differs });
    else join.matched.push(event);
    return true;
  }
  if (event.atMs < join.fromMs || event.atMs > join.toMs - OUTCOME_MS) return false;
  const doubtful = join.doubtful.get(event.session) ?? [];
  const inDoubt = doubtful.find((each) => isPossibly(each, event) && !join.found.has(each));
  if (inDoubt !== undefined) {
    join.found.add(inDoubt);
    join.settled.push({ event, call: inDoubt });
  } else {
    unrecorded(event, join).push(event);
  }
  return true;
}

function unrecorded(event: TrailEvent, join: Join): TrailEvent[] {
  const { session, sourceIdentity, role } = event;
  const isInSession =
    session !== null &&
    join.sessions.has(session) &&
    sourceIdentity !== null &&
    join.sourceIdentities.has(sourceIdentity) &&
    role !== null &&
    join.roles.has(role);
  if (!isInSession) return join.around;
  if (event.invokedBy !== null) return join.byServices;
  return LOOK_UPS.has(`${event.source.replace(".amazonaws.com", "")}:${event.name}`)
    ? join.lookUps
    : join.around;
}

/** An event of a call whose answer, and with it the request id, did not come back. */
function isPossibly(call: SentCall, { name, sourceIdentity, atMs }: TrailEvent): boolean {
  return (
    call.sourceIdentity === sourceIdentity &&
    Math.abs(call.atMs - atMs) <= OUTCOME_MS + CLOCKS_MS &&
    isEventOf(name, call.service, call.operation)
  );
}

function differences(event: TrailEvent, call: SentCall): Mismatch["differs"] {
  return [
    ...(isEventOf(event.name, call.service, call.operation) ? [] : (["operation"] as const)),
    ...(event.sourceIdentity === call.sourceIdentity ? [] : (["agent"] as const)),
    ...(event.role === call.role ? [] : (["role"] as const)),
  ];
}

/** The calls that no event told of, as far as the trail covers their time. */
function unseen(events: readonly TrailEvent[], { calls, found }: Join) {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atMs } of events) [first, last] = [Math.min(first, atMs), Math.max(last, atMs)];
  const missing = calls.filter((call) => !found.has(call));
  const inTime = missing.filter(({ atMs }) => atMs - OUTCOME_MS >= first && atMs <= last - DELIVERY_MS);
  return { inTime, outside: missing.length - inTime.length };
}
