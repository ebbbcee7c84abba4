// Finds the first record of a checkpoint that was changed, dropped, added or moved: compares the records that came with
// the leaves that the checkpoint proved. Pure. Says which one and what became of it; what cannot be told apart (a record
// dropped, and another one added in its place) it calls changed.

export interface SeenRecord {
  readonly pk: string;
  readonly sk: string;
  readonly leaf: string;
  /** Of the export, from 1. */
  readonly line: number;
}

export interface Fault {
  readonly kind: "changed" | "dropped" | "added" | "reordered";
  /** Of the export, from 1: where it shows. */
  readonly line: number;
  readonly sentence: string;
}

export interface Place {
  readonly sequence: number;
  /** Of the checkpoint. */
  readonly line: number;
  /** The sequence of a checkpoint that should follow and does not. */
  readonly missing: number | undefined;
}

/** The first fault, or `undefined` where the records are exactly the leaves. */
export function faultIn(
  records: readonly SeenRecord[],
  leaves: readonly string[],
  place: Place,
): Fault | undefined {
  const index = leaves.findIndex((leaf, each) => records[each]?.leaf !== leaf);
  if (index >= 0) return faultAt(index, records, leaves, place);
  const surplus = records[leaves.length];
  if (surplus === undefined) return undefined;
  const text =
    place.missing === undefined
      ? `is one more than checkpoint ${place.sequence} proves: it was added or moved here`
      : `stands where checkpoint ${place.missing} was, which is not there`;
  return faultOf(place.missing === undefined ? "added" : "dropped", surplus, text);
}

function faultAt(
  index: number,
  records: readonly SeenRecord[],
  leaves: readonly string[],
  place: Place,
): Fault {
  const record = records[index];
  const wanted = `record ${index + 1} of checkpoint ${place.sequence}`;
  if (record === undefined) {
    const line = records.at(-1)?.line ?? place.line;
    return { kind: "dropped", line, sentence: `after line ${line}, ${wanted} was dropped` };
  }
  const isLater = records.some((other, each) => each > index && other.leaf === leaves[index]);
  const proved = leaves.indexOf(record.leaf);
  if (proved >= 0 && proved < index) return faultOf("added", record, `is a copy, where ${wanted} belongs`);
  if (proved > index && isLater) return faultOf("reordered", record, `stands where ${wanted} belongs`);
  if (proved > index) return faultOf("dropped", record, `follows where ${wanted} was, which was dropped`);
  if (isLater) return faultOf("added", record, `is not among what checkpoint ${place.sequence} proves`);
  return faultOf("changed", record, `is not ${wanted} as it was recorded`);
}

function faultOf(kind: Fault["kind"], { line, pk, sk }: SeenRecord, text: string): Fault {
  return { kind, line, sentence: `line ${line}, \`${pk}\` \`${sk}\`, ${text}` };
}
