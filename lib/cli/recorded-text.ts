// Parts of recorded calls as text: parameters, masks, sizes. Nothing here is made visible yet: whoever prints does that.

import type { RecordedMasks } from "../../lambdas/model/record.ts";

const MOST_DEPTH = 12;

/** `path = value` of every leaf of a JSON text. A text that is no JSON is one leaf. */
export function leavesOf(json: string): readonly string[] {
  try {
    return [...leaves(JSON.parse(json), "", 0)].map(([path, value]) => `${path} = ${value}`);
  } catch {
    return [json];
  }
}

function* leaves(value: unknown, path: string, depth: number): Generator<readonly [string, string]> {
  const members = depth > MOST_DEPTH ? [] : membersOf(value);
  if (members.length === 0 && path !== "") yield [path, textOf(value)];
  for (const [name, member] of members) {
    const step = Array.isArray(value) ? `[${name}]` : `${path === "" ? "" : "."}${name}`;
    yield* leaves(member, `${path}${step}`, depth + 1);
  }
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was hidden of an answer and what was shown, as label and list; nothing for an empty list. */
export function masksText({
  paths,
  detectors,
  unmasked,
  unknown,
}: RecordedMasks): readonly (readonly [string, string])[] {
  const rows = [
    ["masked", counted(paths)],
    ["detected and masked", counted(detectors)],
    ["shown by a policy's @unmask", unmasked.join(", ")],
    ["not in the model, passed", unknown.join(", ")],
  ] as const;
  return rows.filter(([, what]) => what !== "");
}

function counted(found: Readonly<Record<string, number>>): string {
  return Object.entries(found)
    .map(([name, count]) => (count === 1 ? name : `${name} (${count})`))
    .join(", ");
}

/** `1,234 bytes` */
export function bytesText(bytes: number): string {
  return `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`;
}

export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
