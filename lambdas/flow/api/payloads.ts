// Shows a payload to whoever may see its session: `GET /api/payloads/<session>/<digest>`. What is somebody else's answers
// as what never was. The reader checks that the bytes are those that the digest names. That the look is recorded before is
// its caller's.

import type { GatewayResponse } from "../../model/gateway-response.ts";
import { parseSessionId, type SessionId } from "../../model/ids.ts";
import type { PayloadReader } from "../../recording/payloads.ts";
import { answerProblem, notFound } from "./problem.ts";

export interface PayloadDependencies {
  readonly payloads: PayloadReader;
}

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * @param maySee whether this reader may see the session; asked before anything is read
 * @throws when the payload cannot be read, or is not what its name says
 */
export async function showPayload(
  named: { readonly session: string; readonly digest: string },
  maySee: (session: SessionId) => Promise<boolean>,
  { payloads }: PayloadDependencies,
): Promise<GatewayResponse> {
  const session = parseSessionId(named.session);
  if (session === undefined || !DIGEST.test(named.digest) || !(await maySee(session)))
    return answerProblem(notFound());
  const bytes = await payloads.get(session, named.digest);
  if (bytes === "none") return answerProblem(notFound());
  return {
    status: 200,
    headers: {
      // Bytes that an agent or its target chose: nothing that a browser would show.
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body: bytes,
  };
}
