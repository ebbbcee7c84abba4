// What checkpoints need from the world. Adapters: lambdas/aws/{record-index,record-texts,checkpoint-store,checkpoint-signer}.ts.

import type { IndexedRecord } from "./checkpoint.ts";
import type { CheckpointLine } from "./export-format.ts";
import type { ItemKey } from "./keys.ts";
import type { StoredText } from "./leaf.ts";

export interface RecordIndex {
  /** The records written in the minute that begins then, as far as the index knows by now. @throws when unreadable */
  writtenIn(startMs: number): Promise<readonly IndexedRecord[]>;
}

export interface CheckpointStore {
  /** The one with the highest sequence, or `none`. @throws when that cannot be known */
  latest(): Promise<CheckpointLine | "none">;
  /** @throws also when there is none under this sequence */
  at(sequence: number): Promise<CheckpointLine>;
  /**
   * Stores it under its sequence, once and for ever. `exists` means that another one stands there. A write of our own
   * that was applied although it seemed to fail counts as `appended`. @throws when it is not known to be stored
   */
  append(sequence: number, line: CheckpointLine): Promise<"appended" | "exists">;
}

export interface CheckpointSigner {
  /** ECDSA P-256 with SHA-256 over the text's UTF-8, DER, base64. @throws when it cannot sign */
  sign(text: string): Promise<string>;
}

export interface RecordTexts {
  /** The records under these keys, in any order; none for a key under which there is none (any more). @throws when unreadable */
  read(keys: readonly ItemKey[]): Promise<readonly StoredText[]>;
}
