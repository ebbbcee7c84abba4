// Asks Cedar one question and says which policies answered. The engine is injected: the entry loads its wasm.
// Cedar skips a policy that fails while it is evaluated, and goes on: here any failure makes the whole answer one (R7).

import type * as cedarWasm from "@cedar-policy/cedar-wasm/nodejs";
import type { EntityName, PolicyBundle, PolicyFacts } from "./policy-bundle.ts";

export type CedarEngine = Pick<typeof cedarWasm, "preparsePolicySet" | "statefulIsAuthorized">;
export type CedarValue = cedarWasm.CedarValueJson;

export interface Entity {
  readonly name: EntityName;
  readonly attributes: Readonly<Record<string, CedarValue>>;
  readonly parents: readonly EntityName[];
}

export interface CedarQuestion {
  readonly principal: Entity;
  readonly action: Entity;
  readonly resource: Entity;
  readonly context: Readonly<Record<string, CedarValue>>;
}

/** `forbids` empty and `permits` not: permitted. Cedar names no permits when a forbid matched. */
type Answer =
  | { readonly kind: "answered"; readonly permits: readonly string[]; readonly forbids: readonly string[] }
  | { readonly kind: "failed"; readonly policies: readonly string[] };

export type Ask = (question: CedarQuestion) => Answer;

// Cedar looks at every policy of a set, at some three microseconds each, and every call asks two questions: one about its
// role, at least one about itself. So there are two sets, each without the policies whose action can never match: those
// neither match nor fail, as Cedar looks at a scope before any condition.
// Two ids for all bundles: the engine keeps every policy set it was ever given, and another id would never be freed.
const SETS = {
  role: { id: "countersign roles", actionType: "Countersign::Action" },
  call: { id: "countersign calls", actionType: "AWS::Action" },
} as const;

// The bundle that each engine holds under those ids, so that an older Policy never decides by a newer one's rules.
const loaded = new WeakMap<CedarEngine, PolicyBundle>();

/**
 * Parses the bundle once and returns the function that asks it.
 * Throws when the bundle does not parse: synth has parsed it, so this is a fault, and a function that cannot start
 * refuses everything.
 */
export function prepareCedar(bundle: PolicyBundle, cedar: CedarEngine): Ask {
  load(bundle, cedar);
  const ask: Ask = (question) => {
    try {
      load(bundle, cedar);
      return read(
        cedar.statefulIsAuthorized({ ...authorizationOf(question), preparsedPolicySetId: setFor(question) }),
      );
    } catch {
      // A throw of the engine or of JSON (a lone surrogate, say) is no answer. The cause can hold claims: not told.
      return { kind: "failed", policies: [] };
    }
  };
  warm(ask);
  return ask;
}

function load(bundle: PolicyBundle, cedar: CedarEngine): void {
  if (loaded.get(cedar) === bundle) return;
  loaded.delete(cedar);
  for (const { id, actionType } of Object.values(SETS)) {
    const relevant = bundle.policies.filter(({ facts }) => couldMatch(facts, actionType));
    const staticPolicies = Object.fromEntries(relevant.map((policy) => [policy.id, policy.text]));
    const parsed = cedar.preparsePolicySet(id, { staticPolicies });
    if (parsed.type !== "success") throw new Error(`the policy bundle ${bundle.version} does not parse`);
  }
  loaded.set(cedar, bundle);
}

function couldMatch({ actions }: PolicyFacts, actionType: string): boolean {
  return actions === null || actions.some(({ type }) => type === actionType);
}

function setFor({ action }: CedarQuestion): string {
  return action.name.type === SETS.role.actionType ? SETS.role.id : SETS.call.id;
}

/** The question as Cedar's calls take it, stateful and not. */
export function authorizationOf({
  principal,
  action,
  resource,
  context,
}: CedarQuestion): Omit<cedarWasm.StatefulAuthorizationCall, "preparsedPolicySetId"> {
  return {
    principal: { ...principal.name },
    action: { ...action.name },
    resource: { ...resource.name },
    context,
    entities: [principal, action, resource].map(({ name, attributes, parents }) => ({
      uid: { ...name },
      attrs: attributes,
      parents: [...parents],
    })),
  };
}

function read(answer: cedarWasm.AuthorizationAnswer): Answer {
  if (answer.type !== "success") return { kind: "failed", policies: [] };
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) {
    return { kind: "failed", policies: diagnostics.errors.map(({ policyId }) => policyId) };
  }
  if (decision === "allow" && diagnostics.reason.length > 0) {
    return { kind: "answered", permits: diagnostics.reason, forbids: [] };
  }
  if (decision === "deny") return { kind: "answered", permits: [], forbids: diagnostics.reason };
  return { kind: "failed", policies: [] };
}

// The first decision compiles the wasm's functions, 50 to 230 ms: paid at init, not by the first caller.
function warm(ask: Ask): void {
  for (const { actionType } of Object.values(SETS)) {
    const entity = (type: string): Entity => ({ name: { type, id: "warm-up" }, attributes: {}, parents: [] });
    ask({
      principal: entity("Countersign::Agent"),
      action: entity(actionType),
      resource: entity("Countersign::Role"),
      context: {},
    });
  }
}
