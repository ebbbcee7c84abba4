// The emergency forbid: one row of rules in table `state` that an operator wrote, read in the same strongly consistent
// read as the revocation markers. It can only narrow. Decides what form the row has: whatever has another form counts as
// unreadable, and an unreadable row refuses everything. Which call a rule stops is policy/emergency.ts's to say.

export interface EmergencyRule {
  /** Stands in records as `emergency:<id>`. */
  readonly id: string;
  /** IAM actions or operations (`s3:Delete*`, `*`); `*` stands for any text, letter case is ignored. */
  readonly action: string;
  /** How the ARNs begin; empty for every resource. Letter case is ignored: a rule that reaches too far is the safe side. */
  readonly resource: string;
  /** `<issuer>|<subject>`, or `null` for every agent. */
  readonly agent: string | null;
  /** Told to the caller. */
  readonly reason: string;
  /** Who says to have written it. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601: the first moment at which it forbids no more; `null` until it is lifted. */
  readonly until: string | null;
}

export type EmergencyForbid =
  | { readonly kind: "rules"; readonly rules: readonly EmergencyRule[] }
  | { readonly kind: "unreadable" };

/** The row's key in table `state`. One row for a deployment, so that one key more in the markers' read is enough. */
export const EMERGENCY_KEY = "FORBID";

// The row is read at every call, and DynamoDB counts a read by 4 KB: 32 rules of usual length are two or three of these.
export const MOST_RULES = 32;

export const NO_EMERGENCY: EmergencyForbid = { kind: "rules", rules: [] };

const FORMS: Readonly<Record<Exclude<keyof EmergencyRule, "agent" | "until">, RegExp>> = {
  id: /^[a-z0-9][a-z0-9-]{0,31}$/,
  action: /^(\*|[a-z0-9*-]{1,64}:[A-Za-z0-9*]{1,128})$/,
  resource: /^(arn:[^\p{C}*]{1,1000})?$/u,
  reason: /^\P{Cc}{1,300}$/u,
  by: /^\P{Cc}{1,200}$/u,
  at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/,
};
const AGENT = /^\P{Cc}{3,2048}$/u;
const MEMBERS = [...Object.keys(FORMS), "agent", "until"].sort().join();

/** Parses the text of the row. Every doubt makes the whole row unreadable: half of the rules are not what was ordered. */
export function parseEmergency(text: unknown): EmergencyForbid {
  let value: unknown;
  try {
    value = JSON.parse(typeof text === "string" ? text : "");
  } catch {
    return { kind: "unreadable" };
  }
  if (!Array.isArray(value) || value.length > MOST_RULES || !value.every(isRule))
    return { kind: "unreadable" };
  const ids = new Set(value.map(({ id }) => id));
  return ids.size === value.length ? { kind: "rules", rules: value } : { kind: "unreadable" };
}

/** Names the first member that has not its form, or `undefined` when the rule is one. For whoever writes rules. */
export function faultOfRule(rule: EmergencyRule): keyof EmergencyRule | undefined {
  for (const [name, form] of Object.entries(FORMS) as [keyof typeof FORMS, RegExp][]) {
    if (typeof rule[name] !== "string" || !form.test(rule[name])) return name;
  }
  if (rule.agent !== null && !(typeof rule.agent === "string" && AGENT.test(rule.agent))) return "agent";
  if (Number.isNaN(Date.parse(rule.at))) return "at";
  return rule.until === null || isTime(rule.until) ? undefined : "until";
}

/** True while the rule forbids. `now` in epoch seconds. */
export function isInForce({ until }: EmergencyRule, now: number): boolean {
  return until === null || now * 1_000 < Date.parse(until);
}

function isTime(text: unknown): boolean {
  return typeof text === "string" && FORMS.at.test(text) && !Number.isNaN(Date.parse(text));
}

function isRule(value: unknown): value is EmergencyRule {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(value).sort().join() === MEMBERS && faultOfRule(value as EmergencyRule) === undefined;
}
