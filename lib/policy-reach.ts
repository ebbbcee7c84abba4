// Finds policies that can never match, or never matter, for reasons that one look at the names does not show: a resource
// of another service than the actions', an agent that its issuer's configuration does not let in, a permit all of whose
// actions a forbid takes away. Finds problems; lib/policy-bundle.ts reports them.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { OperationModel } from "../lambdas/recognition/model.ts";
import { operationsOfIamService, operationsRequiring } from "./model-catalogue.ts";
import type { Problem } from "./policy-checks.ts";
import { covers, isUnconditional, resourceScopeOf, type ScopedPolicy } from "./policy-scope.ts";
import { entitiesOf, factsOf } from "./policy-syntax.ts";

/** Returns why one policy can never match a call of this deployment. */
export function reachProblems(policy: PolicyJson, deployment: Deployment): readonly Problem[] {
  return [...resourceProblems(policy), ...agentProblems(policy, deployment)];
}

function resourceProblems(policy: PolicyJson): Problem[] {
  const scope = resourceScopeOf(policy);
  if (scope.kind !== "one") return [];
  const services = servicesOfActions(policy);
  const [, , service = ""] = scope.id.split(":", 3);
  if (services === null || services.has(service) || !scope.id.startsWith("arn:")) return [];
  const message = `this policy can never match: its actions are not asked about a resource of \`${service}\``;
  return [{ severity: "error", message, at: JSON.stringify(scope.id) }];
}

/** The services whose ARNs the policy's actions can be asked about; `null` when that may be any. */
function servicesOfActions(policy: PolicyJson): ReadonlySet<string> | null {
  const { actions } = factsOf(policy);
  const services = new Set<string>();
  for (const { type, id } of actions ?? [{ type: "", id: "" }]) {
    if (type !== "AWS::Action" || id.startsWith("level:")) return null;
    const operations = id.endsWith(":*")
      ? operationsOfIamService(id.slice(0, -":*".length))
      : operationsRequiring(id);
    for (const service of operations.flatMap((operation) => arnServicesOf(operation, id))) {
      if (service === null) return null;
      services.add(service);
    }
  }
  return services;
}

function arnServicesOf({ name: operation, actions, service }: OperationModel, id: string): (string | null)[] {
  const { arns, iam } = service.file;
  return actions.flatMap(([name, , plans]) => {
    // What the recogniser reads from a statement is a table or an index of DynamoDB.
    if (name === "@partiql") return ["dynamodb"];
    const action = name === "" ? `${iam}:${operation}` : name;
    if (action !== id && !id.endsWith(":*")) return [];
    return plans.map((plan) => {
      const [type = "", source = ""] = plan.replace(/^\?/, "").split(" ");
      if (type === "*" || source.startsWith("=")) return null;
      return (Object.hasOwn(arns, type) ? arns[type] : undefined)?.split(":")[2] ?? null;
    });
  });
}

function agentProblems(policy: PolicyJson, { issuers }: Deployment): Problem[] {
  const agents = entitiesOf(policy).filter(({ type }) => type === "Countersign::Agent");
  return agents.flatMap(({ id }) => {
    const issuer = issuers.find((each) => id.startsWith(`${each.issuer}|`));
    const subjects = issuer?.token?.subjects ?? null;
    const subject = id.slice((issuer?.issuer.length ?? 0) + 1);
    if (issuer === undefined || subjects === null || subjects.some((each) => fits(subject, each))) return [];
    const message = `the configuration lets no agent \`${subject}\` of this issuer in: its \`subjects\` are ${subjects.map((each) => `\`${each}\``).join(", ")}`;
    return [{ severity: "error" as const, message, at: JSON.stringify(id) }];
  });
}

function fits(subject: string, pattern: string): boolean {
  return pattern.endsWith("*") ? subject.startsWith(pattern.slice(0, -1)) : subject === pattern;
}

/** A permit all of whose named actions are forbidden to everybody, always. */
export function outweighedBy(permit: ScopedPolicy, policies: readonly ScopedPolicy[]): readonly string[] {
  const actions = (permit.actions ?? []).filter(({ id }) => !id.startsWith("level:"));
  if (permit.effect !== "permit" || actions.length === 0 || actions.length !== permit.actions?.length) {
    return [];
  }
  const forbids = policies.filter(
    (each) =>
      each.effect === "forbid" &&
      isUnconditional(each) &&
      each.principal.kind === "any" &&
      each.resource.kind === "any",
  );
  const deciding = actions.map((action) => forbids.find((forbid) => covers(forbid, action.id)));
  if (deciding.some((forbid) => forbid === undefined)) return [];
  return [...new Set(deciding.flatMap((forbid) => forbid?.id ?? []))];
}
