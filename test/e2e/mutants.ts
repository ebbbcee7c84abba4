// What can be taken out of the template, one thing at a time. The list is made from the template itself, so that a new
// variable, grant, route, header or setting is in it without anybody's doing.

import type { TemplateMutation } from "../../lib/local/cloud.ts";
import type { Template } from "../../lib/local/template.ts";
import type { Area } from "./checks.ts";

export interface Mutant {
  /** What is taken out. */
  readonly name: string;
  /** A word that the failure itself must hold, so that whoever reads it knows what is missing. */
  readonly told: string | undefined;
  /** The checks that are likely to fail. */
  readonly area: Area;
  readonly remove: TemplateMutation;
}

type Path = readonly (string | number)[];

/** Every mutant of the template. */
export function mutantsOf(template: Template): readonly Mutant[] {
  return [...resources(template), ...grants(template), ...copies(template), ...settings(template)];
}

/** The headers that the distribution's function copies. */
export function copiedHeaders(template: Template): readonly string[] {
  return idsOf(template, "AWS::CloudFront::Function").flatMap((id) => {
    const [, list = "[]"] = COPIED.exec(codeOf(template, id)) ?? [];
    return JSON.parse(list) as string[];
  });
}

/** The statuses whose caching the distribution sets. */
export function uncachedStatuses(template: Template): readonly number[] {
  return idsOf(template, "AWS::CloudFront::Distribution").flatMap((id) => {
    const list = at(template, [id, "Properties", "DistributionConfig", "CustomErrorResponses"]);
    return (list as { ErrorCode: number }[]).map(({ ErrorCode }) => ErrorCode);
  });
}

function resources(template: Template): Mutant[] {
  return Object.entries(template.Resources).map(([id, { Type }]) => ({
    name: `resource ${Type} ${id}`,
    told: undefined,
    area: areaOf(id, Type.startsWith("AWS::ApiGateway") || Type.startsWith("AWS::SSM") ? "api" : "calls"),
    remove: (mutated) => {
      delete mutated.Resources[id];
    },
  }));
}

/** What a part is for stands in its id, which begins with the construct's. */
function areaOf(id: string, otherwise: Area): Area {
  const [, part] =
    /^(?:GatewayApi)?(Approvals?|approvals|login|logout|slack|api|Ask|Run|Api|Checkpoint|Reconcile|Holds)/.exec(
      id,
    ) ?? [];
  switch (part) {
    case "Approvals":
      return "asked";
    case "approvals":
    case "login":
    case "logout":
      return "pages";
    case "Approval":
    case "Ask":
      return "asked";
    case "slack":
    case "Run":
      return "stored";
    case "api":
    case "Api":
      return "explained";
    case "Checkpoint":
      return "sealed";
    case "Reconcile":
      return "closed";
    case "Holds":
      return "held";
    default:
      return otherwise;
  }
}

/** Each action of each statement of each policy. */
function grants(template: Template): Mutant[] {
  return idsOf(template, "AWS::IAM::Policy").flatMap((id) => {
    const path = [id, "Properties", "PolicyDocument", "Statement"];
    const statements = at(template, path) as { Action: string | string[] }[];
    return statements.flatMap(({ Action }, index) =>
      [Action].flat().map((action): Mutant => {
        const known = statements
          .slice(0, index)
          .filter((other) => [other.Action].flat().includes(action)).length;
        return {
          name: `grant ${action}${known === 0 ? "" : ` (${known + 1})`} of ${id}`,
          // A task that may not begin is told in the history of its execution, and not by AWS to the gateway.
          told: action === "lambda:InvokeFunction" ? undefined : action,
          area: areaOf(id, action.startsWith("ssm:") ? "api" : "calls"),
          remove: (mutated) =>
            removeAction(at(mutated, path) as { Action: string | string[] }[], index, action),
        };
      }),
    );
  });
}

function removeAction(statements: { Action: string | string[] }[], index: number, action: string): void {
  const statement = statements[index];
  if (statement === undefined) throw new Error("the policy has no such statement");
  const left = [statement.Action].flat().filter((one) => one !== action);
  // A policy without a statement is no policy, and would not be deployed.
  if (left.length === 0 && statements.length === 1) statement.Action = "sts:GetCallerIdentity";
  else if (left.length === 0) statements.splice(index, 1);
  else statement.Action = left;
}

const COPIED = /const COPIED = (\[[^\]]*\]);/;
const ACTS = /^\s+(?:delete headers|headers)\[?.*;$/gm;

/** Each header that the function copies, and each line by which it writes or deletes headers. */
function copies(template: Template): Mutant[] {
  return idsOf(template, "AWS::CloudFront::Function").flatMap((id) => {
    const code = codeOf(template, id);
    const replace =
      (from: string, to: string): TemplateMutation =>
      (mutated) => {
        const { Properties = {} } = mutated.Resources[id] ?? {};
        Properties.FunctionCode = code.replace(from, () => to);
      };
    const names = copiedHeaders(template);
    const list = COPIED.exec(code)?.[1] ?? "";
    const headers = names.map(
      (name): Mutant => ({
        name: `header copy ${name}`,
        told: `\`${name}\``,
        area: "headers",
        remove: replace(list, JSON.stringify(names.filter((other) => other !== name))),
      }),
    );
    const lines = (code.match(ACTS) ?? []).map(
      (line): Mutant => ({
        name: `line of the edge's function: ${line.trim()}`,
        told: undefined,
        area: "api",
        remove: replace(line, ""),
      }),
    );
    return [...headers, ...lines];
  });
}

const WITH_SETTINGS: ReadonlyMap<string, Area> = new Map([
  ["AWS::ApiGateway::GatewayResponse", "api"],
  ["AWS::ApiGateway::Method", "api"],
  ["AWS::ApiGateway::Resource", "api"],
  ["AWS::ApiGateway::RestApi", "calls"],
  ["AWS::ApiGateway::Stage", "calls"],
  ["AWS::CloudFront::Distribution", "calls"],
  ["AWS::CloudFront::Function", "calls"],
  ["AWS::Lambda::Function", "calls"],
  ["AWS::Lambda::Permission", "api"],
]);

/** Each member, at any depth, of the resources that serve requests. */
function settings(template: Template): Mutant[] {
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
    const kind = WITH_SETTINGS.get(Type);
    if (kind === undefined) return [];
    const area = areaOf(id, kind);
    return membersOf(Properties, []).map((path): Mutant => setting(template, id, path, area));
  });
}

function setting(template: Template, id: string, path: Path, area: Area): Mutant {
  const { Type = "" } = template.Resources[id] ?? {};
  const whole = [id, "Properties", ...path];
  const status = path.includes("CustomErrorResponses") ? statusOf(at(template, whole)) : undefined;
  const variable = path.at(-2) === "Variables" ? String(path.at(-1)) : undefined;
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return {
    name: `${Type} ${place.slice(1)}${status === undefined ? "" : ` (${status})`} of ${id}`,
    told: status === undefined ? variable : `status ${status}`,
    area: status === undefined ? area : "errors",
    remove: (mutated) => removeAt(mutated, whole),
  };
}

function statusOf(entry: unknown): number | undefined {
  return typeof entry === "object" && entry !== null && "ErrorCode" in entry
    ? Number(entry.ErrorCode)
    : undefined;
}

/** The paths of all members and of all elements that are objects. What an intrinsic is made of is no member. */
function membersOf(value: unknown, path: Path): Path[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) =>
      isPlain(element) ? [[...path, index], ...elementMembers(element, [...path, index])] : [],
    );
  }
  if (!isPlain(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    [...path, name],
    ...membersOf(member, [...path, name]),
  ]);
}

/** An error's caching time is nothing without its status: the two are one setting. */
function elementMembers(element: unknown, path: Path): Path[] {
  return path.at(-2) === "CustomErrorResponses" ? [] : membersOf(element, path);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !Object.keys(value).some((name) => name === "Ref" || name.startsWith("Fn::"));
}

function idsOf(template: Template, type: string): readonly string[] {
  return Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
}

function codeOf(template: Template, id: string): string {
  return String(at(template, [id, "Properties", "FunctionCode"]));
}

function at(template: Template, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<string | number, unknown>)[part],
    template.Resources,
  );
}

function removeAt(template: Template, path: Path): void {
  const [last = "", holder] = [path.at(-1), at(template, path.slice(0, -1))];
  if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete (holder as Record<string, unknown>)[last];
}
