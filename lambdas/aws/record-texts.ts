// Reads records back by their keys, a hundred at a time (table `sessions`, BatchGetItem). What DynamoDB leaves unread is
// asked again; what it keeps back is a fault, since an export that lacks a record would accuse somebody. Decides nothing.

import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CountersignError } from "../boundary/errors.ts";
import type { Pause } from "../net/clock.ts";
import type { RecordTexts } from "../recording/checkpoint-ports.ts";
import type { ItemKey } from "../recording/keys.ts";
import type { StoredText } from "../recording/leaf.ts";
import { type Item, textOf } from "./stored-text.ts";

const AT_ONCE = 100; // BatchGetItem takes no more
const EMPTY_ANSWERS = 6; // in a row, with pauses of 50 ms to 1.6 s
const FIRST_PAUSE_MS = 50;

export interface RecordTextsSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly pause: Pause;
}

export function createRecordTexts(setup: RecordTextsSetup): RecordTexts {
  return {
    async read(keys) {
      const records: StoredText[] = [];
      for (let at = 0; at < keys.length; at += AT_ONCE) {
        records.push(...(await readBatch(setup, keys.slice(at, at + AT_ONCE))));
      }
      return records;
    },
  };
}

/** An answer holds at most 16 MB, so that a batch may take several. */
async function readBatch(
  { client, table, pause }: RecordTextsSetup,
  keys: readonly ItemKey[],
): Promise<StoredText[]> {
  const records: StoredText[] = [];
  let open: Record<string, AttributeValue>[] = keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
  let empty = 0;
  while (open.length > 0) {
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: true } } }),
    );
    const items = answer.Responses?.[table] ?? [];
    records.push(...items.map(storedIn));
    const left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    empty = left.length < open.length ? 0 : empty + 1;
    if (empty >= EMPTY_ANSWERS) throw new CountersignError("record_failed", "the table of sessions is busy");
    if (left.length > 0) await pause(FIRST_PAUSE_MS * 2 ** empty);
    open = left;
  }
  return records;
}

function storedIn(item: Item): StoredText {
  return { pk: textOf(item, "pk"), sk: textOf(item, "sk"), record: textOf(item, "record") };
}
