// A Cedar engine that remembers its answers, for the many calls of a record that ask the same question. Decides nothing: it
// hands on what the engine said to a question that no policy can tell from this one. Questions differ for policies by who
// asks, the action, the resource's name where a policy knows it, its attributes and sets, and the context's members that
// some policy reads.

import type * as cedarWasm from "@cedar-policy/cedar-wasm/nodejs";
import type { CedarEngine } from "../lambdas/policy/cedar.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { UNNAMED } from "../lambdas/policy/resource-cases.ts";
import { memberUses } from "./policy-syntax.ts";

type Call = Parameters<CedarEngine["statefulIsAuthorized"]>[0];
type Answer = ReturnType<CedarEngine["statefulIsAuthorized"]>;
type Preparse = Parameters<CedarEngine["preparsePolicySet"]>;

// The engine keeps every policy set it was ever given: so all of these share their ids, and whoever asks next loads again.
const SUFFIX = " of a replay";
const holders = new WeakMap<object, CedarEngine>();

/** For this bundle alone: what its policies do not read is no part of a question. */
export function rememberingEngine(
  bundle: PolicyBundle,
  cedar: CedarEngine & Pick<typeof cedarWasm, "policyToJson">,
): CedarEngine {
  const read = contextMembers(bundle, cedar);
  const answers = new Map<string, Answer>();
  const sets = new Map<string, Preparse>();
  const load = (): void => {
    if (holders.get(cedar) === engine) return;
    for (const [id, [, policies]] of sets) cedar.preparsePolicySet(id, policies);
    holders.set(cedar, engine);
  };
  const engine: CedarEngine = {
    preparsePolicySet: (id, policies) => {
      load();
      sets.set(id + SUFFIX, [id, policies]);
      answers.clear();
      return cedar.preparsePolicySet(id + SUFFIX, policies);
    },
    statefulIsAuthorized: (call) => {
      const key = keyOf(call, read);
      const known = answers.get(key);
      if (known !== undefined) return known;
      load();
      const answer = cedar.statefulIsAuthorized({
        ...call,
        preparsedPolicySetId: call.preparsedPolicySetId + SUFFIX,
      });
      answers.set(key, answer);
      return answer;
    },
  };
  return engine;
}

/** Members of `context` that any policy reads; `null` where one uses it whole. */
function contextMembers(
  { policies }: PolicyBundle,
  { policyToJson }: Pick<typeof cedarWasm, "policyToJson">,
): ReadonlySet<string> | null {
  const read = new Set<string>();
  for (const { text } of policies) {
    const parsed = policyToJson(text);
    if (parsed.type !== "success") return null;
    for (const { path } of memberUses(parsed.json)) {
      if (path[0] !== "context") continue;
      if (path[1] === undefined) return null;
      read.add(path[1]);
    }
  }
  return read;
}

function keyOf({ preparsedPolicySetId, action, context, entities }: Call, read: ReadonlySet<string> | null) {
  const members = Object.entries(context).filter(([name]) => read === null || read.has(name));
  // The entities are principal, action and resource: their names are in there.
  return JSON.stringify([preparsedPolicySetId, action, members, entities], (name, value) =>
    name === "id" && typeof value === "string" && value.startsWith(UNNAMED) ? UNNAMED : value,
  );
}
