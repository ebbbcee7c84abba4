// Walks what CloudFormation would see as dependencies: Ref, Fn::GetAtt, Fn::Sub and DependsOn. Synthesis does not look
// for cycles; CloudFormation does, at deploy time.

import type { TemplateResource } from "./synthesis.ts";

type Resources = Readonly<Record<string, TemplateResource>>;

/** Returns one cycle as its logical ids in order, or `undefined` when there is none. */
export function findCycle(resources: Resources): readonly string[] | undefined {
  const done = new Set<string>();
  for (const id of Object.keys(resources)) {
    const cycle = walk(resources, id, [], done);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  return undefined;
}

function walk(
  resources: Resources,
  id: string,
  path: readonly string[],
  done: Set<string>,
): readonly string[] | undefined {
  if (path.includes(id)) {
    return [...path.slice(path.indexOf(id)), id];
  }
  if (done.has(id)) {
    return undefined;
  }
  for (const next of dependenciesOf(resources, id)) {
    const cycle = walk(resources, next, [...path, id], done);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  done.add(id);
  return undefined;
}

function dependenciesOf(resources: Resources, id: string): string[] {
  const resource = resources[id];
  const dependsOn = resource?.DependsOn ?? [];
  const named = [
    ...referencesIn(resource?.Properties),
    ...(Array.isArray(dependsOn) ? dependsOn : [dependsOn]),
  ];
  return [...new Set(named)].filter((name) => name in resources);
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(referencesIn);
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    switch (key) {
      case "Ref":
        return [String(inner)];
      case "Fn::GetAtt":
        return [String([inner].flat()[0]).replace(/\..*$/, "")];
      case "Fn::Sub":
        return substitutedIn([inner].flat());
      default:
        return referencesIn(inner);
    }
  });
}

function substitutedIn([text, values]: readonly unknown[]): string[] {
  const names = [...String(text).matchAll(/\$\{([^!.}]+)[^}]*\}/g)].map((match) => match[1] ?? "");
  return [...names, ...referencesIn(values)];
}
