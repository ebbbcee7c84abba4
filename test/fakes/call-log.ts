// The records' log in memory. Passes the same contract suite as the adapter over DynamoDB.

import { CountersignError } from "../../lambdas/boundary/errors.ts";
import type { Intent, Opening, Outcome } from "../../lambdas/model/record.ts";
import { callItemKey, type ItemKey, openItemKey, refusalItemKey } from "../../lambdas/recording/keys.ts";
import type { CallLog } from "../../lambdas/recording/ports.ts";

type AnyRecord = Opening | Intent | Outcome;

export interface FakeCallLog extends CallLog {
  /** Every record in the order in which it was appended. */
  readonly records: readonly { readonly key: ItemKey; readonly record: AnyRecord }[];
  /** While set, every call fails with it: a table that is down. */
  failure: Error | undefined;
}

export function fakeCallLog(): FakeCallLog {
  const records: { key: ItemKey; record: AnyRecord }[] = [];
  const at = (key: ItemKey) =>
    records.find((entry) => entry.key.pk === key.pk && entry.key.sk === key.sk)?.record;
  const append = (key: ItemKey, record: AnyRecord): "appended" | "exists" => {
    if (at(key) !== undefined) return "exists";
    records.push({ key, record: structuredClone(record) });
    return "appended";
  };
  const must = (result: "appended" | "exists"): void => {
    if (result === "exists") {
      throw new CountersignError("record_failed", "another record stands where this one belongs");
    }
  };
  const log: FakeCallLog = {
    records,
    failure: undefined,
    async appendOpen(opening) {
      check();
      const session = opening.caller?.session;
      if (!session) throw new Error("an opening needs its session");
      return append(openItemKey(session), opening);
    },
    async appendIntent(key, intent) {
      check();
      return append(callItemKey(key, "INTENT"), intent);
    },
    async appendOutcome(key, outcome) {
      check();
      must(append(callItemKey(key, "OUTCOME"), outcome));
    },
    async appendRefusal(outcome) {
      check();
      must(
        append(
          refusalItemKey(outcome.caller?.session ?? null, outcome.at, outcome.gatewayRequestId),
          outcome,
        ),
      );
    },
    async outcomeOf(key) {
      check();
      const record = at(callItemKey(key, "OUTCOME"));
      return record?.phase === "OUTCOME" ? record : "none";
    },
  };
  const check = (): void => {
    if (log.failure !== undefined) throw log.failure;
  };
  return log;
}
