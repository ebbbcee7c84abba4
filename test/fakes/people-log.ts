// The log of people's looks and orders in memory.

import type { Order, Reading } from "../../lambdas/model/record.ts";
import type { PeopleLog } from "../../lambdas/recording/ports.ts";

export interface FakePeopleLog extends PeopleLog {
  /** In the order in which they were appended. */
  readonly records: readonly (Reading | Order)[];
  /** While set, every append fails with it. */
  failure: Error | undefined;
}

export function fakePeopleLog(): FakePeopleLog {
  const records: (Reading | Order)[] = [];
  const append = async (record: Reading | Order): Promise<void> => {
    if (log.failure !== undefined) throw log.failure;
    records.push(structuredClone(record));
  };
  const log: FakePeopleLog = {
    records,
    failure: undefined,
    appendReading: append,
    appendOrder: append,
  };
  return log;
}
