// Words a denial. The caller is told what was asked, which policies decided and what to change, never the cause of an
// evaluation error: Cedar quotes values there, and values can be claims.

import type { Decision, DenyReason } from "../model/decision.ts";

type Denial = Extract<Decision, { kind: "deny" }>;

/** Long enough for any ARN that a person would read, short enough for an error message. */
const QUOTED_CHARACTERS = 300;

export function deny(
  policyVersion: string,
  reason: DenyReason,
  policies: Iterable<string>,
  message: string,
): Denial {
  return { kind: "deny", reason, policies: [...new Set(policies)].sort(), message, policyVersion };
}

/** User input in backticks: without control characters and backticks, cut where nobody reads on. */
export function quote(text: string): string {
  const visible = text.replace(/[`\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return `\`${visible.length > QUOTED_CHARACTERS ? `${visible.slice(0, QUOTED_CHARACTERS)}...` : visible}\``;
}

export function quoteAll(texts: readonly string[]): string {
  return [...new Set(texts)].sort().map(quote).join(", ");
}
