// Stands in for KMS: HMACs and signatures under keys whose material never leaves, and simple symmetric encryption. Key policies are
// taken to delegate to IAM, as CDK writes them. Material lives in the world's state, so it survives a restart.

import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import {
  blobOf,
  type JsonInput,
  type JsonOperation,
  type JsonPlan,
  jsonService,
  optionalText,
  textOf,
  validation,
} from "./json-service.ts";
import { signingOperations } from "./kms-signing.ts";
import type { Context } from "./service.ts";
import { AwsError, type Need } from "./wire.ts";
import type { Account, KmsKey } from "./world.ts";

const MAX_MESSAGE = 4_096;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES: ReadonlyMap<string, number> = new Map([
  ["AES_128", 16],
  ["AES_256", 32],
]);

const operations: ReadonlyMap<string, JsonOperation> = new Map([
  ["GenerateMac", { members: ["Message", "KeyId", "MacAlgorithm"], plan: generateMac }],
  ["VerifyMac", { members: ["Message", "KeyId", "MacAlgorithm", "Mac"], plan: verifyMac }],
  ["Encrypt", { members: ["KeyId", "Plaintext", "EncryptionContext"], plan: encrypt }],
  ["Decrypt", { members: ["KeyId", "CiphertextBlob", "EncryptionContext"], plan: decrypt }],
  ["GenerateDataKey", { members: ["KeyId", "KeySpec", "EncryptionContext"], plan: generateDataKey }],
  ...signingOperations(keyOf),
]);

export const kms = jsonService({
  name: "kms",
  target: "TrentService",
  contentType: "application/x-amz-json-1.1",
  operations,
});

/** What IAM must allow when another service uses a customer key for the caller. */
export function keyNeed(action: string, keyArn: string, service: string, region: string): Need {
  return { action, resource: keyArn, context: { "kms:viaservice": [`${service}.${region}.amazonaws.com`] } };
}

function generateMac(input: JsonInput, context: Context): JsonPlan {
  const key = keyOf(input, context, "GENERATE_VERIFY_MAC");
  const message = messageOf(input);
  return {
    needs: [{ action: "kms:GenerateMac", resource: key.arn }],
    run: () => ({
      Mac: macOf(key, message).toString("base64"),
      KeyId: key.arn,
      MacAlgorithm: "HMAC_SHA_256",
    }),
  };
}

function verifyMac(input: JsonInput, context: Context): JsonPlan {
  const key = keyOf(input, context, "GENERATE_VERIFY_MAC");
  const message = messageOf(input);
  const mac = blobOf(input, "Mac");
  return {
    needs: [{ action: "kms:VerifyMac", resource: key.arn }],
    run: () => {
      const expected = macOf(key, message);
      if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) {
        throw new AwsError("KMSInvalidMacException", 400, "the MAC does not match");
      }
      return { MacValid: true, KeyId: key.arn, MacAlgorithm: "HMAC_SHA_256" };
    },
  };
}

function encrypt(input: JsonInput, context: Context): JsonPlan {
  const key = keyOf(input, context, "ENCRYPT_DECRYPT");
  const plaintext = blobOf(input, "Plaintext");
  const associated = encryptionContext(input);
  return {
    needs: [{ action: "kms:Encrypt", resource: key.arn, context: contextKeys(input) }],
    run: () => ({
      CiphertextBlob: seal(key, plaintext, associated).toString("base64"),
      KeyId: key.arn,
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    }),
  };
}

function decrypt(input: JsonInput, context: Context): JsonPlan {
  const blob = blobOf(input, "CiphertextBlob");
  const named = blob.subarray(1, 1 + (blob[0] ?? 0)).toString("utf8");
  const key = findKey(named, context.account);
  if (key === undefined || (input.KeyId !== undefined && keyOf(input, context, "ENCRYPT_DECRYPT") !== key)) {
    throw new AwsError("InvalidCiphertextException", 400, "the ciphertext is not of this key");
  }
  const associated = encryptionContext(input);
  return {
    needs: [{ action: "kms:Decrypt", resource: key.arn, context: contextKeys(input) }],
    run: () => ({
      Plaintext: open(key, blob, associated).toString("base64"),
      KeyId: key.arn,
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
    }),
  };
}

function generateDataKey(input: JsonInput, context: Context): JsonPlan {
  const key = keyOf(input, context, "ENCRYPT_DECRYPT");
  const length = DATA_KEY_BYTES.get(textOf(input, "KeySpec"));
  if (length === undefined) throw validation("KeySpec is AES_128 or AES_256");
  const associated = encryptionContext(input);
  return {
    needs: [{ action: "kms:GenerateDataKey", resource: key.arn, context: contextKeys(input) }],
    run: () => {
      const plaintext = randomBytes(length);
      const blob = seal(key, plaintext, associated);
      return {
        CiphertextBlob: blob.toString("base64"),
        Plaintext: plaintext.toString("base64"),
        KeyId: key.arn,
      };
    },
  };
}

function keyOf(input: JsonInput, { account }: Context, usage: KmsKey["usage"]): KmsKey {
  const named = textOf(input, "KeyId");
  const key = findKey(named, account);
  // a key of another account would need its key policy: none is modelled, so it is as good as absent
  if (key === undefined) throw new AwsError("NotFoundException", 400, `Key '${named}' does not exist`);
  if (key.usage !== usage)
    throw new AwsError("InvalidKeyUsageException", 400, `${key.arn} is for ${key.usage}`);
  return key;
}

function findKey(named: string, account: Account): KmsKey | undefined {
  return account.keys.get(named) ?? [...account.keys.values()].find(({ arn }) => arn === named);
}

function messageOf(input: JsonInput): Buffer {
  const algorithm = optionalText(input, "MacAlgorithm");
  if (algorithm !== "HMAC_SHA_256")
    throw validation("MacAlgorithm must be HMAC_SHA_256, the algorithm of these keys");
  const message = blobOf(input, "Message");
  if (message.length > MAX_MESSAGE) throw validation("a message has at most 4,096 bytes");
  return message;
}

function macOf(key: KmsKey, message: Uint8Array): Buffer {
  return createHmac("sha256", key.material).update(message).digest();
}

function pairsOf(input: JsonInput): readonly (readonly [string, string])[] {
  const given = input.EncryptionContext ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw validation("EncryptionContext is a map");
  return Object.entries(given).map(([name, value]) => {
    if (typeof value !== "string") throw validation("EncryptionContext holds strings");
    return [name, value];
  });
}

function encryptionContext(input: JsonInput): Buffer {
  return Buffer.from(JSON.stringify(pairsOf(input).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** Condition keys of the context's pairs, and of their names. */
function contextKeys(input: JsonInput): NonNullable<Need["context"]> {
  const pairs = pairsOf(input);
  return {
    ...Object.fromEntries(
      pairs.map(([name, value]) => [`kms:encryptioncontext:${name.toLowerCase()}`, [value]]),
    ),
    ...(pairs.length > 0 && { "kms:encryptioncontextkeys": pairs.map(([name]) => name) }),
  };
}

/** One byte of length, the key id, iv, tag, ciphertext. */
function seal(key: KmsKey, plaintext: Uint8Array, associated: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.material, iv).setAAD(associated);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const id = Buffer.from(key.keyId);
  return Buffer.concat([Buffer.of(id.length), id, iv, cipher.getAuthTag(), sealed]);
}

function open(key: KmsKey, blob: Buffer, associated: Uint8Array): Buffer {
  const start = 1 + (blob[0] ?? 0);
  const sealedAt = start + IV_BYTES + TAG_BYTES;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.material, blob.subarray(start, start + IV_BYTES));
    decipher.setAAD(associated).setAuthTag(blob.subarray(start + IV_BYTES, sealedAt));
    return Buffer.concat([decipher.update(blob.subarray(sealedAt)), decipher.final()]);
  } catch {
    throw new AwsError("InvalidCiphertextException", 400, "the ciphertext or its context was changed");
  }
}
