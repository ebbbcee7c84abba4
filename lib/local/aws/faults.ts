// Keeps the faults that a test has planted and hands each out as often as it was asked to. Knows nothing of services.

import type { FaultRule } from "./contract.ts";

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** Takes the oldest fault that hits this request. */
  take(service: string, operation: string | undefined): FaultRule | undefined;
}

export function createFaults(): Faults {
  let planted: { readonly rule: FaultRule; toSkip: number; left: number }[] = [];
  return {
    add(rule) {
      planted.push({ rule, toSkip: rule.skip ?? 0, left: rule.times ?? 1 });
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
      if (fault.toSkip > 0) {
        fault.toSkip -= 1;
        return undefined;
      }
      fault.left -= 1;
      if (fault.left <= 0) planted = planted.filter((other) => other !== fault);
      return fault.rule;
    },
  };
}
