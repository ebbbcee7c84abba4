// Finds, for an IAM action and an input shape, how the resource's ARN is filled from parameters. By name only, never an
// Id from a name and never one parameter twice; what finds no parameter stays unknown, and the ARN becomes a pattern.

import type { IamAction, IamService } from "./iam.ts";
import { aliasesOf, anyArnNames, wholeArnNames } from "./part-names.ts";
import { transformOf } from "./transforms.ts";

export interface InputMember {
  readonly name: string;
  readonly list: boolean;
}

export interface PlanContext {
  readonly service: string;
  readonly operation: string;
  /** The input's text members and lists of text, by lower-case name. */
  readonly members: ReadonlyMap<string, InputMember>;
}

interface Plan {
  readonly text: string;
  readonly filled: number;
  readonly parts: number;
}

/** Services whose actions need every required resource type; elsewhere the documented list means "one of these". */
const ALL_OF = new Set(["ec2", "glue", "rds"]);

/** The plans of one action, `[]` when its resource is `*`. */
export function planResources(action: IamAction, iam: IamService, context: PlanContext): string[] {
  if (action.required.length + action.optional.length === 0) return [];
  const generic = source(anyArnNames(iam.prefix, context.operation), context.members, new Set());
  if (generic !== undefined) return [`* =${generic}`];
  // a bare `Name` belongs to the type that the operation names: DeleteDatabase's is no table's
  const operation = squash(context.operation);
  const required = action.required.map((type) =>
    planType(type, iam, context, action.required.length === 1 || operation.includes(squash(type))),
  );
  const whole = required.filter(({ filled, parts }) => filled === parts);
  const kept =
    whole.length > 0 && !ALL_OF.has(iam.prefix) ? required.filter(({ filled }) => filled > 0) : required;
  const optional = action.optional
    .map((type) => planType(type, iam, context, false))
    .filter(({ filled, parts }) => parts > 0 && filled === parts)
    .map(({ text }) => `?${text}`);
  return [...kept.flatMap(({ text }) => withBelow(text, iam)), ...optional];
}

/** CloudWatch Logs authorises many calls on what lies below the group (`...:log-group:name:*`), not on the group. */
function withBelow(plan: string, { prefix }: IamService): string[] {
  const group = prefix === "logs" ? /^log-group (\w+(?:\[\])?)$/.exec(plan)?.[1] : undefined;
  return group === undefined ? [plan] : [plan, `log-group ${group}|groupBelow`];
}

/** `plain`: a bare `Name` or `Id` may mean this type. For an optional type it more likely means another. */
function planType(type: string, iam: IamService, context: PlanContext, plain: boolean): Plan {
  const template = iam.template(type);
  if (template === undefined) throw new Error(`\`${iam.prefix}\` has no resource type \`${type}\``);
  const parts = [...template.matchAll(/\{(\w{2,}|\*)\}/g)].map(([, name = ""]) => name);
  const used = new Set<string>();
  const sources = parts.map((part) => {
    const guesses = partNames(part, squash(type), parts.length);
    const names = [
      ...aliasesOf(iam.prefix, squash(part), squash(type)).filter((name) => plain || !BARE.has(name)),
      ...guesses.filter((name) => plain || !BARE.has(name)),
    ];
    const found = source(names, context.members, used);
    return found === undefined ? "-" : found + transformOf(context.service, found);
  });
  const filled = sources.filter((text) => text !== "-").length;
  const whole = source(wholeArnNames(iam.prefix, squash(type)), context.members, new Set());
  if (whole === undefined || parts.length === 0) {
    return { text: [type, ...sources].join(" "), filled, parts: parts.length };
  }
  // the ARN where it is sent, else the name where there is one
  const either = filled === parts.length ? [type, `=${whole}`, ...sources] : [type, `=${whole}`];
  return { text: either.join(" "), filled: parts.length, parts: parts.length };
}

const BARE = new Set(["name", "id", "identifier"]);

function squash(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Parameter names that may fill a part of an ARN, best first. */
function partNames(part: string, type: string, parts: number): string[] {
  const name = squash(part)
    .replace(/withpath$/, "")
    .replace(/^relative/, "");
  if (name === "") return [];
  if (/^(resource)?(id|identifier)$/.test(name))
    return [name, `${type}id`, `${type}identifier`, "id", "identifier"];
  if (/^(resource)?name$/.test(name)) return [name, `${type}name`, "name", type];
  const stem = name.replace(/(name|id|identifier)$/, "");
  const own = stem === type || (parts === 1 && type.endsWith(stem));
  if (name.endsWith("name")) return [name, stem, ...(own ? ["name", `${type}name`] : [])];
  if (/(id|identifier)$/.test(name)) {
    return [name, `${stem}id`, `${stem}identifier`, stem, ...(own ? ["id", "identifier", `${type}id`] : [])];
  }
  return [name, `${name}name`, `${name}id`, ...(own ? ["name", "id", `${type}name`, `${type}id`] : [])];
}

function source(
  names: readonly string[],
  members: ReadonlyMap<string, InputMember>,
  used: Set<string>,
): string | undefined {
  for (const name of names) {
    const member = members.get(name) ?? members.get(`${name}s`);
    if (!member || used.has(member.name)) continue;
    if (members.get(name) === undefined && !member.list) continue;
    used.add(member.name);
    return member.list ? `${member.name}[]` : member.name;
  }
  return undefined;
}
