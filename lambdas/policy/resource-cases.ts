// Which resources a call may touch, as far as policies can tell them apart. An exact ARN is one case. A pattern is as
// many cases as there are named things below it: each ARN and each resource set that a policy names, and the rest.
// A pattern is permitted only if every case is, so a permit has to cover it and a forbid on anything below it denies.
// That is exact up to names that exist in the policies but not in the account; there it is stricter.

import type { AwsResource } from "../model/aws-call.ts";
import type { ResourceSetConfig } from "../model/deployment.ts";

/** What the policies that could match one action can tell resources apart by. */
export interface Naming {
  /** ARNs that policies name themselves. */
  readonly arns: ReadonlySet<string>;
  readonly sets: readonly NamedSet[];
}

export interface NamedSet {
  readonly name: string;
  readonly arns: ReadonlySet<string>;
  /** Without their star. */
  readonly prefixes: readonly string[];
}

/** One case: a resource as Cedar shall see it. Cases with the same key are answered alike. */
export interface ResourceCase {
  readonly key: string;
  readonly id: string;
  readonly sets: readonly string[];
}

// Begins the id of a resource that no policy names; synth lets policies name only what begins with `arn:`.
export const UNNAMED = "unnamed:";

/** Splits the configured entries into exact ARNs and prefixes; a `*` elsewhere than at the end is an ordinary character. */
export function namedSet({ name, arns }: ResourceSetConfig): NamedSet {
  return {
    name,
    arns: new Set(arns.filter((arn) => !arn.endsWith("*"))),
    prefixes: arns.filter((arn) => arn.endsWith("*")).map((arn) => arn.slice(0, -1)),
  };
}

/** Returns the distinct cases of one resource. Compares exact code units; case and encoding are never folded. */
export function casesOf(resource: AwsResource, naming: Naming): readonly ResourceCase[] {
  const [arn] = resource.literals;
  if (resource.literals.length === 1) return [exactCase(arn, naming)];
  const cases = patternCases(resource.literals, naming);
  return [...new Map(cases.map((each) => [each.key, each])).values()];
}

function exactCase(arn: string, { arns, sets }: Naming): ResourceCase {
  // An ARN that no policy names is told apart from others by its sets alone: a thousand keys of one bucket are one case.
  const memberOf = sets.filter((set) => holds(set, arn));
  return arns.has(arn) ? toCase(arn, arn, memberOf) : toCase(unnamedId(arn, arns), "", memberOf);
}

function patternCases(literals: AwsResource["literals"], { arns, sets }: Naming): ResourceCase[] {
  const [head] = literals;
  const unnamed = unnamedId(literals.join("*"), arns);
  const rest = toCase(
    unnamed,
    "",
    sets.filter(({ prefixes }) => someBegins(head, prefixes)),
  );
  // After the head comes a gap, so any longer text that begins with the head is the beginning of something below it.
  const prefixes = sets.flatMap((set) => set.prefixes).filter((prefix) => prefix.startsWith(head));
  // A member that a policy names itself is the case of that name, and no case of an unnamed member.
  const members = sets
    .flatMap((set) => [...set.arns])
    .filter((arn) => !arns.has(arn) && matches(literals, arn));
  const named = [...arns].filter((arn) => matches(literals, arn));
  return [
    rest,
    ...prefixes.map((prefix) =>
      toCase(
        unnamed,
        "",
        sets.filter((set) => someBegins(prefix, set.prefixes)),
      ),
    ),
    ...members.map((arn) =>
      toCase(
        unnamed,
        "",
        sets.filter((set) => holds(set, arn)),
      ),
    ),
    ...named.map((arn) =>
      toCase(
        arn,
        arn,
        sets.filter((set) => holds(set, arn)),
      ),
    ),
  ];
}

function toCase(id: string, named: string, memberOf: readonly NamedSet[]): ResourceCase {
  const sets = memberOf.map(({ name }) => name).sort();
  return { key: JSON.stringify([named, sets]), id, sets };
}

/** An id that no policy names, whatever the text holds and whatever synth let through. */
function unnamedId(text: string, arns: ReadonlySet<string>): string {
  const id = `${UNNAMED}${text}`;
  return arns.has(id) ? unnamedId(id, arns) : id;
}

function holds(set: NamedSet, arn: string): boolean {
  return set.arns.has(arn) || someBegins(arn, set.prefixes);
}

function someBegins(text: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => text.startsWith(prefix));
}

/** True when the text is the literals with anything between them. The first fit of each piece is enough: gaps are free. */
function matches(literals: readonly string[], text: string): boolean {
  const head = literals[0] ?? "";
  const tail = literals.at(-1) ?? "";
  if (!text.startsWith(head) || !text.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of literals.slice(1, -1)) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from <= text.length - tail.length;
}
