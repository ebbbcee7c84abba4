// Ends a call that was sent: masks the answer, records the Outcome, keeps the answer of a change for its retries, answers.
// An answer that fits in memory waits for its Outcome; a larger one streams, and its connection is cut if the Outcome cannot
// be written. Nothing is ever sent again from here.

import type { Answers, KeptAnswer } from "../approval/ports.ts";
import { errorFormOf, errorNameOf } from "../boundary/error-forms.ts";
import { faultFields, log as writeLog } from "../boundary/log.ts";
import { respondRefusal } from "../boundary/respond.ts";
import { type AwsCall, isMutating } from "../model/aws-call.ts";
import type { Obligations } from "../model/decision.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import type { CallKey } from "../recording/keys.ts";
import type { CallLog } from "../recording/ports.ts";
import { type Ending, outcomeOf, type RecordFacts } from "../recording/records.ts";
import { awsErrorCodeOf, certainlyNotExecuted, isThrottled } from "../upstream/certainty.ts";
import type { UpstreamAnswer } from "../upstream/ports.ts";
import { awsRequestIdOf, relayHeaders } from "../upstream/relay-headers.ts";
import { type Tally, tallyOf } from "./answer-body.ts";
import { type CallTrace, lap } from "./call-trace.ts";
import { type MaskedUpstream, type MaskUpstreamDependencies, maskUpstream } from "./mask-upstream.ts";
import { type OffloadDependencies, recordedBody, type ToldBody } from "./offload.ts";

export interface ConcludeDependencies extends MaskUpstreamDependencies, OffloadDependencies {
  readonly clock: Clock;
  readonly log: CallLog;
  readonly answers: Answers;
}

/** How a call that was sent ended, and what its caller is told. */
export interface Concluded {
  readonly response: GatewayResponse;
  readonly ending: Ending["ending"];
  readonly mayHaveRun: boolean;
  /** True where the call certainly did not run and its caller is told to try again. */
  readonly tryAgain: boolean;
  readonly awsRequestId: string | null;
}

export interface SentCall {
  readonly call: AwsCall;
  readonly key: CallKey;
  /** What the Intent says; the Outcome says it again. */
  readonly facts: RecordFacts;
  readonly trace: CallTrace;
  /** What policy hides of the answer, beyond the defaults, and how much of it is recorded. */
  readonly obligations: Pick<Obligations, "mask" | "record">;
  /** Under which name the answer is kept, and whether AWS's refusals too; null for a plain read, which is made again. */
  readonly keep: { readonly name: string; readonly refusals: boolean } | null;
}

/** AWS answered: its status, its body and the headers that may go back, with what has to be hidden masked. */
export async function concludeAnswer(
  answer: UpstreamAnswer,
  sent: SentCall,
  dependencies: ConcludeDependencies,
): Promise<Concluded> {
  let masked: MaskedUpstream;
  try {
    masked = await maskUpstream(answer, sent.call, sent.obligations.mask, dependencies);
  } catch {
    return concludeUnknown(sent, dependencies); // cut short: what AWS did is not known
  }
  if (masked.kind !== "stream") return concludeWhole(answer, masked, sent, dependencies);
  const { chunks, filter, headers, masks } = masked;
  const finish = async (tally: Tally | "cut"): Promise<boolean> => {
    const ending = { ...streamedEnding(answer, tally, sent), masks: masks() };
    const told = tally === "cut" ? "nothing" : { whole: null, tally, masks: masks() };
    return recorded(await withBody(ending, told, sent, dependencies), sent, dependencies);
  };
  const response = responseOf(answer.status, headers, chunks(filter, finish), sent);
  const awsRequestId = awsRequestIdOf(answer.headers);
  return { response, ending: "answered", mayHaveRun: true, tryAgain: false, awsRequestId };
}

async function concludeWhole(
  answer: UpstreamAnswer,
  masked: Exclude<MaskedUpstream, { kind: "stream" }>,
  sent: SentCall,
  dependencies: ConcludeDependencies,
): Promise<Concluded> {
  const { response, body } = toldOf(answer, masked, sent);
  const tally = tallyOf(body);
  const end = endingOf(answer, masked, { status: response.status, tally }, sent);
  const told = masked.kind === "whole" ? { whole: body, tally, masks: masked.masks } : "nothing";
  const { mayHaveRun, awsRequestId } = end;
  const tryAgain = !mayHaveRun && isThrottled(answer, masked.raw);
  // Both at once: neither needs the other, and the caller waits for both.
  const [durable] = await Promise.all([
    withBody(end, told, sent, dependencies).then((whole) => recorded(whole, sent, dependencies)),
    // An answer that says "try again" must not be what the next try is told.
    tryAgain || !(mayHaveRun || sent.keep?.refusals)
      ? undefined
      : kept({ ...response, body }, sent, dependencies),
  ]);
  if (durable) return { response, ending: "answered", mayHaveRun, tryAgain, awsRequestId };
  const refusal = respondRefusal(inDoubt(sent), sent.trace.request);
  return { response: refusal, ending: "in_doubt", mayHaveRun: true, tryAgain: false, awsRequestId };
}

/** The ending with what is kept of AWS's answer, where policies let it be recorded. */
async function withBody(
  ending: Ending,
  told: ToldBody | "nothing",
  { call, facts, obligations }: SentCall,
  dependencies: ConcludeDependencies,
): Promise<Ending> {
  // Credentials are of the one who asked for them, whatever of them is hidden.
  if (told === "nothing" || call.vendsCredentials || (obligations.record ?? "full") !== "full") return ending;
  return { ...ending, ...(await recordedBody(told, facts, dependencies)) };
}

/** What the caller is told: AWS's answer, masked, or that it is withheld. */
function toldOf(
  { status }: UpstreamAnswer,
  masked: Exclude<MaskedUpstream, { kind: "stream" }>,
  sent: SentCall,
): { readonly response: GatewayResponse; readonly body: Uint8Array } {
  if (masked.kind === "whole") {
    const { headers, body } = masked.parts;
    return { response: responseOf(status, headers, body, sent), body };
  }
  const done = isMutating(sent.call)
    ? "aws has answered, and the call may have been carried out"
    : "aws has answered";
  const message = `${done}; the answer is withheld: ${masked.reason}`;
  const response = respondRefusal(refuse("AnswerWithheld", message), sent.trace.request);
  return { response, body: response.body instanceof Uint8Array ? response.body : new Uint8Array() };
}

/** A lost answer costs a retry its answer and nothing else: it is told that the call is in doubt. */
async function kept(
  answer: KeptAnswer,
  { keep, trace }: SentCall,
  { answers, clock }: ConcludeDependencies,
): Promise<void> {
  if (keep === null) return;
  try {
    const { status, headers, body } = answer;
    await answers.keep(keep.name, { status, headers, body }, Math.floor(clock.nowMs() / 1_000));
  } catch (error) {
    writeLog({ event: "fault", requestId: trace.request.gatewayRequestId, fault: faultFields(error) });
  }
}

/** Not one byte left us: the call certainly did not run, and the SDK may send it again. */
export function concludeNotSent(sent: SentCall, dependencies: ConcludeDependencies): Promise<Concluded> {
  const refusal = refuse("UpstreamUnavailable", "aws could not be reached; nothing was sent: try again");
  return concludeRefused(refusal, "refused", sent, dependencies);
}

/** Bytes left us and no whole answer came back. */
export function concludeUnknown(sent: SentCall, dependencies: ConcludeDependencies): Promise<Concluded> {
  return concludeRefused(inDoubt(sent), "in_doubt", sent, dependencies);
}

/** A read may be made again, so its SDK is told to; a change may not, so its SDK is told that it is in doubt. */
function inDoubt({ call }: SentCall): Refusal {
  return isMutating(call)
    ? refuse(
        "RequestInDoubt",
        "the call was sent and its answer was lost: look at its result before you make a new one",
      )
    : refuse("UpstreamUnavailable", "the answer was lost on its way: try again");
}

async function concludeRefused(
  refusal: Refusal,
  ending: "refused" | "in_doubt",
  sent: SentCall,
  dependencies: ConcludeDependencies,
): Promise<Concluded> {
  const { request, latency } = sent.trace;
  const { status, name } = errorNameOf(refusal.code, errorFormOf(request));
  const end: Ending = {
    ending,
    status,
    code: name,
    awsRequestId: null,
    mayHaveRun: ending === "in_doubt",
    latency,
    responseDigest: null,
    responseBytes: null,
  };
  await recorded(end, sent, dependencies); // told in doubt either way: an Intent without Outcome means the same
  const response = respondRefusal(refusal, request);
  return { response, ending, mayHaveRun: end.mayHaveRun, tryAgain: !end.mayHaveRun, awsRequestId: null };
}

/** True when the Outcome is durable. A lost Outcome leaves an Intent without end, which counts as in doubt everywhere. */
async function recorded(
  ending: Ending,
  sent: SentCall,
  dependencies: ConcludeDependencies,
): Promise<boolean> {
  const { clock, log } = dependencies;
  try {
    await log.appendOutcome(sent.key, outcomeOf({ ...sent.facts, atMs: clock.nowMs() }, ending));
    lap(sent.trace, "outcome", clock.nowMs());
    return true;
  } catch (error) {
    writeLog({ event: "fault", requestId: sent.trace.request.gatewayRequestId, fault: faultFields(error) });
    return false;
  }
}

function endingOf(
  answer: UpstreamAnswer,
  masked: Exclude<MaskedUpstream, { kind: "stream" }>,
  { status, tally }: { readonly status: number; readonly tally: Tally },
  sent: SentCall,
): Ending {
  return {
    ...answeredBase(answer, sent),
    status,
    code: awsErrorCodeOf(answer, masked.raw),
    mayHaveRun: !certainlyNotExecuted(answer, masked.raw),
    responseDigest: tally.digest,
    responseBytes: tally.bytes,
    ...(masked.kind === "whole" ? { masks: masked.masks } : { withheld: masked.reason }),
  };
}

function streamedEnding(answer: UpstreamAnswer, tally: Tally | "cut", sent: SentCall): Ending {
  const base = { ...answeredBase(answer, sent), code: null, mayHaveRun: true };
  return tally === "cut"
    ? { ...base, ending: "in_doubt", responseDigest: null, responseBytes: null }
    : { ...base, responseDigest: tally.digest, responseBytes: tally.bytes };
}

function answeredBase(answer: UpstreamAnswer, { trace }: SentCall) {
  const { status, headers } = answer;
  return {
    ending: "answered",
    status,
    awsRequestId: awsRequestIdOf(headers),
    latency: trace.latency,
  } as const;
}

function responseOf(
  status: number,
  headers: UpstreamAnswer["headers"],
  body: GatewayResponse["body"],
  { trace }: SentCall,
): GatewayResponse {
  const relayed = Map.groupBy(relayHeaders(headers), ([name]) => name);
  const joined = Object.fromEntries(
    [...relayed].map(([name, pairs]) => [name, pairs.map(([, value]) => value).join(", ")]),
  );
  return {
    status,
    headers: { ...joined, "x-countersign-request-id": trace.request.gatewayRequestId },
    body,
  };
}
