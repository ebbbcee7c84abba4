// What is sealed opens for the same purpose and id only, and no changed byte passes. KMS is faked: it checks the context.

import { createHash, randomBytes } from "node:crypto";
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import { beforeEach, describe, expect, it } from "vitest";
import type { SealPurpose } from "../../lambdas/approval/ports.ts";
import { createSealer } from "../../lambdas/aws/sealer.ts";

let nowMs = 0;
let generated = 0;
let plains: Uint8Array[] = [];
beforeEach(() => {
  [nowMs, generated, plains] = [0, 0, []];
});

function fakeKms(): KMSClient {
  const keys = new Map<string, { readonly plain: Buffer; readonly context: string }>();
  const contextOf = (context: object | undefined) => JSON.stringify(Object.entries(context ?? {}).sort());
  return {
    async send(command: unknown) {
      if (command instanceof GenerateDataKeyCommand) {
        generated += 1;
        const [wrapped, plain] = [randomBytes(48), randomBytes(32)];
        keys.set(wrapped.toString("hex"), { plain, context: contextOf(command.input.EncryptionContext) });
        const Plaintext = Uint8Array.from(plain);
        plains.push(Plaintext);
        return { Plaintext, CiphertextBlob: wrapped };
      }
      if (!(command instanceof DecryptCommand)) throw new Error("not faked");
      const key = keys.get(Buffer.from(command.input.CiphertextBlob ?? []).toString("hex"));
      if (key?.context !== contextOf(command.input.EncryptionContext))
        throw new Error("InvalidCiphertextException");
      return { Plaintext: Uint8Array.from(key.plain) };
    },
  } as unknown as KMSClient;
}
const sealer = () => createSealer({ client: fakeKms(), keyArn: "k", clock: { nowMs: () => nowMs } });
const plain = Buffer.from("a held request");
const PURPOSES: readonly SealPurpose[] = ["held-request", "task-token", "answer"];

describe.each(PURPOSES)("a sealed %s", (purpose) => {
  it("opens as it was", async () => {
    const seals = sealer();
    expect(Buffer.from(await seals.open(purpose, "id", await seals.seal(purpose, "id", plain)))).toEqual(
      plain,
    );
    expect(await seals.open(purpose, "id", await seals.seal(purpose, "id", new Uint8Array()))).toHaveLength(
      0,
    );
  });

  it("does not open under another id or for another purpose", async () => {
    const seals = sealer();
    const sealed = await seals.seal(purpose, "id", plain);
    await expect(seals.open(purpose, "id2", sealed)).rejects.toThrow();
    for (const other of PURPOSES.filter((one) => one !== purpose)) {
      await expect(seals.open(other, "id", sealed)).rejects.toThrow();
    }
  });

  it("does not open with any character changed, added or taken away", async () => {
    const seals = sealer();
    const sealed = await seals.seal(purpose, "id", plain);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === "A" ? "B" : "A"}${sealed.slice(at + 1)}`;
      await expect(seals.open(purpose, "id", changed)).rejects.toThrow();
      await expect(seals.open(purpose, "id", sealed.slice(0, at))).rejects.toThrow();
    }
    await expect(seals.open(purpose, "id", `${sealed}=`)).rejects.toThrow();
    await expect(seals.open(purpose, "id", `${sealed}.AAAA`)).rejects.toThrow();
  });
});

describe("data keys", () => {
  const wrappedIn = (sealed: string) =>
    createHash("sha256")
      .update(sealed.split(".")[1] ?? "")
      .digest("hex");
  it("are new for each request and token, and overwritten after use", async () => {
    const seals = sealer();
    await seals.seal("held-request", "a", plain);
    await seals.seal("task-token", "a", plain);
    expect(generated).toBe(2);
    expect(plains.every((key) => key.every((byte) => byte === 0))).toBe(true);
  });

  it("are shared by 1,000 answers and for five minutes, never with the same iv", async () => {
    const seals = sealer();
    const sealed = await Promise.all(
      Array.from({ length: 1_001 }, (_, at) => seals.seal("answer", `${at}`, plain)),
    );
    expect(generated).toBe(2);
    expect(new Set(sealed.map((text) => text.split(".").slice(1, 3).join("."))).size).toBe(1_001);
    nowMs = 299_999;
    const last = await seals.seal("answer", "x", plain);
    nowMs = 300_000;
    expect(wrappedIn(await seals.seal("answer", "x", plain))).not.toBe(wrappedIn(last));
    expect(Buffer.from(await seals.open("answer", "x", last))).toEqual(plain);
  });

  it("are asked for again after KMS failed, and never short", async () => {
    const answers = [{}, { Plaintext: new Uint8Array(16), CiphertextBlob: new Uint8Array(8) }];
    const client = { send: async () => answers.shift() } as unknown as KMSClient;
    const seals = createSealer({ client, keyArn: "k", clock: { nowMs: () => nowMs } });
    await expect(seals.seal("answer", "x", plain)).rejects.toMatchObject({ code: "internal" });
    await expect(seals.seal("held-request", "x", plain)).rejects.toMatchObject({ code: "internal" });
    expect(answers).toHaveLength(0);
  });
});
