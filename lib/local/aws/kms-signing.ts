// The signing half of the stand-in for KMS: ECDSA over P-256 with keys that never leave, and their public halves.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { blobOf, type JsonInput, type JsonOperation, textOf, validation } from "./json-service.ts";
import type { Context } from "./service.ts";
import type { KmsKey } from "./world.ts";

const MAX_MESSAGE = 4_096;
const ALGORITHM = "ECDSA_SHA_256";

type FindKey = (input: JsonInput, context: Context, usage: KmsKey["usage"]) => KmsKey;

/** The material of a new key: a private key, PKCS #8. */
export function newSigningMaterial(): Uint8Array {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return privateKey.export({ format: "der", type: "pkcs8" });
}

/** `keyOf` finds the key that the input names, for its usage. */
export function signingOperations(keyOf: FindKey): readonly (readonly [string, JsonOperation])[] {
  const signMessage: JsonOperation = {
    members: ["KeyId", "Message", "MessageType", "SigningAlgorithm"],
    plan: (input, context) => {
      const key = keyOf(input, context, "SIGN_VERIFY");
      if (textOf(input, "SigningAlgorithm") !== ALGORITHM) {
        throw validation(`SigningAlgorithm must be ${ALGORITHM}, the algorithm of these keys`);
      }
      // KMS hashes a RAW message itself; a DIGEST would be hashed twice here.
      if (textOf(input, "MessageType") !== "RAW") throw validation("MessageType must be RAW");
      const message = blobOf(input, "Message");
      if (message.length > MAX_MESSAGE) throw validation("a message has at most 4,096 bytes");
      return {
        needs: [{ action: "kms:Sign", resource: key.arn, context: { "kms:signingalgorithm": [ALGORITHM] } }],
        run: () => ({
          KeyId: key.arn,
          Signature: sign("sha256", message, { key: privateKeyOf(key), dsaEncoding: "der" }).toString(
            "base64",
          ),
          SigningAlgorithm: ALGORITHM,
        }),
      };
    },
  };
  const getPublicKey: JsonOperation = {
    members: ["KeyId"],
    plan: (input, context) => {
      const key = keyOf(input, context, "SIGN_VERIFY");
      return {
        needs: [{ action: "kms:GetPublicKey", resource: key.arn }],
        run: () => ({
          KeyId: key.arn,
          PublicKey: createPublicKey(privateKeyOf(key))
            .export({ format: "der", type: "spki" })
            .toString("base64"),
          KeySpec: "ECC_NIST_P256",
          KeyUsage: "SIGN_VERIFY",
          SigningAlgorithms: [ALGORITHM],
        }),
      };
    },
  };
  return [
    ["Sign", signMessage],
    ["GetPublicKey", getPublicKey],
  ];
}

function privateKeyOf({ material }: KmsKey): KeyObject {
  return createPrivateKey({ key: Buffer.from(material), format: "der", type: "pkcs8" });
}
