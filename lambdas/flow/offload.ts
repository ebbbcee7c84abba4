// Stores what is too large for a record as payloads: parameters before the call is sent, its answer before its Outcome.
// Trusts that both were masked. Below 8 KB nothing is written here: the plain path keeps its two writes.

import { faultFields, log as writeLog } from "../boundary/log.ts";
import type { SessionId } from "../model/ids.ts";
import type { RecordedBody, RecordedMasks } from "../model/record.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { INLINE_BYTES, inlineBody, type Payloads, storedBody } from "../recording/payloads.ts";
import { largeParameters, type RecordFacts } from "../recording/records.ts";
import type { Tally } from "./answer-body.ts";

export interface OffloadDependencies {
  readonly payloads: Payloads;
}

/** The facts with the place of their parameters, if those are large. @throws when they could not be stored */
export async function withParameters(
  facts: RecordFacts,
  session: SessionId,
  { payloads }: OffloadDependencies,
): Promise<RecordFacts> {
  const large = largeParameters(facts);
  if (large === undefined || facts.call === null) return facts;
  const parametersAt = await payloads.put(session, Buffer.from(large.text, "utf8"));
  return { ...facts, call: { ...facts.call, parametersAt } };
}

/** As `withParameters`, for a call that is to be sent: what cannot be recorded whole is refused. */
export async function storeParameters(
  facts: RecordFacts,
  session: SessionId,
  dependencies: OffloadDependencies,
): Promise<{ readonly kind: "facts"; readonly facts: RecordFacts } | Refusal> {
  try {
    return { kind: "facts", facts: await withParameters(facts, session, dependencies) };
  } catch (error) {
    writeLog({ event: "fault", requestId: facts.gatewayRequestId, fault: faultFields(error) });
    return refuse(
      "ServiceUnavailable",
      "the parameters of this call are larger than 8 KB and could not be recorded; nothing was sent: try again",
    );
  }
}

/** Of a body as its caller gets it. */
export interface ToldBody {
  /** All of it, where it is in memory; of a stream `null`: it went by. */
  readonly whole: Uint8Array | null;
  readonly tally: Tally;
  readonly masks: RecordedMasks;
}

/**
 * What the Outcome keeps of an answer at the level `full`. Never throws: the call was made, so a bucket that is down costs
 * the record all but the beginning, and the digest stands for the rest.
 */
export async function recordedBody(
  { whole, tally, masks }: ToldBody,
  { caller, gatewayRequestId }: Pick<RecordFacts, "caller" | "gatewayRequestId">,
  { payloads }: OffloadDependencies,
): Promise<{ readonly response?: RecordedBody }> {
  const { bytes, head } = tally;
  // INVARIANT: what a policy shows to one agent alone is not shown to everybody who reads records for years.
  if (bytes === 0 || masks.unmasked.length > 0) return {};
  const session = caller?.session ?? null;
  if (whole === null || bytes <= INLINE_BYTES || session === null)
    return { response: inlineBody(head, bytes) };
  try {
    return { response: storedBody(await payloads.put(session, whole), bytes) };
  } catch (error) {
    writeLog({ event: "fault", requestId: gatewayRequestId, fault: faultFields(error) });
    return { response: inlineBody(head, bytes) };
  }
}
