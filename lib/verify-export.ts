// Proves offline that an export is what the gateway recorded: nothing changed, dropped, added or reordered. Decides with
// the public key alone; trusts neither the export nor who made it. What it cannot know is that the export goes on as far
// as the reader thinks: the reader says so (`expected`), or reads the span that was proved. docs/record-format.md.

import { createPublicKey, type KeyObject, verify } from "node:crypto";
import {
  type Checkpoint,
  checkpointHash,
  parseCheckpoint,
  rootOfLeaves,
} from "../lambdas/recording/checkpoint.ts";
import { type CheckpointLine, type ExportHeader, parseLine } from "../lambdas/recording/export-format.ts";
import { leafHashOf } from "../lambdas/recording/leaf.ts";
import { type Fault, faultIn, type SeenRecord } from "./verify-records.ts";

/** What the reader knows apart from the export: what they asked for, or a checkpoint that they noted earlier. */
export interface Expected {
  /** The export must begin no later and end no earlier than this, ISO 8601. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** The hash of a checkpoint that must be in it. */
  readonly checkpoint?: string | undefined;
}

export interface Proof {
  readonly ok: true;
  readonly deployment: string;
  readonly from: string;
  readonly to: string;
  readonly first: number;
  readonly last: number;
  readonly records: number;
  /** Of the last checkpoint: to note down, and to expect of a later export. */
  readonly lastCheckpoint: string;
}

export type Verdict = Proof | { readonly ok: false; readonly fault: Fault };

/** A checkpoint that was verified, and the records that followed it so far. */
interface Open {
  readonly checkpoint: Checkpoint;
  readonly hash: string;
  readonly line: CheckpointLine;
  readonly number: number;
  readonly records: SeenRecord[];
}

interface State {
  readonly key: KeyObject;
  readonly expected: Expected;
  header: ExportHeader | undefined;
  open: Open | undefined;
  lines: number;
  records: number;
  isExpectedSeen: boolean;
}

/**
 * Reads the lines (without line feeds) as they come and stops at the first fault. Holds no more of them than the hashes
 * of one checkpoint. @throws Error when the key is not a P-256 public key in PEM; whatever reading the lines throws
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  publicKeyPem: string,
  expected: Expected = {},
): Promise<Verdict> {
  const state: State = {
    key: publicKeyIn(publicKeyPem),
    expected,
    header: undefined,
    open: undefined,
    lines: 0,
    records: 0,
    isExpectedSeen: false,
  };
  for await (const line of lines) {
    state.lines += 1;
    const fault = take(state, line);
    if (fault !== undefined) return { ok: false, fault };
  }
  return end(state);
}

function take(state: State, text: string): Fault | undefined {
  const line = parseLine(text);
  if (line === undefined) {
    return soFar(state) ?? at(state, "changed", "is not a line of an export, or was written anew");
  }
  if (state.header === undefined) {
    if (line.type !== "header") return at(state, "dropped", "comes where the export's header was");
    state.header = line;
    return undefined;
  }
  switch (line.type) {
    case "header":
      return soFar(state) ?? at(state, "added", "is a second header");
    case "checkpoint":
      return takeCheckpoint(state, state.header, line);
    case "record": {
      const { open } = state;
      if (open === undefined) return at(state, "added", "is a record before the first checkpoint");
      // One more than there are leaves is enough to know; more would let an export fill the memory.
      if (open.records.length <= open.line.leaves.length) {
        open.records.push({ pk: line.pk, sk: line.sk, leaf: leafHashOf(line), line: state.lines });
      }
      state.records += 1;
      return undefined;
    }
  }
}

function takeCheckpoint(state: State, header: ExportHeader, line: CheckpointLine): Fault | undefined {
  const checkpoint = parseCheckpoint(line.checkpoint);
  const { open } = state;
  const next = open === undefined ? header.first : open.checkpoint.sequence + 1;
  const isGap = checkpoint !== undefined && checkpoint.sequence > next;
  const ended = closed(state, isGap ? next : undefined);
  if (ended !== undefined) return ended;
  if (checkpoint === undefined) return at(state, "changed", "is not a checkpoint in its canonical form");
  if (!isSigned(state.key, line)) {
    return at(
      state,
      "changed",
      `is checkpoint ${checkpoint.sequence} with a signature that is not of this key`,
    );
  }
  const broken = chainFault(state, header, checkpoint, next);
  if (broken !== undefined) return broken;
  if (line.leaves.length !== checkpoint.count || rootOfLeaves(line.leaves) !== checkpoint.root) {
    return at(
      state,
      "changed",
      `holds a list of leaves that checkpoint ${checkpoint.sequence} does not prove`,
    );
  }
  const hash = checkpointHash(line.checkpoint);
  state.isExpectedSeen ||= hash === state.expected.checkpoint;
  state.open = { checkpoint, hash, line, number: state.lines, records: [] };
  return undefined;
}

function chainFault(
  state: State,
  header: ExportHeader,
  checkpoint: Checkpoint,
  next: number,
): Fault | undefined {
  const { open } = state;
  const { sequence, deployment, previous, from } = checkpoint;
  if (deployment !== header.deployment) return at(state, "added", "is of another deployment than the header");
  if (sequence > next) {
    return at(
      state,
      "dropped",
      `is checkpoint ${sequence}: checkpoint ${next}, which was before it, is not there`,
    );
  }
  if (sequence < next) {
    return at(state, "reordered", `is checkpoint ${sequence}, where checkpoint ${next} belongs`);
  }
  const isFirst = open === undefined;
  if (isFirst && from !== header.from) return at(state, "changed", "does not begin when the header says");
  if (!isFirst && (previous !== open.hash || from !== open.checkpoint.to)) {
    return at(state, "changed", `is a checkpoint ${sequence} that does not continue the one before: a fork`);
  }
  return undefined;
}

/** Compares the records that followed a checkpoint with its leaves. `missing` is a checkpoint that is not there. */
function closed({ open }: State, missing?: number): Fault | undefined {
  if (open === undefined) return undefined;
  const { records, line, number, checkpoint } = open;
  return faultIn(records, line.leaves, { sequence: checkpoint.sequence, line: number, missing });
}

/** What is wrong before a line that itself is wrong: the first fault is the one to name. */
function soFar({ open }: State): Fault | undefined {
  if (open === undefined) return undefined;
  const { records, line, number, checkpoint } = open;
  const place = { sequence: checkpoint.sequence, line: number, missing: undefined };
  return faultIn(records, line.leaves.slice(0, records.length), place);
}

function end(state: State): Verdict {
  const { header, open, expected } = state;
  const ended = closed(state);
  if (ended !== undefined) return { ok: false, fault: ended };
  const fault = (kind: Fault["kind"], text: string): Verdict => ({ ok: false, fault: at(state, kind, text) });
  if (header === undefined) return fault("dropped", "is the end: the export has no header");
  if (open === undefined) return fault("dropped", "is the end: the export has no checkpoint");
  const { checkpoint, hash } = open;
  if (checkpoint.sequence !== header.last || checkpoint.to !== header.to) {
    const told = `the header tells of checkpoints up to ${header.last} and ${header.to}`;
    return fault("dropped", `is the end, with checkpoint ${checkpoint.sequence}: ${told}`);
  }
  if (isAfter(header.from, expected.from)) {
    return fault(
      "dropped",
      `is the end: what was recorded from ${expected.from} to ${header.from} is not there`,
    );
  }
  if (isAfter(expected.until, header.to)) {
    return fault(
      "dropped",
      `is the end: what was recorded from ${header.to} to ${expected.until} is not there`,
    );
  }
  if (expected.checkpoint !== undefined && !state.isExpectedSeen) {
    return fault("changed", `is the end: checkpoint \`${expected.checkpoint}\` is not in this export`);
  }
  const { deployment, from, to, first, last } = header;
  return { ok: true, deployment, from, to, first, last, records: state.records, lastCheckpoint: hash };
}

function isAfter(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && Date.parse(one) > Date.parse(other);
}

function isSigned(key: KeyObject, { checkpoint, signature }: CheckpointLine): boolean {
  const bytes = Buffer.from(signature, "base64");
  if (bytes.toString("base64") !== signature) return false; // several texts decode to the same bytes
  try {
    return verify("sha256", Buffer.from(checkpoint, "utf8"), { key, dsaEncoding: "der" }, bytes);
  } catch {
    return false; // a signature that is no DER
  }
}

function publicKeyIn(pem: string): KeyObject {
  // A private key would be taken as well, and somebody would have given it away.
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) {
    throw new Error(
      "the key must be a public key in PEM: `aws kms get-public-key`, see docs/record-format.md",
    );
  }
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Error("the key must be an ECC P-256 public key");
  }
  return key;
}

function at({ lines }: State, kind: Fault["kind"], text: string): Fault {
  return { kind, line: lines, sentence: `line ${lines} ${text}` };
}
