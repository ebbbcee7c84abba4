// Signs checkpoints with a KMS key that nobody can take out (ECC_NIST_P256, kms:Sign only). Decides nothing.

import { type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { CountersignError } from "../boundary/errors.ts";
import type { CheckpointSigner } from "../recording/checkpoint-ports.ts";

export interface CheckpointSignerSetup {
  readonly client: KMSClient;
  readonly keyArn: string;
}

export function createCheckpointSigner({ client, keyArn }: CheckpointSignerSetup): CheckpointSigner {
  return {
    async sign(text) {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyArn,
          Message: Buffer.from(text, "utf8"), // a checkpoint is some 500 bytes, KMS takes 4,096
          MessageType: "RAW",
          SigningAlgorithm: "ECDSA_SHA_256",
        }),
      );
      if (Signature === undefined) throw new CountersignError("unreadable_answer", "KMS gave no signature");
      return Buffer.from(Signature).toString("base64");
    },
  };
}
