// What a policy may not say, beyond what Cedar's own validator finds: unknown names, faulty annotations, and
// wordings that look like protection and are none. Finds problems; lib/policy-bundle.ts reports them.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Deployment } from "../lambdas/model/deployment.ts";
import type { MemberUse } from "../lambdas/policy/expressions.ts";
import type { EntityName } from "../lambdas/policy/policy-bundle.ts";
import { didYouMean } from "./did-you-mean.ts";
import { iamActions, iamServices } from "./iam-actions.ts";
import { annotationProblems } from "./policy-annotation-checks.ts";
import { modelProblems } from "./policy-model-checks.ts";
import { reachProblems } from "./policy-reach.ts";
import type { Severity } from "./policy-report.ts";
import { ACCESS_LEVELS } from "./policy-schema.ts";
import { entitiesOf, memberUses } from "./policy-syntax.ts";

export interface Problem {
  readonly severity: Severity;
  readonly message: string;
  /** Text of the policy at which to point, when it stands there. */
  readonly at: string;
}

/** Returns every problem of one parsed policy. */
export function checkPolicy(policy: PolicyJson, deployment: Deployment): readonly Problem[] {
  const problems = ownProblems(policy, deployment);
  // With a misspelt action the models would be asked about nothing, and say the same in other words.
  if (problems.some(({ severity }) => severity === "error")) return problems;
  return [...problems, ...modelProblems(policy), ...reachProblems(policy, deployment)];
}

function ownProblems(policy: PolicyJson, deployment: Deployment): readonly Problem[] {
  return [
    ...annotationProblems(policy, deployment),
    ...entitiesOf(policy).flatMap((entity) => {
      const message = entityProblem(entity, deployment);
      return message === null
        ? []
        : [{ severity: severityOf(entity), message, at: JSON.stringify(entity.id) }];
    }),
    ...memberUses(policy).flatMap((use) => {
      const message = useProblem(use, policy, deployment);
      return message === null ? [] : [{ severity: "error" as const, message, at: use.path.at(-1) ?? "" }];
    }),
    ...scopeProblems(policy),
  ];
}

// One set of policies may serve several deployments, of which one has the role and another has not.
function severityOf({ type }: EntityName): Problem["severity"] {
  return type === "Countersign::Role" ? "warning" : "error";
}

function entityProblem({ type, id }: EntityName, deployment: Deployment): string | null {
  switch (type) {
    case "AWS::Action":
      return actionProblem(id);
    case "AWS::Resource":
      return resourceProblem(id);
    case "Countersign::ResourceSet":
      return unknownName(
        "resource set",
        id,
        deployment.resourceSets.map(({ name }) => name),
      );
    case "Countersign::Role":
      return unknownName(
        "role of this deployment",
        id,
        deployment.roles.map(({ arn }) => arn),
      );
    case "Countersign::Agent":
      return agentProblem(id, deployment);
    default:
      return null;
  }
}

function actionProblem(id: string): string | null {
  const [service = "", name] = id.split(":", 2);
  if (service === "level")
    return unknownName(
      "access level",
      id,
      ACCESS_LEVELS.map((level) => `level:${level}`),
    );
  const actions = iamActions(service);
  if (actions.size === 0) return unknownName("IAM service", service, iamServices());
  return name === "*" ? null : unknownName("IAM action", id, actions.keys());
}

function resourceProblem(id: string): string | null {
  if (!id.startsWith("arn:")) return `\`${id}\` is no ARN: a resource is named by its whole ARN`;
  if (!id.includes("*")) return null;
  return `\`${id}\` names one resource with a star in its name, not many: ARNs are compared exactly; use a named resource set`;
}

function agentProblem(id: string, { issuers }: Deployment): string | null {
  if (issuers.some(({ issuer }) => id.startsWith(`${issuer}|`))) return null;
  const suggestion = didYouMean(
    id.slice(0, id.indexOf("|")),
    issuers.map(({ issuer }) => issuer),
  );
  return `\`${id}\` names no agent of a configured issuer; write \`<issuer>|<subject>\`${suggestion}`;
}

function unknownName(kind: string, name: string, known: Iterable<string>): string | null {
  const names = [...known];
  return names.includes(name) ? null : `unknown ${kind} \`${name}\`${didYouMean(name, names)}`;
}

const UNSIGNED: ReadonlySet<string> = new Set(["userAgent", "userAgentAppId"]);

function useProblem(
  { path, isTest }: MemberUse,
  { effect }: PolicyJson,
  deployment: Deployment,
): string | null {
  const [variable, member, name] = path;
  if (variable === "context" && UNSIGNED.has(member ?? "") && effect === "permit") {
    return `a permit may not depend on \`context.${member}\`: the signature does not cover it, so any agent can claim it`;
  }
  if (
    variable === "context" &&
    (member === undefined || (member === "params" && name === undefined && !isTest))
  ) {
    return `\`${path.join(".")}\` may only be used by its members`;
  }
  if (variable === "context" && member === "claims" && name !== undefined) {
    return unknownName("claim (no issuer's configuration names it)", name, claimsOf(deployment));
  }
  if (variable === "resource" && isTest && path.length === 2) {
    return `\`resource has ${member}\` would be false where the value is not known, and pass by what it should guard; use \`resource.${member}\``;
  }
  return null;
}

function claimsOf({ issuers }: Deployment): readonly string[] {
  return issuers.flatMap(({ claims }) => claims);
}

function scopeProblems({ effect, action, resource }: PolicyJson): Problem[] {
  if (action.op === "==" && "entity" in action) {
    const { id } = "__entity" in action.entity ? action.entity.__entity : action.entity;
    if (!id.endsWith(":*") && !id.startsWith("level:")) return [];
    const message = `\`${id}\` is a group of actions: \`action ==\` never matches it, say \`action in\``;
    return [{ severity: "error", message, at: JSON.stringify(id) }];
  }
  if (effect === "forbid" || action.op !== "All" || resource.op !== "All") return [];
  const message =
    "this permit takes every action, the use of roles included; say `resource is AWS::Resource` or name the actions";
  return [{ severity: "warning", message, at: "permit" }];
}
