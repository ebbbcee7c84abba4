// Decides whether IAM lets a session do one action on one resource: the role's policies AND the session policy, and a
// Deny anywhere wins. Pure. Written for this small AWS alone, so that it can contradict the gateway's own reading.

import type { ConditionContext } from "./iam-conditions.ts";
import type { PrincipalNames, Statement, TrustStatement } from "./iam-policy.ts";

export interface AccessRequest {
  /** In IAM's case, e.g. `s3:GetObject`. */
  readonly action: string;
  /** One ARN, or `*` for an action without resource. */
  readonly resource: string;
  readonly context: ConditionContext;
}

export interface Permissions {
  readonly identity: readonly Statement[];
  /** `undefined` when no session policy was passed. */
  readonly session: readonly Statement[] | undefined;
}

export type Verdict =
  | { readonly kind: "allowed" }
  /** `because` completes AWS's own sentence. */
  | { readonly kind: "denied"; readonly because: string };

type Effect = "allow" | "deny" | "none";

/** Decides as AWS does for identity-based and session policies; everything that is not allowed is denied. */
export function evaluate(permissions: Permissions, request: AccessRequest): Verdict {
  const identity = effectOf(permissions.identity, request);
  const session = permissions.session === undefined ? "allow" : effectOf(permissions.session, request);
  if (identity === "deny")
    return { kind: "denied", because: "with an explicit deny in an identity-based policy" };
  if (session === "deny") return { kind: "denied", because: "with an explicit deny in a session policy" };
  if (identity === "none") return noPolicy("identity-based", request);
  if (session === "none") return noPolicy("session", request);
  return { kind: "allowed" };
}

/** Decides what a role's trust policy says to a principal that wants the action (`sts:AssumeRole` and kin). */
export function evaluateTrust(
  trust: readonly TrustStatement[],
  principal: PrincipalNames,
  request: Omit<AccessRequest, "resource">,
): Verdict {
  const matching = trust.filter(
    (statement) =>
      statement.coversAction(request.action) &&
      statement.coversPrincipal(principal) &&
      statement.holds(request.context),
  );
  if (matching.some(({ effect }) => effect === "Deny")) {
    return { kind: "denied", because: "with an explicit deny in a resource-based policy" };
  }
  return matching.length > 0 ? { kind: "allowed" } : noPolicy("resource-based", request);
}

function effectOf(statements: readonly Statement[], request: AccessRequest): Effect {
  const matching = statements.filter(
    (statement) =>
      statement.coversAction(request.action) &&
      statement.coversResource(request.resource) &&
      statement.holds(request.context),
  );
  if (matching.some(({ effect }) => effect === "Deny")) return "deny";
  return matching.length > 0 ? "allow" : "none";
}

function noPolicy(kind: string, { action }: Pick<AccessRequest, "action">): Verdict {
  return { kind: "denied", because: `because no ${kind} policy allows the ${action} action` };
}
