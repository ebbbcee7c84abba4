// The log of calls over DynamoDB: table `sessions`, PutItem with `attribute_not_exists` and Query only. Decides under which
// key a record lies, and that an end is written once; how an item looks is append-record.ts's.

import { CountersignError } from "../boundary/errors.ts";
import type { Outcome } from "../model/record.ts";
import { callItemKey, openItemKey, refusalItemKey } from "../recording/keys.ts";
import type { CallLog } from "../recording/ports.ts";
import { appendRecord, mustAppend, type RecordTable, readRecord } from "./append-record.ts";
import { type Item, recordOf } from "./stored-text.ts";

export function createCallLog(setup: RecordTable): CallLog {
  return {
    async appendOpen(opening) {
      const session = opening.caller?.session;
      if (!session) throw new CountersignError("internal", "an opening needs its session");
      return appendRecord(setup, openItemKey(session), opening);
    },
    appendIntent: (key, intent) => appendRecord(setup, callItemKey(key, "INTENT"), intent),
    appendOutcome: (key, outcome) => mustAppend(setup, callItemKey(key, "OUTCOME"), outcome),
    appendRefusal: (outcome) => {
      const { at, caller, gatewayRequestId } = outcome;
      return mustAppend(setup, refusalItemKey(caller?.session ?? null, at, gatewayRequestId), outcome);
    },
    async outcomeOf(key) {
      const item = await readRecord(setup, callItemKey(key, "OUTCOME"));
      return item === undefined ? "none" : outcomeIn(item);
    },
  };
}

function outcomeIn(item: Item): Outcome {
  const record = recordOf(item);
  if (
    record.phase !== "OUTCOME" ||
    typeof record.mayHaveRun !== "boolean" ||
    typeof record.ending !== "string"
  ) {
    throw new CountersignError("record_failed", "a stored outcome cannot be read");
  }
  return record as unknown as Outcome;
}
