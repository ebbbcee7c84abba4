// The detectors by name, and the set that looks at one call's answer: those that always look and those that its policies
// name. A name that no detector has makes no set: who cannot look must not answer.

import { awsKeys, awsSessionTokens } from "./aws-keys.ts";
import type { Detector } from "./detector.ts";
import { cards, email, iban, nationalIds } from "./numbers.ts";
import { encodedPem, pem } from "./pem.ts";
import { connectionStrings, github, jwt, slack, stripe } from "./tokens.ts";

const ALL: readonly Detector[] = [
  pem,
  encodedPem,
  awsKeys,
  awsSessionTokens,
  jwt,
  connectionStrings,
  github,
  slack,
  stripe,
  cards,
  iban,
  email,
  nationalIds,
];

/** These always look. */
const ALWAYS: readonly string[] = ["pem", "aws-keys"];

/** What `@detect` may name. */
export const DETECTOR_NAMES: readonly string[] = [...new Set(ALL.map(({ name }) => name))];

const known = new Map<string, readonly Detector[]>();

/**
 * @param custom the deployment's own, by `customDetector`
 * @returns the detectors with these names and those that always look, or the name that none has
 */
export function detectorsNamed(
  names: readonly string[],
  custom: readonly Detector[] = [],
):
  | { readonly kind: "detectors"; readonly detectors: readonly Detector[] }
  | { readonly kind: "unknown"; readonly name: string } {
  const unknown = names.find(
    (name) => !DETECTOR_NAMES.includes(name) && !custom.some((detector) => detector.name === name),
  );
  if (unknown !== undefined) return { kind: "unknown", name: unknown };
  const wanted = new Set([...ALWAYS, ...names]);
  const key = [...wanted].sort().join();
  const builtIn = known.get(key) ?? ALL.filter(({ name }) => wanted.has(name));
  known.set(key, builtIn);
  const own = custom.filter(({ name }) => wanted.has(name));
  return { kind: "detectors", detectors: own.length === 0 ? builtIn : [...builtIn, ...own] };
}
