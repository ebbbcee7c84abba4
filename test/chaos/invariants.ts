// What must hold of a call whatever fails (I1 to I9), asked of what it left behind. Returns what is violated.

import { isFinal } from "../../lambdas/approval/transitions.ts";
import type { Played, Try } from "../e2e/kill-scene.ts";
import type { Fault } from "./faults.ts";
import type { Kind } from "./schedules.ts";

const I4_MS = 300_000;

export interface Case {
  readonly kind: Kind;
  readonly deliveries: number;
  readonly fired: ReadonlySet<Fault>;
  readonly played: Played;
}

export function violationsOf(one: Case): readonly string[] {
  return [
    ...sending(one),
    ...ending(one),
    ...approving(one),
    ...one.played.tries.flatMap((told) => telling(told, one)),
  ];
}

function sending({ kind, played }: Case): string[] {
  const found: string[] = [];
  if (played.unrecorded > 0) found.push("I1: sent without an intent of its own");
  if ((kind === "denied" || kind === "rejected") && played.sent > 0) found.push("I2: sent undecided");
  if (kind !== "read" && played.sent > 1) found.push(`I3: carried out ${played.sent} times`);
  return found;
}

function ending({ fired, played: { intents, outcomes, sent } }: Case): string[] {
  const found: string[] = [];
  if (intents.length !== outcomes.length) {
    found.push(`I4: ${intents.length} intents have ${outcomes.length} ends`);
  }
  const hasOtherTime = [...fired].some(({ kind }) => kind === "clock");
  for (const [index, { at, mayHaveRun }] of outcomes.entries()) {
    const took = Date.parse(at) - Date.parse(intents[index]?.at ?? "");
    if (!hasOtherTime && took > I4_MS) found.push(`I4: the end came after ${took / 1_000} s`);
    if (!mayHaveRun && outcomes.length === 1 && sent > 0)
      found.push("I4: an end says that it did not run, and it did");
  }
  return found;
}

function approving({ kind, fired, played }: Case): string[] {
  const { approval, approvals, ends, executions, waitingPlacesLost } = played;
  const found: string[] = [];
  if (executions.some(({ status }) => status !== "SUCCEEDED")) found.push("I8: a workflow did not end");
  // A place lasts until the time that its taker believed in: with another clock so much longer.
  const hasOtherTime = [...fired].some((fault) => fault.kind === "clock");
  if (waitingPlacesLost > 0 && !hasOtherTime) found.push("I8: a waiting place is lost");
  if (approval === undefined) return found;
  if (kind === "read" || kind === "write" || kind === "denied")
    found.push("I2: an approval that nobody asked for");
  if (!isFinal(approval.status)) found.push(`I8: the approval is ${approval.status} for ever`);
  if (ends.length === 0) found.push(`I4: no record says that the approval is ${approval.status}`);
  const own = ends.filter(({ gatewayRequestId }) => gatewayRequestId.startsWith("approval-"));
  if (own.length > 1 || approvals > 2) found.push("I4: an approval has two ends");
  return found;
}

const RETRIED = /ThrottlingException|ServiceUnavailableException|InternalFailure|InternalServerError/;
const FINAL = /RequestInDoubt|AccessDeniedException|AnswerWithheldException/;
const BY_TIME = /RequestExpiredException|InvalidSignatureException|RequestTimeTooSkewed|ExpiredToken/;

/** AWS-shaped, with the right retry class, and true. */
function telling({ status, text, sends }: Try, { kind, deliveries, fired }: Case): string[] {
  if (status === 200 || status === 502) return [];
  const hasOtherTime = [...fired].some((fault) => fault.kind === "clock");
  const isRetried = status >= 500 || (status === 400 && text.includes("Throttling"));
  const found: string[] = [];
  if (!text.includes('"__type"')) found.push(`I7: not in the shape of AWS: ${status} ${text}`);
  if (!(isRetried ? RETRIED : FINAL).test(text) && !(hasOtherTime && BY_TIME.test(text))) {
    found.push(`I7: the wrong retry class: ${status} ${text}`);
  }
  if (text.includes("nothing was sent") && sends > 0 && deliveries === 1 && kind !== "stored") {
    const isUnreachable = [...fired].some((fault) => fault.kind === "upstream" && fault.how === "not_sent");
    if (!isUnreachable) found.push("I7: told that nothing was sent, and it was");
  }
  return found;
}
