// Several operations may need one IAM action: s3:PutObject is asked for PutObject, for CopyObject and for each part of a
// multipart upload. A forbid that asks for a parameter, or for the operation's name, reaches only the operations that
// have it. Finds the operations beside it.

import type { OperationModel } from "../lambdas/recognition/model.ts";
import { operationsRequiring } from "./model-catalogue.ts";
import { type ScopedPolicy, singleActions } from "./policy-scope.ts";

/** Returns what the forbid's condition leaves out. */
export function operationGaps(policy: ScopedPolicy): { readonly message: string; readonly at: string }[] {
  if (policy.effect !== "forbid") return [];
  return singleActions(policy).flatMap((action) => {
    const operations = operationsRequiring(action);
    return [
      ...policy.testedParameters.flatMap((name) => parameterGap(name, action, operations)),
      ...operationGap(policy, action, operations),
    ];
  });
}

function parameterGap(name: string, action: string, operations: readonly OperationModel[]) {
  const has = ({ input }: OperationModel) => input?.members.some((member) => member.name === name) ?? false;
  const without = operations.filter((operation) => !has(operation));
  if (without.length === 0 || without.length === operations.length) return [];
  return [gap(`has no parameter \`${name}\``, action, without, name)];
}

function operationGap(
  { testedOperations }: ScopedPolicy,
  action: string,
  operations: readonly OperationModel[],
) {
  const [first] = testedOperations;
  const others = operations.filter(({ name }) => !testedOperations.includes(name));
  if (first === undefined || others.length === 0) return [];
  return [gap("is another operation", action, others, JSON.stringify(first))];
}

function gap(why: string, action: string, operations: readonly OperationModel[], at: string) {
  const names = operations.map(({ name }) => `\`${name}\``).join(", ");
  const message = `this forbid does not reach ${names}, which needs \`${action}\` too and ${why}: forbid without this condition, or forbid ${operations.length === 1 ? "it" : "them"} as well by \`context.operation\``;
  return { message, at };
}
