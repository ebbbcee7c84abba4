// What STS is asked for in a session's name: its role, its policy for this one request, and who it is in CloudTrail.

import type { Deployment } from "../model/deployment.ts";
import type { Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { AssumeRequest } from "../upstream/ports.ts";
import { sessionTagsOf, sourceIdentityOf } from "../upstream/source-identity.ts";
import { agentOf } from "./call-trace.ts";

/** @param policy the inline session policy, or `null` for the role as it is */
export function assumeRequestOf(
  session: Session,
  policy: string | null,
  deployment: Deployment,
): AssumeRequest | Refusal {
  const role = deployment.roles.find(({ arn }) => arn === session.role);
  if (role === undefined) return refuse("AccessDenied", "the session's role is not configured any more");
  const agentName = agentOf(deployment, session.principal)?.name ?? session.principal.subject;
  const sourceIdentity = sourceIdentityOf(agentName, session.principal);
  return { role, session, sourceIdentity, policy, tags: sessionTagsOf(agentName, session) };
}
