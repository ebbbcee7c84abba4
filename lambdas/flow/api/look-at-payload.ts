// A look at one payload: parameters or an answer that were too large for their record, masked before they were stored. Seen
// by whoever may see the session, and on record like any look. The reader of payloads checks that it is what its name says.

import { faultFields, log } from "../../boundary/log.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { parseSessionId } from "../../model/ids.ts";
import { refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { PayloadReader } from "../../recording/payloads.ts";
import { isSeen, type LookDependencies, refusalOfLook } from "./look.ts";
import { answerProblem, notFound } from "./problem.ts";
import type { KnownReader } from "./reader.ts";

export interface LookAtPayloadDependencies extends LookDependencies {
  readonly payloads: PayloadReader;
}

/** `GET /api/payloads/<session>/<digest>`: the bytes. */
export async function lookAtPayload(
  { idText, digest }: { readonly idText: string; readonly digest: string },
  request: WireRequest,
  known: KnownReader,
  dependencies: LookAtPayloadDependencies,
): Promise<GatewayResponse> {
  // INVARIANT: on record before anything is read for the answer.
  const unrecorded = await refusalOfLook(request, known, dependencies);
  if (unrecorded !== undefined) return answerProblem(unrecorded);
  try {
    const session = parseSessionId(idText);
    if (session === undefined || !(await isSeen(session, known, dependencies)))
      return answerProblem(notFound());
    const bytes = await dependencies.payloads.get(session, digest);
    return bytes === "none" ? answerProblem(notFound()) : answerBytes(bytes);
  } catch (error) {
    log({ event: "fault", requestId: request.gatewayRequestId, fault: faultFields(error) });
    return answerProblem(refuse("ServiceUnavailable", "the payload cannot be read now: try again"));
  }
}

/** As bytes to keep, whatever they are: nothing that an agent or AWS wrote is shown as a page from our address. */
function answerBytes(body: Uint8Array): GatewayResponse {
  return {
    status: 200,
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body,
  };
}
