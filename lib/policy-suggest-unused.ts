// What is granted and was not needed: present permits that reach the agent and decided none of the covered calls, and
// actions of the role's present policy that none of them used. Says what the records show; that a grant was not used in
// their time does not prove that it never will be.

import type { Principal } from "../lambdas/model/principal.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import type { AccessRequest } from "./local/aws/iam-evaluator.ts";
import { parseIdentityPolicy } from "./local/aws/iam-policy.ts";
import { permitsReaching } from "./policy-lacks.ts";
import type { NeedsOfCall } from "./policy-suggest-terms.ts";

export interface UnusedPermits {
  /** Matched no covered call. */
  readonly unmatched: readonly string[];
  /** Matched some, and of each another permit matched too. */
  readonly unneeded: readonly string[];
}

export function unusedPermits(
  bundle: PolicyBundle,
  agent: Omit<Principal, "claims">,
  calls: readonly NeedsOfCall[],
): UnusedPermits {
  const sets = calls.flatMap(({ needs, role }) => [role.permits, ...needs.map(({ permits }) => permits)]);
  const matched = new Set(sets.flat());
  const needed = new Set(sets.flatMap((permits) => (permits.length === 1 ? permits : [])));
  const reaching = permitsReaching(bundle, { ...agent, claims: {} });
  return {
    unmatched: reaching.filter((id) => !matched.has(id)),
    unneeded: reaching.filter((id) => matched.has(id) && !needed.has(id)),
  };
}

/** An action as the role's policy writes it, and what of it was used. */
export interface RoleAction {
  readonly action: string;
  readonly usedFor: readonly string[];
}

/**
 * Each action that the document allows, with the recorded actions that it allowed. Conditions are not judged.
 * @throws Error when the document is no policy, or has what is not understood
 */
export function roleActions(document: unknown, requests: readonly AccessRequest[]): readonly RoleAction[] {
  const statements = [statementsOf(document)].flat();
  const used = new Map<string, Set<string>>();
  for (const statement of statements.filter(({ Effect }) => Effect === "Allow")) {
    for (const action of [statement.Action ?? []].flat()) {
      const names = used.get(action) ?? new Set<string>();
      used.set(action, names);
      for (const name of coveredBy(statement, action, requests)) names.add(name);
    }
  }
  return [...used].map(([action, names]) => ({ action, usedFor: [...names].sort() }));
}

/** The actions of those requests that this action of the statement, alone, would cover. */
function coveredBy(
  { Resource, NotResource }: StatementJson,
  Action: string,
  requests: readonly AccessRequest[],
): readonly string[] {
  const one = { Effect: "Allow", Action, ...(Resource ? { Resource } : { NotResource }) };
  const [parsed] = parseIdentityPolicy({ Version: "2012-10-17", Statement: [one] });
  return requests.flatMap(({ action, resource }) =>
    parsed?.coversAction(action) && parsed.coversResource(resource) ? [action] : [],
  );
}

interface StatementJson {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
}

function statementsOf(document: unknown): StatementJson | readonly StatementJson[] {
  const statement =
    typeof document === "object" && document !== null ? Reflect.get(document, "Statement") : undefined;
  if (typeof statement !== "object" || statement === null) {
    throw new Error("the role's policy has no `Statement`: give the JSON document itself");
  }
  return statement as StatementJson;
}
