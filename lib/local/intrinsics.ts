// CloudFormation's functions, those that our templates use; any other throws. Decides nothing about resources: what `Ref`
// and `Fn::GetAtt` mean for one, and what a secret's value is, comes from `References`.

import { TemplateError } from "./members.ts";

export interface References {
  /** A resource, parameter or pseudo parameter. */
  ref(name: string, path: string): string | NoValue;
  attribute(logicalId: string, attribute: string, path: string): string;
  /** The value behind `{{resolve:secretsmanager:<secret>:SecretString:<key>::}}`. */
  secret(secret: string, jsonKey: string, path: string): string;
}

/** `AWS::NoValue`: the member or element is as if it were not written. */
export const NO_VALUE = Symbol("AWS::NoValue");
type NoValue = typeof NO_VALUE;

type Intrinsic = (argument: unknown, path: string, references: References) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, path, references) => references.ref(textOf(argument, path), path),
  "Fn::GetAtt": (argument, path, references) => {
    const [id, ...attribute] = Array.isArray(argument) ? argument : textOf(argument, path).split(".");
    return references.attribute(textOf(id, path), attribute.join("."), path);
  },
  "Fn::Join": (argument, path, references) => {
    const [separator, parts] = pairOf(argument, path);
    return textsOf(resolveValue(parts, path, references), path).join(textOf(separator, path));
  },
  "Fn::Select": (argument, path, references) => {
    const [index, list] = pairOf(argument, path);
    const chosen = listOf(resolveValue(list, path, references), path)[Number(index)];
    if (chosen === undefined) throw new TemplateError(path, "selects an element that is not there");
    return chosen;
  },
  "Fn::Split": (argument, path, references) => {
    const [separator, text] = pairOf(argument, path);
    return textOf(resolveValue(text, path, references), path).split(textOf(separator, path));
  },
  "Fn::Sub": (argument, path, references) => {
    const [pattern, variables] = Array.isArray(argument) ? pairOf(argument, path) : [argument, {}];
    return substitute(textOf(pattern, path), resolveValue(variables, path, references), path, references);
  },
};

/** Returns the value with every intrinsic and dynamic reference resolved. @throws TemplateError on any other. */
export function resolveValue(value: unknown, path: string, references: References): unknown {
  if (typeof value === "string") return resolveDynamic(value, path, references);
  if (Array.isArray(value)) {
    return value
      .map((element, at) => resolveValue(element, `${path}[${at}]`, references))
      .filter((element) => element !== NO_VALUE);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && (first[0] === "Ref" || first[0].startsWith("Fn::"))) {
    return intrinsic(first[0], first[1], path, references);
  }
  return Object.fromEntries(
    entries
      .map(([name, member]) => [name, resolveValue(member, `${path}.${name}`, references)] as const)
      .filter(([, member]) => member !== NO_VALUE),
  );
}

function intrinsic(name: string, argument: unknown, path: string, references: References): unknown {
  const rule = Object.hasOwn(INTRINSICS, name) ? INTRINSICS[name] : undefined;
  if (rule === undefined) throw new TemplateError(path, `uses \`${name}\`, which is not served`);
  const result = rule(argument, path, references);
  // A dynamic reference may have been put together only now.
  return typeof result === "string" ? resolveDynamic(result, path, references) : result;
}

const DYNAMIC = /\{\{resolve:([^{}]*)\}\}/g;
const SECRET =
  /^secretsmanager:(arn:[^:]*:secretsmanager:[^:]*:\d{12}:secret:[^:]+|[^:]+):SecretString:([^:]*):([^:]*):([^:]*)$/;

function resolveDynamic(text: string, path: string, references: References): string {
  return text.replace(DYNAMIC, (whole, reference: string) => {
    // An incomplete one, as in the middle of a Fn::Join, has no braces at its end and does not come here.
    const [, secret, jsonKey = "", stage, version] = SECRET.exec(reference) ?? [];
    if (secret === undefined || stage !== "" || version !== "") {
      throw new TemplateError(path, `uses the dynamic reference \`${whole}\`, which is not served`);
    }
    return references.secret(secret, jsonKey, path);
  });
}

function substitute(pattern: string, variables: unknown, path: string, references: References): string {
  const own = new Map(Object.entries(variables as Record<string, unknown>));
  return pattern.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    if (name.startsWith("!")) return `\${${name.slice(1)}}`;
    if (own.has(name)) return textOf(own.get(name), path);
    const [id = "", ...attribute] = name.split(".");
    if (attribute.length > 0) return references.attribute(id, attribute.join("."), path);
    return textOf(references.ref(name, path), path);
  });
}

function pairOf(value: unknown, path: string): readonly [unknown, unknown] {
  const list = listOf(value, path);
  if (list.length !== 2) throw new TemplateError(path, "needs two arguments");
  return [list[0], list[1]];
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError(path, "is not a list");
}

function textsOf(value: unknown, path: string): readonly string[] {
  return listOf(value, path).map((one) => textOf(one, path));
}

function textOf(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(path, "is not a text");
}
