// Masks the members of a call's parameters that hold secrets, before they go into a record. Trusts the paths, which come
// from the model, but not that the tree has the shape they expect: what does not fit is masked from the nearest member
// that is there, since a secret in the wrong place is still a secret. Blobs are recorded by size and digest only.

import { createHash } from "node:crypto";
import type { NumberText, ParameterTree, ParameterValue } from "../model/aws-call.ts";
import { MARKER } from "./marker.ts";

/** Stands in place of a masked value, whatever its type was: the marker of answers, so that one text says it all. */
export const MASKED = MARKER;

type MaskedValue = string | number | boolean | null | readonly MaskedValue[] | MaskedTree;
/** What JSON.stringify writes without loss; the keys are attacker-named, so objects have no prototype. */
export interface MaskedTree {
  readonly [member: string]: MaskedValue;
}

/** `member`, `[]` for each element of a list, or `*` for each value of a map. */
type Step = string;
type Path = readonly Step[];

/**
 * @param paths such as `SecretString`, `Users[].Password`, `Environment.Variables{}`
 * @returns a JSON-able copy. A path that is no path masks everything.
 */
export function maskParameters(parameters: ParameterTree, paths: readonly string[]): MaskedTree | string {
  return maskTree(parameters, paths.map(parsePath));
}

function maskTree(tree: ParameterTree | NumberText, paths: readonly Path[]): MaskedTree | string {
  if (paths.some(([step]) => step === undefined || step === "[]")) return MASKED;
  const masked: Record<string, MaskedValue> = Object.create(null);
  const members: readonly (readonly [string, ParameterValue])[] = Object.entries(tree);
  for (const [member, value] of members) {
    const within = paths.filter(([step]) => step === "*" || step === member);
    masked[member] = maskValue(
      value,
      within.map((path) => path.slice(1)),
    );
  }
  return masked;
}

function maskValue(value: ParameterValue, paths: readonly Path[]): MaskedValue {
  if (paths.some((path) => path.length === 0)) return MASKED;
  if (value instanceof Uint8Array) return paths.length > 0 ? MASKED : blobOf(value);
  if (isList(value)) return maskList(value, paths);
  if (isTree(value)) return maskTree(value, paths);
  // A path leads on below a scalar: the value is not what the model says, so it is masked whole. Null holds nothing.
  return paths.length > 0 && value !== null ? MASKED : jsonScalar(value);
}

function maskList(list: readonly ParameterValue[], paths: readonly Path[]): MaskedValue {
  if (paths.some(([step]) => step !== "[]")) return MASKED;
  const within = paths.map((path) => path.slice(1));
  return list.map((element) => maskValue(element, within));
}

function blobOf(bytes: Uint8Array): MaskedTree {
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("base64") };
}

function jsonScalar(value: string | number | boolean | null): MaskedValue {
  // JSON has no NaN and no infinities: JSON.stringify would write null, and a record must not say "absent".
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function isList(value: ParameterValue): value is readonly ParameterValue[] {
  return Array.isArray(value);
}

/** A NumberText counts as a tree: an attacker's map may look like one, and a record of both in full loses nothing. */
function isTree(value: ParameterValue): value is ParameterTree | NumberText {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof Uint8Array);
}

/**
 * `Users[].Password` becomes `Users`, `[]`, `Password`; the values of a map are `Variables{}` or `Variables.*`. A text of
 * another form becomes the path that masks all: a path that we cannot read must not leave a secret where it is.
 */
function parsePath(text: string): Path {
  const parts = text.split(".");
  if (!parts.every((part) => part === "*" || /^[\w$:@-]+(?:\[\]|\{\})*$/.test(part))) return [];
  return parts
    .flatMap((part) => part.match(/\[\]|\{\}|[^[\]{}]+/g) ?? [])
    .map((step) => (step === "{}" ? "*" : step));
}
