// Which IAM actions a reading needs, on which resources: the shard's entries whose condition holds, filled from the
// parameters. An operation without an entry has no known action and is refused.

import type { AccessLevel, AwsResource, ParameterTree, RequiredAction } from "../model/aws-call.ts";
import { identify, isArn } from "./identifiers.ts";
import { Malformed, shown } from "./malformed.ts";
import type { OperationModel } from "./model.ts";
import { partiqlActions } from "./partiql.ts";
import { valuesAt } from "./paths.ts";
import { type ArnContext, resourcesOf } from "./plan.ts";
import type { ActionFile, LevelLetter } from "./shard.ts";

const LEVELS: Readonly<Record<LevelLetter, AccessLevel>> = {
  l: "list",
  r: "read",
  t: "tagging",
  w: "write",
  p: "permissions",
};

export function actionsOf(
  operation: OperationModel,
  parameters: ParameterTree,
  context: ArnContext,
): readonly [RequiredAction, ...RequiredAction[]] {
  const found = operation.actions
    .filter(([, , , condition]) => condition === undefined || holds(condition, parameters))
    .flatMap((entry) => toActions(entry, operation, parameters, context));
  const [first, ...rest] = merge(found);
  if (!first) {
    const name = `${operation.service.file.service}:${operation.name}`;
    throw new Malformed(
      `no IAM action is known for ${shown(name)}, so it cannot be decided`,
      "UnknownOperation",
    );
  }
  return [first, ...rest];
}

function toActions(
  [name, level, plans]: ActionFile,
  operation: OperationModel,
  parameters: ParameterTree,
  context: ArnContext,
): RequiredAction[] {
  if (name === "@partiql")
    return plans.flatMap((path) => partiqlActions(valuesAt(parameters, path), context));
  const [first, ...rest] = resourcesOf(plans, parameters, context);
  if (!first) return [];
  const action = name === "" ? `${operation.service.file.iam}:${operation.name}` : name;
  return [{ action, accessLevel: LEVELS[level], resources: [first, ...rest] }];
}

/** `Path`, `!Path`, `Path=value`, each with an optional `|transform`. */
function holds(condition: string, parameters: ParameterTree): boolean {
  const negated = condition.startsWith("!");
  const [left = "", wanted] = (negated ? condition.slice(1) : condition).split("=");
  const [path = "", transform] = left.split("|");
  const values = valuesAt(parameters, path).filter((value) =>
    transform === undefined ? true : typeof value === "string" && couldBe(value, transform),
  );
  const present = wanted === undefined ? values.length > 0 : values.some((value) => String(value) === wanted);
  return present !== negated;
}

/** A role may also be sent by its bare name, which AWS completes: it is passed all the same, and its ARN is not known. */
function couldBe(value: string, transform: string): boolean {
  if (identify(value, transform) !== undefined) return true;
  return transform === "role" && value !== "" && !isArn(value);
}

/** One entry per action: its resources united, the same resource once. */
export function merge(actions: readonly RequiredAction[]): RequiredAction[] {
  const byAction = new Map<string, { action: RequiredAction; resources: Map<string, AwsResource> }>();
  for (const action of actions) {
    const entry = byAction.get(action.action) ?? { action, resources: new Map<string, AwsResource>() };
    for (const resource of action.resources) entry.resources.set(resource.literals.join("\0"), resource);
    byAction.set(action.action, entry);
  }
  return [...byAction.values()].flatMap(({ action, resources }) => {
    const [first, ...rest] = resources.values();
    return first ? [{ ...action, resources: [first, ...rest] }] : [];
  });
}
