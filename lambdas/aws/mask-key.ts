// The key of the mask style `hash`: one MAC of KMS, asked for when a policy first needs it and kept by the warm function.

import type { SessionSecrets } from "../flow/ports.ts";

const MESSAGE = new TextEncoder().encode("countersign/mask-hash/v1");

/** @returns the key's bytes; @throws when KMS does not answer: the answer is withheld then */
export function createMaskKey(secrets: SessionSecrets, keyArn: string): () => Promise<Uint8Array> {
  return async () => Buffer.from(await secrets.secretOf(keyArn, MESSAGE), "base64");
}
