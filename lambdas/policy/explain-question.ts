// A question to policy that nobody's session asks: what a person or a tool wants explained. Decides nothing; the session is
// an example, so that its age and address can be stated.

import type { AwsCall } from "../model/aws-call.ts";
import { type RoleArn, sessionIdOfBytes } from "../model/ids.ts";
import type { Principal, Session } from "../model/principal.ts";
import type { CallQuestion, Policy, RequestContext } from "./policy.ts";

/** Who asks, and when. */
export interface Asker {
  readonly principal: Principal;
  readonly role: RoleArn;
  readonly context: RequestContext;
}

export function callQuestion({ principal, role, context }: Asker, call: AwsCall): CallQuestion {
  const openedAt = context.sessionOpenedAt ?? context.now;
  const session: Session = {
    id: EXAMPLE_SESSION,
    principal,
    role,
    keyArn: "",
    sourceIp: context.sourceIp,
    userAgent: context.userAgent,
    openedAt,
    expiresAt: openedAt + 3600,
  };
  return { principal, role, session, call, context: { ...context, sessionOpenedAt: openedAt } };
}

/** With these tags on every resource whose tags the policies ask for; without any they stay unknown. */
export function withTags(
  question: CallQuestion,
  policy: Policy,
  tags: Readonly<Record<string, string>> | undefined,
): CallQuestion {
  if (tags === undefined) return question;
  const resources = policy.taggedResources(question.call);
  return { ...question, tags: new Map(resources.map((resource) => [resource, tags])) };
}

const EXAMPLE_SESSION = sessionIdOfBytes(new Uint8Array(16));
