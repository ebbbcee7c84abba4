// Checks what a policy says of operations, parameters, services and resource types against the models of all services: a
// misspelt name compares equal to nothing, so a permit would not help and a forbid would not protect. Finds problems;
// lib/policy-bundle.ts reports them. What it cannot know: groups, which come from the identity provider's tokens.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { OperationModel } from "../lambdas/recognition/model.ts";
import { didYouMean } from "./did-you-mean.ts";
import { iamServices } from "./iam-actions.ts";
import {
  allServices,
  operationNames,
  operationsOfIamService,
  operationsRequiring,
} from "./model-catalogue.ts";
import type { Problem } from "./policy-checks.ts";
import { maskProblems } from "./policy-mask-checks.ts";
import { parameterProblems } from "./policy-parameter-checks.ts";
import { comparisonsOf, factsOf, memberUses } from "./policy-syntax.ts";

/** Returns every problem of one parsed policy. */
export function modelProblems(policy: PolicyJson): readonly Problem[] {
  const operations = operationsReached(policy);
  return [
    ...actionProblems(policy),
    ...comparisonsOf(policy).flatMap(({ path, texts }) =>
      texts.flatMap((text) => comparisonProblem(path.join("."), text, operations)),
    ),
    ...(readsParameters(policy) ? parameterProblems(policy, operations) : []),
    ...maskProblems(policy, operations),
  ];
}

/** The operations that may need an action that the scope names; `null` when the scope leaves it to a level, or open. */
function operationsReached(policy: PolicyJson): readonly OperationModel[] | null {
  const { actions } = factsOf(policy);
  if (actions === null) return null;
  const names = actions.filter(({ type }) => type === "AWS::Action").map(({ id }) => id);
  if (names.some((id) => id.startsWith("level:"))) return null;
  const found = names.flatMap((id) =>
    id.endsWith(":*") ? operationsOfIamService(id.slice(0, -":*".length)) : operationsRequiring(id),
  );
  return [...new Set(found)];
}

/** Actions that IAM knows and no operation needs: permissions that AWS checks on its own behalf, or under other names. */
function actionProblems(policy: PolicyJson): Problem[] {
  const actions = (factsOf(policy).actions ?? []).filter(({ type }) => type === "AWS::Action");
  const idle = actions
    .map(({ id }) => id)
    .filter((id) => isSingle(id) && operationsRequiring(id).length === 0);
  if (actions.length > 0 && idle.length === actions.length) {
    const message = `this policy can never match: no operation of any service needs ${quoted(idle)}`;
    return [{ severity: "error", message, at: JSON.stringify(idle[0]) }];
  }
  return idle.map((id) => ({
    severity: "warning",
    message: `no operation of any service needs \`${id}\`: it matches no call`,
    at: JSON.stringify(id),
  }));
}

function isSingle(id: string): boolean {
  return !id.endsWith(":*") && !id.startsWith("level:");
}

function comparisonProblem(
  path: string,
  text: string,
  operations: readonly OperationModel[] | null,
): Problem[] {
  const message = comparisonMessage(path, text, operations);
  return message === null ? [] : [{ severity: "error", message, at: JSON.stringify(text) }];
}

function comparisonMessage(
  path: string,
  text: string,
  operations: readonly OperationModel[] | null,
): string | null {
  switch (path) {
    case "context.operation":
      return operationMessage(text, operations);
    case "resource.service":
      return unknown("service of an ARN", text, arnServices());
    case "resource.type":
      return unknown("resource type", text, resourceTypes());
    default:
      return null;
  }
}

function operationMessage(name: string, operations: readonly OperationModel[] | null): string | null {
  const reached = new Set(
    operations?.map((each) => each.name) ?? [...allServices().values()].flatMap(operationNames),
  );
  if (reached.has(name)) return null;
  const exists = [...allServices().values()].some((service) => service.operation(name) !== undefined);
  if (exists)
    return `the operation \`${name}\` needs none of this policy's actions, so it is never meant here`;
  return `unknown operation \`${name}\`${didYouMean(name, reached)}`;
}

function unknown(kind: string, name: string, known: ReadonlySet<string>): string | null {
  return known.has(name) ? null : `unknown ${kind} \`${name}\`${didYouMean(name, known)}`;
}

/** What `resource.service` may hold: the third field of an ARN, or the action's service where the resource is `*`. */
function arnServices(): ReadonlySet<string> {
  const templates = [...allServices().values()].flatMap(({ file }) => Object.values(file.arns));
  return new Set([...iamServices(), ...templates.map((template) => template.split(":")[2] ?? "")]);
}

/** What `resource.type` may hold: a type of IAM's tables, or nothing where an action has none. */
function resourceTypes(): ReadonlySet<string> {
  const types = [...allServices().values()].flatMap(({ file }) => Object.keys(file.arns));
  return new Set(["", ...types.map((type) => type.slice(type.indexOf(":") + 1))]);
}

function readsParameters(policy: PolicyJson): boolean {
  return memberUses(policy).some(({ path }) => path[0] === "context" && path[1] === "params");
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
