// One rule of the emergency forbid, as an operator would write it.

import type { EmergencyRule } from "../../lambdas/model/emergency.ts";

export function ruleOf(members: Partial<EmergencyRule> = {}): EmergencyRule {
  return {
    id: "k3",
    action: "*",
    resource: "",
    agent: null,
    reason: "the ledger is being restored",
    by: "ana",
    at: "2026-01-01T00:00:00Z",
    until: null,
    ...members,
  };
}
