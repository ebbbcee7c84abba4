// Computes the secrets of sessions: HMAC under a KMS key that never leaves KMS. Nothing is stored; a warm function keeps
// a bounded number of them. Which bytes are signed for a session, and whether the session exists, is identity's.

import { createHash } from "node:crypto";
import { GenerateMacCommand, type KMSClient } from "@aws-sdk/client-kms";
import { CountersignError } from "../boundary/errors.ts";
import type { SessionSecrets } from "../flow/ports.ts";
import { LruMap } from "./lru-map.ts";

const REMEMBERED_SECRETS = 2_000;
const MAC_BYTES = 32;

export function createSessionSecrets({ client }: { readonly client: KMSClient }): SessionSecrets {
  const secrets = new LruMap<string, Promise<string>>(REMEMBERED_SECRETS);
  return {
    secretOf(keyArn, message) {
      const cacheKey = JSON.stringify([keyArn, createHash("sha256").update(message).digest("base64")]);
      const remembered = secrets.get(cacheKey);
      if (remembered !== undefined) return remembered;
      const pending = generate(client, keyArn, message);
      secrets.set(cacheKey, pending);
      pending.catch(() => {
        if (secrets.get(cacheKey) === pending) secrets.delete(cacheKey);
      });
      return pending;
    },
  };
}

async function generate(client: KMSClient, keyArn: string, message: Uint8Array): Promise<string> {
  const { Mac } = await client.send(
    new GenerateMacCommand({ KeyId: keyArn, Message: message, MacAlgorithm: "HMAC_SHA_256" }),
  );
  // A missing MAC must never become the secret "undefined" (or the empty one).
  if (Mac?.length !== MAC_BYTES)
    throw new CountersignError("internal", "the key service gave no usable answer");
  return Buffer.from(Mac).toString("base64");
}
