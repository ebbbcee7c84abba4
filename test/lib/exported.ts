// An export as a gateway makes it: records written over some minutes, sealed by the real flow, exported in order.

import { checkpoint } from "../../lambdas/flow/checkpoint.ts";
import { parseCheckpoint } from "../../lambdas/recording/checkpoint.ts";
import { type CheckpointLine, writeLine } from "../../lambdas/recording/export-format.ts";
import type { StoredText } from "../../lambdas/recording/leaf.ts";
import { fakeCheckpointStore, fakeSigner, fakeTable } from "../fakes/checkpoints.ts";

const START = Date.UTC(2026, 0, 2, 3, 0);
const MINUTE = 60_000;
export const DEPLOYMENT = "CountersignStack-Sessions";

export interface Exported {
  readonly lines: readonly string[];
  readonly publicKeyPem: string;
  readonly sign: (text: string) => string;
  readonly from: string;
  readonly to: string;
  readonly records: number;
}

/** `perMinute[i]` records in minute i; each seventh comes into the index three minutes late. */
export async function exported(
  perMinute: readonly number[],
  textOf: (index: number) => string = (index) => JSON.stringify({ version: 1, phase: "INTENT", n: index }),
  extraMinutes = 6, // until the late ones are in
): Promise<Exported> {
  let now = START;
  const clock = { nowMs: () => now };
  const [table, store, signer] = [fakeTable(clock), fakeCheckpointStore(), fakeSigner()];
  let index = 0;
  for (const [minute, count] of perMinute.entries()) {
    for (let each = 0; each < count; each += 1) {
      const record = { pk: `SESSION#${index % 5}`, sk: `CALL#${index}#INTENT`, record: textOf(index) };
      const writtenMs = START + minute * MINUTE + Math.floor((each * (MINUTE - 1)) / count);
      table.write(record, writtenMs, index % 7 === 6 ? 3 * MINUTE : 0);
      index += 1;
    }
  }
  const dependencies = { clock, index: table, store, signer, deployment: DEPLOYMENT };
  for (let minute = 0; minute < perMinute.length + extraMinutes; minute += 1) {
    now = START + (minute + 2) * MINUTE;
    await checkpoint(dependencies);
  }
  const ordered = [...store.stored].sort(([one], [other]) => one - other).map(([, line]) => line);
  const lines = linesOf(ordered, (leaf) => table.items.get(leaf));
  const { from = "", to = "" } = { from: spanOf(ordered).from, to: spanOf(ordered).to };
  return { lines, publicKeyPem: signer.publicKeyPem, sign: signer.signNow, from, to, records: index };
}

/** The lines of an export of these checkpoints, with the records that the table still has. */
function linesOf(
  checkpoints: readonly CheckpointLine[],
  recordOf: (leaf: string) => StoredText | undefined,
): readonly string[] {
  const { from, to, first, last } = spanOf(checkpoints);
  const header = {
    type: "header",
    format: "countersign-export",
    version: 1,
    deployment: DEPLOYMENT,
  } as const;
  const body = checkpoints.flatMap((line) => [
    writeLine(line),
    ...line.leaves.flatMap((leaf) => {
      const record = recordOf(leaf);
      return record === undefined ? [] : [writeLine({ ...record, type: "record" })];
    }),
  ]);
  return [writeLine({ ...header, from, to, first, last }), ...body];
}

function spanOf(checkpoints: readonly CheckpointLine[]) {
  const [first, last] = [checkpoints.at(0), checkpoints.at(-1)].map((line) =>
    parseCheckpoint(line?.checkpoint ?? ""),
  );
  if (first === undefined || last === undefined) throw new Error("an export needs a checkpoint");
  return { from: first.from, to: last.to, first: first.sequence, last: last.sequence };
}
