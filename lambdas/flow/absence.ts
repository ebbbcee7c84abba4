// Whether the agent may be told that a key is missing: it may where policy, at this moment, permits it to list the bucket
// under just this key. Anything but a plain permit (a hold, a budget, a mask, tags to be read) leaves S3's 403.

import type { AwsCall } from "../model/aws-call.ts";
import { emergencyDenial } from "../policy/emergency.ts";
import type { Policy } from "../policy/policy.ts";
import { absenceCallOf } from "../upstream/absence.ts";
import { type CallTrace, userAgentOf } from "./call-trace.ts";
import type { DecideQuestion } from "./decide.ts";

/** The listing that may be added to the call's credential, or `null`. `now` in epoch seconds. */
export function permittedAbsence(
  { session, emergency, call }: Pick<DecideQuestion, "session" | "emergency" | "call">,
  { request }: Pick<CallTrace, "request">,
  policy: Policy,
  now: number,
): AwsCall | null {
  const listing = absenceCallOf(call);
  if (listing === undefined || policy.taggedResources(listing).length > 0) return null;
  const { principal, role } = session;
  const policyVersion = policy.version;
  if (emergencyDenial({ emergency, principal, role, call: listing, now, policyVersion }) !== null)
    return null;
  const decision = policy.decideCall({
    principal,
    role,
    session,
    call: listing,
    context: {
      sourceIp: request.viewerIp,
      userAgent: userAgentOf(request),
      now,
      sessionOpenedAt: session.openedAt,
    },
  });
  if (decision.kind !== "permit") return null;
  const { limits, mask } = decision.obligations;
  return limits === undefined && mask === undefined ? listing : null;
}
