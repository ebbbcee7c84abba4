// `countersign forbid`: reads the operator's arguments, orders, and says what stands. Decides nothing: what a rule stops
// is the gateway's to say.

import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import { type EmergencyRule, isInForce } from "../lambdas/model/emergency.ts";
import { UsageError } from "./cli/exit.ts";
import { addRule, liftRule, readRules, ruleOfOrder, type StateAccess } from "./emergency-orders.ts";
import { visible } from "./session-text.ts";

const FORBID_OPTIONS = {
  action: { type: "string" },
  resource: { type: "string" },
  agent: { type: "string" },
  all: { type: "boolean" },
  reason: { type: "string" },
  by: { type: "string" },
  for: { type: "string" },
  list: { type: "boolean" },
  lift: { type: "string" },
  "state-table": { type: "string" },
} as const;

/** Returns the lines to print. @throws an Error that says what to correct. */
export async function forbidCommand(
  args: readonly string[],
  accessTo: (table: string | undefined) => StateAccess | Promise<StateAccess>,
  nowMs: number,
): Promise<readonly string[]> {
  const { values } = parseArgs({ args: [...args], options: FORBID_OPTIONS });
  const access = await accessTo(values["state-table"]);
  if (values.list === true) return listing(await readRules(access), nowMs);
  if (values.lift !== undefined) {
    await liftRule(access, values.lift);
    return [`lifted \`${values.lift}\`: effective at the next call`];
  }
  const { action, resource, agent, all } = values;
  if ([action, resource, agent].every((each) => each === undefined) && all !== true) {
    throw new UsageError(
      "say what to forbid: --action, --resource, --agent, or --all for every call of everybody",
    );
  }
  const by = values.by ?? userInfo().username;
  const rule = ruleOfOrder({ action, resource, agent, reason: values.reason, by, for: values.for }, nowMs);
  await addRule(access, rule, nowMs);
  return [...listing([rule], nowMs), "effective at the next call and exchange"];
}

function listing(rules: readonly EmergencyRule[], nowMs: number): readonly string[] {
  if (rules.length === 0) return ["nothing is forbidden in an emergency"];
  return rules.flatMap((rule) => [
    `${rule.id}  ${visible(rule.action)} on ${visible(rule.resource)}* by ${visible(rule.agent ?? "every agent")}`,
    `           ${visible(rule.reason)} (${visible(rule.by)}, ${rule.at}, ${endOf(rule, nowMs)})`,
  ]);
}

function endOf(rule: EmergencyRule, nowMs: number): string {
  if (rule.until === null) return "until it is lifted";
  return isInForce(rule, nowMs / 1_000) ? `until ${rule.until}` : `over since ${rule.until}`;
}
