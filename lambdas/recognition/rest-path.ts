// Matches a raw path against URI templates. Nothing is decoded before the match: one request in six carries an encoded
// slash in a label. Outside S3 a path that is not in normal form is refused, since AWS's edge may normalise it.

import { percentDecode } from "./form.ts";
import { Malformed, shown } from "./malformed.ts";
import type { OperationModel, UriTemplate } from "./model.ts";

export interface PathMatch {
  readonly operation: OperationModel;
  readonly template: UriTemplate;
  /** Raw, still encoded, by the label's wire name. */
  readonly labels: ReadonlyMap<string, string>;
}

const PATH_CHARACTERS = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/;

/** Splits a path into raw segments; one trailing slash is dropped but for greedy labels, which take the rest as it is. */
export function splitPath(path: string, keepsDots: boolean): readonly string[] {
  if (!PATH_CHARACTERS.test(path))
    throw new Malformed("the path holds a character that must be percent-encoded");
  const segments = path.slice(1).split("/");
  if (keepsDots) return segments;
  for (const [index, segment] of segments.entries()) {
    const decoded = percentDecode(segment, "path");
    if (decoded === "." || decoded === "..")
      throw new Malformed(`the path ${shown(path)} is not in normal form`);
    if (segment === "" && index < segments.length - 1) {
      throw new Malformed(`the path ${shown(path)} has an empty segment`);
    }
  }
  return segments;
}

/** The operations whose path and literal query parameters fit, the most literal paths only. */
export function matchPaths(
  operations: readonly OperationModel[],
  segments: readonly string[],
  query: ReadonlyMap<string, readonly string[]>,
): PathMatch[] {
  let best: PathMatch[] = [];
  for (const operation of operations) {
    const { template } = operation;
    if (!template || !hasLiteralQuery(template, query)) continue;
    const labels = matchTemplate(template, segments);
    if (!labels) continue;
    const match = { operation, template, labels };
    const order = best[0] ? compareTemplates(template, best[0].template) : 1;
    if (order > 0) best = [match];
    else if (order === 0) best.push(match);
  }
  return best;
}

function hasLiteralQuery(
  { query: literals }: UriTemplate,
  query: ReadonlyMap<string, readonly string[]>,
): boolean {
  return literals.every(([name, value]) => {
    const given = query.get(name);
    return given?.length === 1 && given[0] === (value ?? "");
  });
}

function matchTemplate(template: UriTemplate, segments: readonly string[]): Map<string, string> | undefined {
  const wanted = template.segments;
  if (template.greedy) return matchGreedy(template, segments);
  const length = segments.at(-1) === "" ? segments.length - 1 : segments.length;
  if (wanted.length !== length) return undefined;
  const labels = new Map<string, string>();
  for (let index = 0; index < length; index += 1) {
    if (!matchSegment(wanted[index], segments[index], labels)) return undefined;
  }
  return labels;
}

function matchGreedy(
  { segments: wanted }: UriTemplate,
  segments: readonly string[],
): Map<string, string> | undefined {
  const greedyAt = wanted.findIndex(({ kind }) => kind === "greedy");
  const after = wanted.length - greedyAt - 1;
  const end = segments.length - after;
  if (end <= greedyAt) return undefined;
  const labels = new Map<string, string>();
  for (let index = 0; index < wanted.length; index += 1) {
    if (index === greedyAt) continue;
    const at = index < greedyAt ? index : end + (index - greedyAt - 1);
    if (!matchSegment(wanted[index], segments[at], labels)) return undefined;
  }
  const rest = segments.slice(greedyAt, end).join("/");
  const greedy = wanted[greedyAt];
  if (rest === "" || greedy?.kind !== "greedy") return undefined;
  return labels.set(greedy.wire, rest);
}

function matchSegment(
  wanted: UriTemplate["segments"][number] | undefined,
  segment: string | undefined,
  labels: Map<string, string>,
): boolean {
  if (!wanted || segment === undefined || segment === "") return false;
  if (wanted.kind === "literal") return wanted.text === segment;
  labels.set(wanted.wire, segment);
  return true;
}

const WEIGHT = { literal: 2, label: 1, greedy: 0 } as const;

/** Positive when the first template is the more literal one, judged from the left, as AWS's routers do. */
function compareTemplates(first: UriTemplate, second: UriTemplate): number {
  const length = Math.max(first.segments.length, second.segments.length);
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [first.segments[index], second.segments[index]];
    const difference = (one ? WEIGHT[one.kind] : -1) - (other ? WEIGHT[other.kind] : -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
