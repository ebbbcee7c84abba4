// Keeps what was asked of the small AWS, by whom, and what IAM said: the CloudTrail of the local cloud.
// No body, no secret and no signature is kept.

import type { LoggedRequest } from "./contract.ts";

// Some 100 bytes each. Who asks what came since then counts entries, so a suite must not reach the end of it.
const MAX_ENTRIES = 200_000;

export interface RequestLog {
  readonly entries: readonly LoggedRequest[];
  add(entry: LoggedRequest): void;
}

export function createRequestLog(): RequestLog {
  const entries: LoggedRequest[] = [];
  return {
    entries,
    add(entry) {
      entries.push(entry);
      if (entries.length > MAX_ENTRIES) entries.shift();
    },
  };
}
