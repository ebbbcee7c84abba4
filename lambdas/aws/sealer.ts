// Encrypts what table `state` keeps of calls and tokens: AES-256-GCM under a data key of KMS. Purpose and id are the
// additional data of every text. A held request or a task token has a data key of its own, whose encryption context names
// purpose and id too, so that KMS itself, and its trail, know what was opened. Answers share a data key for five minutes
// or 1,000 of them, which saves KMS on the plain path: there KMS knows only the purpose, and the id is bound by the
// additional data alone. Plain keys are overwritten after use.

import { createCipheriv, createDecipheriv } from "node:crypto";
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import type { Sealer, SealPurpose } from "../approval/ports.ts";
import { CountersignError } from "../boundary/errors.ts";
import type { Clock } from "../net/clock.ts";

const VERSION = "1";
const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SHARED_USES = 1_000;
const SHARED_MS = 300_000;

export interface SealerSetup {
  readonly client: KMSClient;
  readonly keyArn: string;
  readonly clock: Clock;
}

/** A plain data key with the form in which KMS keeps it. `uses` counts the texts sealed with it. */
interface DataKey {
  readonly plain: Uint8Array;
  readonly wrapped: Uint8Array;
  uses: number;
}

interface SharedKey {
  readonly made: Promise<DataKey>;
  readonly atMs: number;
  reserved: number;
}

export function createSealer(setup: SealerSetup): Sealer {
  let shared: SharedKey | undefined;
  const sharedKey = async (): Promise<DataKey> => {
    const now = setup.clock.nowMs();
    const age = now - (shared?.atMs ?? 0);
    // A clock that jumped back makes the key old as well.
    if (shared === undefined || age < 0 || age >= SHARED_MS || shared.reserved >= SHARED_USES) {
      retire(shared);
      shared = { made: generate(setup, contextOf("answer", "")), atMs: now, reserved: 0 };
    }
    const mine = shared;
    mine.reserved += 1;
    try {
      return await mine.made;
    } catch (error) {
      if (shared === mine) shared = undefined;
      throw error;
    }
  };
  return {
    async seal(purpose, id, plain) {
      if (purpose === "answer") return sealWith(await sharedKey(), purpose, id, plain);
      const key = await generate(setup, contextOf(purpose, id));
      try {
        return sealWith(key, purpose, id, plain);
      } finally {
        key.plain.fill(0);
      }
    },
    open: (purpose, id, sealed) => open(setup, purpose, id, sealed),
  };
}

/** Overwrites a shared key once those who wait for it have had their turn: they seal without a pause between. */
function retire(old: SharedKey | undefined): void {
  old?.made.then(
    ({ plain }) => setImmediate(() => plain.fill(0)),
    () => undefined,
  );
}

async function generate(
  { client, keyArn }: SealerSetup,
  context: Readonly<Record<string, string>>,
): Promise<DataKey> {
  const { Plaintext, CiphertextBlob } = await client.send(
    new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: "AES_256", EncryptionContext: context }),
  );
  if (Plaintext?.length !== KEY_BYTES || CiphertextBlob === undefined || CiphertextBlob.length === 0) {
    throw new CountersignError("internal", "the key service gave no usable answer");
  }
  return { plain: Plaintext, wrapped: CiphertextBlob, uses: 0 };
}

/** `1.<wrapped key>.<iv>.<ciphertext and tag>`, each in base64url. */
function sealWith(key: DataKey, purpose: SealPurpose, id: string, plain: Uint8Array): string {
  // INVARIANT: the counter is raised before it is used and only here, so no two texts share key and iv (SP 800-38D, 8.2.1).
  key.uses += 1;
  const iv = Buffer.alloc(IV_BYTES);
  iv.writeUInt32BE(key.uses, IV_BYTES - 4);
  const cipher = createCipheriv(CIPHER, key.plain, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(purpose, id));
  const text = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, encoded(key.wrapped), encoded(iv), encoded(text)].join(".");
}

async function open(
  { client, keyArn }: SealerSetup,
  purpose: SealPurpose,
  id: string,
  sealed: string,
): Promise<Uint8Array> {
  const [version, wrapped, iv, text, ...more] = sealed
    .split(".")
    .map((part, at) => (at === 0 ? part : decoded(part)));
  if (
    version !== VERSION ||
    typeof wrapped !== "object" ||
    typeof iv !== "object" ||
    typeof text !== "object"
  )
    throw unreadable();
  if (more.length > 0 || iv.length !== IV_BYTES || text.length < TAG_BYTES) throw unreadable();
  const { Plaintext } = await client.send(
    new DecryptCommand({
      KeyId: keyArn,
      CiphertextBlob: wrapped,
      EncryptionContext: contextOf(purpose, purpose === "answer" ? "" : id),
    }),
  );
  if (Plaintext?.length !== KEY_BYTES) throw unreadable();
  try {
    const decipher = createDecipheriv(CIPHER, Plaintext, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(purpose, id));
    decipher.setAuthTag(text.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(text.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw unreadable(error);
  } finally {
    Plaintext.fill(0);
  }
}

/** Logged by CloudTrail in clear text: it says what is opened, nothing of what is in it. */
function contextOf(purpose: SealPurpose, id: string): Readonly<Record<string, string>> {
  return { purpose, ...(id !== "" && { id }) };
}

function additionalData(purpose: SealPurpose, id: string): Uint8Array {
  const parts = ["countersign sealed", VERSION, purpose, id].map((part) => Buffer.from(part, "utf8"));
  return Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length}:`), part]));
}

function encoded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

/** Buffer skips what is no base64url: only a text that would be written just so is read. */
function decoded(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === 0 || encoded(bytes) !== text) throw unreadable();
  return bytes;
}

function unreadable(cause?: unknown): CountersignError {
  return new CountersignError("internal", "a sealed text cannot be opened", cause);
}
