// Whether an emergency forbid stops this use of a role or this call. Asked beside the policies and before them: a rule
// can only take away. Where a rule could apply it does: a call on a pattern is stopped by a rule about anything below it.
// Trusts the rules as they were parsed (model/emergency.ts) and recognition for what the call is.

import type { AwsCall, AwsResource } from "../model/aws-call.ts";
import type { Decision } from "../model/decision.ts";
import { type EmergencyForbid, type EmergencyRule, isInForce } from "../model/emergency.ts";
import type { RoleArn } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import { deny } from "./denials.ts";

export interface EmergencyQuestion {
  readonly emergency: EmergencyForbid;
  readonly principal: Principal;
  readonly role: RoleArn;
  /** `null` at an exchange, where only the use of the role is asked about. */
  readonly call: AwsCall | null;
  /** Epoch seconds. */
  readonly now: number;
  readonly policyVersion: string;
}

/** How rules name the use of a role: at the exchange, and again at each call under it. */
const USE_OF_ROLE = "countersign:assumerole";

/** Returns the denial of the rules that apply, or `null` when none does. */
export function emergencyDenial(question: EmergencyQuestion): Extract<Decision, { kind: "deny" }> | null {
  const { emergency, policyVersion } = question;
  if (emergency.kind === "unreadable") {
    const message =
      "the emergency forbid of this gateway cannot be read, so everything is refused; ask an administrator to write it again";
    return deny(policyVersion, "forbidden", ["emergency:unreadable"], message);
  }
  const applying = emergency.rules.filter((rule) => applies(rule, question));
  if (applying.length === 0) return null;
  const reasons = [...new Set(applying.map(({ reason }) => reason))].sort().join("; ");
  const until = applying.some((rule) => rule.until === null)
    ? "until an administrator lifts it"
    : `until ${applying
        .map((rule) => rule.until ?? "")
        .sort()
        .at(-1)}`;
  const ids = applying.map(({ id }) => `emergency:${id}`);
  return deny(policyVersion, "forbidden", ids, `forbidden in an emergency, ${until}: ${reasons}`);
}

function applies(rule: EmergencyRule, { principal, role, call, now }: EmergencyQuestion): boolean {
  if (!isInForce(rule, now)) return false;
  if (rule.agent !== null && rule.agent !== `${principal.issuer}|${principal.subject}`) return false;
  const prefix = folded(rule.resource);
  if (matches(rule.action, USE_OF_ROLE) && folded(role).startsWith(prefix)) return true;
  return call !== null && appliesToCall(rule.action, prefix, call);
}

function appliesToCall(pattern: string, prefix: string, { actions, candidates }: AwsCall): boolean {
  // People write what they read in a record: an IAM action, or an operation, which can have another name.
  const byOperation = candidates.some(({ service, operation }) =>
    matches(pattern, `${service}:${operation}`),
  );
  return actions.some(
    ({ action, resources }) =>
      (byOperation || matches(pattern, action)) && resources.some((resource) => couldBegin(resource, prefix)),
  );
}

function couldBegin({ literals }: AwsResource, prefix: string): boolean {
  const head = folded(literals[0]);
  return head.startsWith(prefix) || (literals.length > 1 && prefix.startsWith(head));
}

/**
 * Letter by letter: lower case of a whole text can hang on what follows (a Greek sigma at the end of a word), so the
 * beginning of a name would not be a beginning any more.
 */
function folded(text: string): string {
  return Array.from(text, (character) => character.toLowerCase()).join("");
}

/** `*` is any text. The first fit of each piece is enough: gaps are free. */
function matches(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.toLowerCase().split("*");
  const subject = text.toLowerCase();
  const tail = rest.pop();
  if (tail === undefined) return subject === head;
  if (!subject.startsWith(head) || subject.length < head.length + tail.length) return false;
  let from = head.length;
  for (const piece of rest) {
    const at = subject.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return subject.endsWith(tail) && from <= subject.length - tail.length;
}
