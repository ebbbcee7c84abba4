// Keeps the faults that a test has planted and hands each out as often as it was asked to. Knows nothing of services.

import type { FaultRule } from "./contract.ts";

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** Takes the oldest fault that hits this request. */
  take(service: string, operation: string | undefined): FaultRule | undefined;
}

export function createFaults(): Faults {
  let planted: { readonly rule: FaultRule; left: number }[] = [];
  return {
    add(rule) {
      planted.push({ rule, left: rule.times ?? 1 });
    },
    clear() {
      planted = [];
    },
    take(service, operation) {
      const fault = planted.find(
        ({ rule }) =>
          rule.service === service && (rule.operation === undefined || rule.operation === operation),
      );
      if (fault === undefined) return undefined;
      fault.left -= 1;
      if (fault.left <= 0) planted = planted.filter((other) => other !== fault);
      return fault.rule;
    },
  };
}
