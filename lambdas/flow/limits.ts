// The limits of one function instance, for the flows. They live in its memory: what they bound over all instances, and
// what stands in front of them, is docs/limits.md's to say.

import { type CallLimits, createCallLimits } from "../ingress/call-limits.ts";
import { createExchangeLimits, type ExchangeLimits } from "../ingress/exchange-limits.ts";
import { createRecordLimits, type RecordLimits } from "../ingress/record-limits.ts";
import type { Deployment } from "../model/deployment.ts";

export interface FlowLimits {
  readonly exchanges: ExchangeLimits;
  readonly calls: CallLimits;
  readonly records: RecordLimits;
}

export function createFlowLimits({ limits, issuers }: Pick<Deployment, "limits" | "issuers">): FlowLimits {
  return {
    exchanges: createExchangeLimits(
      limits,
      issuers.map(({ issuer }) => issuer),
    ),
    calls: createCallLimits(limits),
    records: createRecordLimits(limits),
  };
}
