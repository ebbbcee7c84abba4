// Budgets in memory. Passes the same contract suite as the adapter over DynamoDB.

import type { Budgets } from "../../lambdas/flow/ports.ts";
import { windowOf } from "../../lambdas/policy/budgets.ts";

export function fakeBudgets(): Budgets {
  const used = new Map<string, number>();
  return {
    async spend({ issuer, subject }, limit, now) {
      const { policy, perSeconds, calls } = limit;
      const key = JSON.stringify([issuer, subject, policy, perSeconds, windowOf(limit, now).start]);
      const before = used.get(key) ?? 0;
      if (before >= calls) return "used_up";
      used.set(key, before + 1);
      return "spent";
    },
  };
}
