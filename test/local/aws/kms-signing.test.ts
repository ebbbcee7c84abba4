// Signatures of the small KMS, as an unmodified SDK asks for them.

import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allow, codeOf, emptyResources, GATEWAY, HMAC, type Lab, openLab, REGION } from "./harness.ts";

const SIGNING = { keyId: "sign-1", arn: `arn:aws:kms:${REGION}:${GATEWAY}:key/sign-1` };
const BY_ALGORITHM = { StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256" } };
const dataDirectory = mkdtempSync(join(tmpdir(), "signing-"));
const open = () => openLab({ dataDirectory, resources: { ...emptyResources(), signingKeys: [SIGNING] } });

let lab: Lab;
beforeAll(async () => {
  lab = await open();
});
afterAll(async () => {
  await lab.stop();
  rmSync(dataDirectory, { recursive: true });
});

function signer(...actions: string[]): KMSClient {
  const statements = actions.map((action) =>
    allow(action, SIGNING.arn, action === "kms:Sign" ? BY_ALGORITHM : undefined),
  );
  return new KMSClient(lab.client(lab.roleWith(GATEWAY, ...statements)));
}

const asked = (change: object = {}) =>
  new SignCommand({
    KeyId: SIGNING.arn,
    Message: Buffer.from("text"),
    MessageType: "RAW",
    SigningAlgorithm: "ECDSA_SHA_256",
    ...change,
  });

async function publicKey(): Promise<Buffer> {
  const { PublicKey } = await signer("kms:GetPublicKey").send(
    new GetPublicKeyCommand({ KeyId: SIGNING.arn }),
  );
  return Buffer.from(PublicKey ?? []);
}

test("a signature is proved by the public key, and by no other text", async () => {
  const { Signature = new Uint8Array() } = await signer("kms:Sign").send(asked());
  const key = createPublicKey({ key: await publicKey(), format: "der", type: "spki" });
  expect(key.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(verify("sha256", Buffer.from("text"), key, Signature)).toBe(true);
  expect(verify("sha256", Buffer.from("texu"), key, Signature)).toBe(false);
});

test("the key outlives a restart", async () => {
  const before = await publicKey();
  await lab.stop();
  lab = await open();
  expect((await publicKey()).equals(before)).toBe(true);
});

test("each operation asks IAM for its own action", async () => {
  expect(await codeOf(signer("kms:GetPublicKey").send(asked()))).toBe("AccessDeniedException");
  const key = new GetPublicKeyCommand({ KeyId: SIGNING.arn });
  expect(await codeOf(signer("kms:Sign").send(key))).toBe("AccessDeniedException");
});

test("what these keys do not do is refused", async () => {
  const client = signer("kms:Sign");
  expect(await codeOf(client.send(asked({ MessageType: "DIGEST" })))).toBe("ValidationException");
  expect(await codeOf(client.send(asked({ SigningAlgorithm: "ECDSA_SHA_384" })))).toBe("ValidationException");
  expect(await codeOf(client.send(asked({ Message: Buffer.alloc(4_097) })))).toBe("ValidationException");
  expect(await codeOf(client.send(asked({ KeyId: HMAC.arn })))).toBe("InvalidKeyUsageException");
});
