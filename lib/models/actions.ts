// Decides which IAM actions an operation needs: the hand-written entry, else the action of the same name, else none
// (the operation is then refused). PassRole is added wherever a role ARN is sent to something that changes.

import type { LevelLetter } from "../../lambdas/recognition/shard.ts";
import { type ActionEntry, documentedActions } from "./action-table.ts";
import type { RawOperation, RawService, RawShape } from "./botocore.ts";
import { type IamAction, iamService } from "./iam.ts";
import { type InputMember, type PlanContext, planResources } from "./plans.ts";
import { withdrawnLevel } from "./withdrawn.ts";

export interface FoundAction {
  readonly action: string;
  readonly level: LevelLetter;
  readonly plans: readonly string[];
  readonly condition: string | undefined;
}

export interface FoundActions {
  readonly actions: readonly FoundAction[];
  /** True when a hand-written entry decided. */
  readonly documented: boolean;
}

interface OperationFacts {
  readonly service: string;
  readonly prefix: string;
  readonly operation: string;
  readonly raw: RawOperation;
  readonly model: RawService;
}

/** PassRole belongs to what hands a role to a service. These take role ARNs for other ends. */
const NO_PASS_ROLE = new Set([
  "sts",
  "iam",
  "organizations",
  "accessanalyzer",
  "sso",
  "lakeformation",
  "ram",
]);

export function actionsOf(facts: OperationFacts): FoundActions {
  const own = ownActions(facts);
  if (own.actions.length === 0) return own;
  const has = new Set(own.actions.map(({ action }) => action));
  const added = [...tagOnCreate(facts, own.actions), ...(has.has("iam:PassRole") ? [] : passRole(facts))];
  return { actions: [...own.actions, ...added], documented: own.documented };
}

function ownActions(facts: OperationFacts): FoundActions {
  const context: PlanContext = {
    service: facts.service,
    operation: facts.operation,
    members: inputMembers(facts),
  };
  const documented = documentedActions(facts.service, facts.operation);
  if (documented) {
    return { actions: documented.map((entry) => documentedAction(entry, facts, context)), documented: true };
  }
  const verb = facts.prefix === "apigateway" ? apiGatewayAction(facts) : undefined;
  if (verb) return { actions: [verb], documented: true };
  const iam = iamService(facts.prefix);
  const same = iam.action(facts.operation);
  if (!same) return withdrawn(facts);
  const own: FoundAction = {
    action: `${facts.prefix}:${same.name}`,
    level: same.level,
    plans: planResources(same, iam, context),
    condition: undefined,
  };
  return { actions: [own], documented: false };
}

function withdrawn({ prefix, operation }: OperationFacts): FoundActions {
  const level = withdrawnLevel(prefix, operation);
  if (level === undefined) return { actions: [], documented: false };
  const action = `${prefix}:${operation}`;
  return { actions: [{ action, level, plans: [], condition: undefined }], documented: true };
}

function documentedAction(
  { action, condition, plans }: ActionEntry,
  facts: OperationFacts,
  context: PlanContext,
): FoundAction {
  if (action.startsWith("@")) return { action, level: "w", plans: plans ?? [], condition };
  const found = iamAction(action);
  const [prefix = ""] = action.split(":");
  return {
    action,
    level: found.level,
    plans: plans ?? qualify(planResources(found, iamService(prefix), context), prefix, facts.prefix),
    condition,
  };
}

/** Resource types of another service than the operation's own carry its prefix. */
function qualify(plans: readonly string[], prefix: string, own: string): readonly string[] {
  if (prefix === own) return plans;
  return plans.map((plan) => (/^\??\*/.test(plan) ? plan : plan.replace(/^(\??)/, `$1${prefix}:`)));
}

/**
 * API Gateway's action is the HTTP verb and its resource the path. To be checked against: "Actions, resources, and condition keys for
 * Amazon API Gateway Management". Newer operations have actions of their own name.
 */
function apiGatewayAction({ raw, model, operation }: OperationFacts): FoundAction | undefined {
  if (iamService("apigateway").action(operation)) return undefined;
  const members = Object.entries((raw.input && model.shapes[raw.input.shape]?.members) ?? {});
  const path = raw.http.requestUri.replace(/^\/v2/, "").replace(/\?.*$/, "");
  const source = path
    .split(/\{([^}]+)\}/)
    .map((text, index) => {
      if (index % 2 === 0) return text === "" ? "" : `@${text}`;
      const wire = text.replace(/\+$/, "");
      const name = members.find(([, { locationName }]) => locationName === wire)?.[0] ?? wire;
      return /arn/i.test(wire) ? "@|open" : name; // the ARN in a tag's path is encoded once more: a pattern is exact enough
    })
    .filter((text) => text !== "")
    .join("+");
  const level = raw.http.method === "GET" ? "r" : "w";
  return { action: `apigateway:${raw.http.method}`, level, plans: [`path ${source}`], condition: undefined };
}

function iamAction(action: string): IamAction {
  const [prefix = "", name = ""] = action.split(":");
  const found = iamService(prefix).action(name);
  if (!found || found.name !== name)
    throw new Error(`the action table names \`${action}\`, which IAM does not have`);
  return found;
}

function inputMembers({ raw, model }: OperationFacts): Map<string, InputMember> {
  const shape = raw.input && model.shapes[raw.input.shape];
  const members = new Map<string, InputMember>();
  for (const [name, member] of Object.entries(shape?.members ?? {})) {
    const target = model.shapes[member.shape];
    const element = target?.member && model.shapes[target.member.shape];
    if (target?.type === "string") members.set(name.toLowerCase(), { name, list: false });
    if (target?.type === "list" && element?.type === "string")
      members.set(name.toLowerCase(), { name, list: true });
  }
  return members;
}

function passRole({ service, raw, model }: OperationFacts): FoundAction[] {
  if (NO_PASS_ROLE.has(service) || !raw.input) return [];
  const paths = rolePaths(model.shapes[raw.input.shape], model.shapes, "", 0);
  return paths.map((path) => ({
    action: "iam:PassRole",
    level: "w" as const,
    plans: [`iam:role =${path}|role`],
    condition: `${path}|role`,
  }));
}

/** Members that may hold a role's ARN, by name. Whether the value is one is seen at request time. */
const ROLE_MEMBER = /role(?:_?arns?|s)?$|^(?:credentials|principalarn)$|credentialsarn$/i;

function rolePaths(
  shape: RawShape | undefined,
  shapes: RawService["shapes"],
  prefix: string,
  depth: number,
): string[] {
  if (!shape || depth > 5) return [];
  return Object.entries(shape.members ?? {}).flatMap(([name, member]) => {
    let target = shapes[member.shape];
    let path = prefix + name;
    if (target?.type === "list" && target.member) {
      target = shapes[target.member.shape];
      path += "[]";
    }
    if (target?.type === "structure") return rolePaths(target, shapes, `${path}.`, depth + 1);
    return target?.type === "string" && ROLE_MEMBER.test(name) ? [path] : [];
  });
}

const TAG_ACTIONS = ["TagResource", "AddTagsToResource", "CreateTags", "AddTags"];
const TAG_MEMBER = /^(?:tags|taglist|tagspecifications?|resourcetags)$/i;

/** Tags sent with a creation are authorised as tagging, on what is created. */
function tagOnCreate(
  { service, raw, model, prefix }: OperationFacts,
  own: readonly FoundAction[],
): FoundAction[] {
  const [first] = own;
  if (!first || first.level === "t" || first.level === "r" || first.level === "l" || service === "s3")
    return [];
  const shape = raw.input && model.shapes[raw.input.shape];
  const member = Object.keys(shape?.members ?? {}).find((name) => TAG_MEMBER.test(name));
  const iam = iamService(prefix);
  const action = TAG_ACTIONS.find((name) => iam.action(name)?.name === name);
  if (member === undefined || action === undefined || own.some((each) => each.action.endsWith(`:${action}`)))
    return [];
  return [{ action: `${prefix}:${action}`, level: "t", plans: first.plans, condition: member }];
}
