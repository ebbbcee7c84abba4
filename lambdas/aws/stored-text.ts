// Reads what our own tables hold. An item that does not have the form in which we wrote it is a fault, never a guess.

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";

export type Item = Readonly<Record<string, AttributeValue>>;

/** @throws CountersignError `record_failed` when the item lacks the text. */
export function textOf(item: Item, attribute: string): string {
  const text = item[attribute]?.S;
  if (text === undefined) throw new CountersignError("record_failed", "a stored item cannot be read");
  return text;
}

/** The JSON object in the item's `record`. @throws CountersignError `record_failed` when there is none. */
export function recordOf(item: Item): Readonly<Record<string, unknown>> {
  const record: unknown = JSON.parse(textOf(item, "record"));
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw new CountersignError("record_failed", "a stored record cannot be read");
  }
  return record as Record<string, unknown>;
}
