// Streams an export: the checkpoints of a span as they were sealed, each followed by its records as they lie in the table.
// Decides nothing and hides nothing: a record that is not in the table (any more), or is another one than was sealed, is
// left for `verify` to name. Who may read is the caller's question. docs/record-format.md.

import { CountersignError } from "../boundary/errors.ts";
import { type Checkpoint, type IndexedRecord, parseCheckpoint } from "../recording/checkpoint.ts";
import type { CheckpointStore, RecordIndex, RecordTexts } from "../recording/checkpoint-ports.ts";
import { type CheckpointLine, writeLine } from "../recording/export-format.ts";
import { LOOKED_AT_AGAIN, MINUTE_MS } from "../recording/minutes.ts";

const READ_AT_ONCE = 1_000; // records in memory: at 8 KB each some 8 MB

export interface ExportDependencies {
  readonly store: CheckpointStore;
  readonly index: RecordIndex;
  readonly texts: RecordTexts;
}

/** Epoch milliseconds: the checkpoints whose minutes touch this span. */
export interface ExportSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Sealed {
  readonly line: CheckpointLine;
  readonly checkpoint: Checkpoint;
}

/** The lines, without line feeds; none where nothing of the span is sealed. @throws when something cannot be read */
export async function* exportLines(
  { fromMs, untilMs }: ExportSpan,
  dependencies: ExportDependencies,
): AsyncGenerator<string> {
  const latest = await dependencies.store.latest();
  if (latest === "none") return;
  const newest = sealedIn(latest).checkpoint;
  // INVARIANT: one checkpoint a minute, so a time names its sequence.
  const sequenceAt = (ms: number) =>
    newest.sequence - Math.floor((Date.parse(newest.to) - 1 - ms) / MINUTE_MS);
  const first = Math.max(1, sequenceAt(fromMs));
  const last = Math.min(newest.sequence, sequenceAt(untilMs - 1));
  if (!(first <= last)) return;
  const ends = await Promise.all([first, last].map((sequence) => dependencies.store.at(sequence)));
  const [{ from, deployment } = newest, { to } = newest] = ends.map((line) => sealedIn(line).checkpoint);
  yield writeLine({
    type: "header",
    format: "countersign-export",
    version: 1,
    deployment,
    from,
    to,
    first,
    last,
  });
  for (let sequence = first; sequence <= last; sequence += 1) {
    const sealed = sealedIn(await dependencies.store.at(sequence));
    yield writeLine(sealed.line);
    yield* recordLines(sealed, dependencies);
  }
}

async function* recordLines(
  { line, checkpoint }: Sealed,
  { index, texts }: ExportDependencies,
): AsyncGenerator<string> {
  if (line.leaves.length === 0) return;
  const start = Date.parse(checkpoint.from);
  // Late ones were found in one of the minutes that were looked at again.
  const ages = checkpoint.late === 0 ? [0] : [0, ...LOOKED_AT_AGAIN];
  const found = await Promise.all(ages.map((age) => index.writtenIn(start - age * MINUTE_MS)));
  const keys = new Map<string, IndexedRecord>(found.flat().map((record) => [record.leaf, record]));
  for (let at = 0; at < line.leaves.length; at += READ_AT_ONCE) {
    const wanted = line.leaves.slice(at, at + READ_AT_ONCE).flatMap((leaf) => keys.get(leaf) ?? []);
    const read = await texts.read(wanted.map(({ pk, sk }) => ({ pk, sk })));
    const byKey = new Map(read.map((stored) => [`${stored.pk}\n${stored.sk}`, stored]));
    for (const { pk, sk } of wanted) {
      const stored = byKey.get(`${pk}\n${sk}`);
      if (stored !== undefined) yield writeLine({ ...stored, type: "record" });
    }
  }
}

function sealedIn(line: CheckpointLine): Sealed {
  const checkpoint = parseCheckpoint(line.checkpoint);
  if (checkpoint === undefined)
    throw new CountersignError("record_failed", "a stored checkpoint cannot be read");
  return { line, checkpoint };
}
