// What checkpoints need of the world, in memory: an index that may lag, a store that takes each sequence once, a key.

import { generateKeyPairSync, sign } from "node:crypto";
import type { IndexedRecord } from "../../lambdas/recording/checkpoint.ts";
import { parseCheckpoint } from "../../lambdas/recording/checkpoint.ts";
import type {
  CheckpointSigner,
  CheckpointStore,
  RecordIndex,
} from "../../lambdas/recording/checkpoint-ports.ts";
import type { CheckpointLine } from "../../lambdas/recording/export-format.ts";
import { leafHashOf, type StoredText } from "../../lambdas/recording/leaf.ts";
import { startOfMinute } from "../../lambdas/recording/minutes.ts";

interface Written extends StoredText {
  readonly at: string;
  readonly leaf: string;
  readonly minuteMs: number;
  readonly visibleFromMs: number;
}

export interface FakeTable extends RecordIndex {
  /** Everything that was written, by leaf. */
  readonly items: Map<string, Written>;
  /** Writes a record; the index shows it so much later. */
  write(record: StoredText, writtenMs: number, lagMs?: number): void;
}

export function fakeTable(clock: { readonly nowMs: () => number }): FakeTable {
  const items = new Map<string, Written>();
  return {
    items,
    write(record, writtenMs, lagMs = 0) {
      const leaf = leafHashOf(record);
      const at = new Date(writtenMs).toISOString();
      const minuteMs = startOfMinute(writtenMs);
      items.set(leaf, { ...record, at, leaf, minuteMs, visibleFromMs: writtenMs + lagMs });
    },
    async writtenIn(startMs): Promise<readonly IndexedRecord[]> {
      const now = clock.nowMs();
      return [...items.values()].filter(
        ({ minuteMs, visibleFromMs }) => minuteMs === startMs && visibleFromMs <= now,
      );
    },
  };
}

export interface FakeCheckpointStore extends CheckpointStore {
  readonly stored: Map<number, CheckpointLine>;
}

export function fakeCheckpointStore(): FakeCheckpointStore {
  const stored = new Map<number, CheckpointLine>();
  return {
    stored,
    async latest() {
      return stored.get(Math.max(0, ...stored.keys())) ?? "none";
    },
    async at(sequence) {
      const line = stored.get(sequence);
      if (line === undefined) throw new Error(`there is no checkpoint ${sequence}`);
      return line;
    },
    async append(sequence, line) {
      if (parseCheckpoint(line.checkpoint)?.sequence !== sequence) throw new Error("another sequence");
      if (stored.has(sequence)) return "exists";
      stored.set(sequence, line);
      return "appended";
    },
  };
}

export interface FakeSigner extends CheckpointSigner {
  readonly publicKeyPem: string;
  signNow(text: string): string;
}

export function fakeSigner(): FakeSigner {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signNow = (text: string) => sign("sha256", Buffer.from(text, "utf8"), privateKey).toString("base64");
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    signNow,
    sign: async (text) => signNow(text),
  };
}
