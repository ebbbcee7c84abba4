// The log of people's looks and orders over DynamoDB (table `sessions`). Decides under which key each lies: an order about a
// session in that session's own partition, so that whoever reads the session reads it too.

import { orderItemKey, readingItemKey } from "../recording/keys.ts";
import type { PeopleLog } from "../recording/ports.ts";
import { mustAppend, type RecordTable } from "./append-record.ts";

export function createPeopleLog(setup: RecordTable): PeopleLog {
  return {
    appendReading: (reading) => mustAppend(setup, readingItemKey(reading), reading),
    appendOrder: (order) => mustAppend(setup, orderItemKey(order), order),
  };
}
