// What is too large for a record is stored before the call is sent, or nothing is sent; an answer goes on whatever becomes
// of its copy; and no copy holds what a policy hides, or shows to one agent alone.

import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { recordedBody, storeParameters } from "../../lambdas/flow/offload.ts";
import type { RecordedMasks } from "../../lambdas/model/record.ts";
import { intentOf } from "../../lambdas/recording/records.ts";
import { fakePayloads } from "../fakes/payloads.ts";
import { factsWith, SESSION } from "../recording/facts.ts";
import { callWith } from "../upstream/calls.ts";
import { answerOf, MEGABYTE, Pieces, READ, received, sentCall } from "./sent-calls.ts";

const LARGE = factsWith({ call: { call: callWith({}), maskedParameters: { Key: "k".repeat(9_000) } } });
const NO_MASKS: RecordedMasks = { paths: {}, detectors: {}, unmasked: [], unknown: [] };

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

describe("parameters", () => {
  it("over 8 KB are stored, and the Intent names where", async () => {
    const payloads = fakePayloads();
    const stored = await storeParameters(LARGE, SESSION, { payloads });
    if (stored.kind === "refused") throw new Error(stored.message);
    const { call } = intentOf(stored.facts);
    expect([...payloads.objects.keys()]).toEqual([call?.parametersAt]);
    expect(call?.parametersAt).toBe(`payloads/${SESSION}/${call?.parametersDigest}`);
  });

  it("that cannot be stored refuse the call, to be tried again", async () => {
    const payloads = fakePayloads();
    payloads.failure = new Error("down");
    expect(await storeParameters(LARGE, SESSION, { payloads })).toMatchObject({
      kind: "refused",
      code: "ServiceUnavailable",
    });
  });

  it("that are small cost no write", async () => {
    const payloads = fakePayloads();
    await storeParameters(factsWith(), SESSION, { payloads });
    expect(payloads.puts).toBe(0);
  });
});

describe("an answer", () => {
  it("of 8 KB stands in its Outcome, and costs no write", async () => {
    const { conclude, outcome, payloads } = sentCall(READ);
    await conclude(answerOf(new Pieces([8_192])));
    expect(outcome()?.response).toMatchObject({ bytes: 8_192, text: "\u0001".repeat(8_192) });
    expect(payloads.puts).toBe(0);
  });

  it("of one byte more is a payload under its digest", async () => {
    const { conclude, outcome, payloads } = sentCall(READ);
    await conclude(answerOf(new Pieces([8_192, 1])));
    expect(outcome()?.response).toEqual({
      at: `payloads/${SESSION}/${outcome()?.responseDigest}`,
      bytes: 8_193,
    });
    expect(payloads.objects.size).toBe(1);
  });

  it("goes on when it cannot be stored, and its Outcome keeps the beginning and the digest of all", async () => {
    const { conclude, outcome, payloads } = sentCall(READ);
    payloads.failure = new Error("down");
    const response = await conclude(answerOf(new Pieces([9_000])));
    expect(await received(response)).toEqual({ bytes: 9_000, error: null });
    expect(outcome()).toMatchObject({
      responseDigest: createHash("sha256").update(Buffer.alloc(9_000, 1)).digest("hex"),
      response: { text: "\u0001".repeat(8_192), bytes: 9_000, truncated: true },
    });
  });

  it("that streams leaves its beginning, and is stored nowhere", async () => {
    const { conclude, outcome, payloads } = sentCall(READ);
    await received(await conclude(answerOf(new Pieces([5_000, MEGABYTE, MEGABYTE]))));
    const text = "\u0001".repeat(5_000) + "\u0002".repeat(3_192);
    expect(outcome()?.response).toEqual({ text, bytes: 2 * MEGABYTE + 5_000, truncated: true });
    expect(payloads.puts).toBe(0);
  });

  it.each(["parameters", "metadata"] as const)("is not kept at the level %s", async (record) => {
    const { conclude, outcome, payloads } = sentCall(READ, "GET", { record });
    await conclude(answerOf(new Pieces([9_000])));
    expect(outcome()).not.toHaveProperty("response");
    expect(outcome()?.responseBytes).toBe(9_000);
    expect(payloads.puts).toBe(0);
  });

  it("that gives out credentials is not kept", async () => {
    const { conclude, outcome } = sentCall(callWith({ vendsCredentials: true }));
    await conclude(answerOf(new Pieces([10])));
    expect(outcome()).not.toHaveProperty("response");
  });

  it("of which a policy shows what is hidden by default is not kept", async () => {
    const payloads = fakePayloads();
    const whole = Buffer.from("canary");
    const tally = { bytes: whole.length, digest: "", head: whole };
    const masks = { ...NO_MASKS, unmasked: ["SecretString"] };
    expect(await recordedBody({ whole, tally, masks }, LARGE, { payloads })).toEqual({});
    expect(await recordedBody({ whole, tally, masks: NO_MASKS }, LARGE, { payloads })).toHaveProperty(
      "response",
    );
  });

  it("is kept as its caller got it: no byte of what detectors hid", async () => {
    const pem = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LTdmM2E=\n-----END PRIVATE KEY-----\n";
    const { conclude, outcome, payloads } = sentCall(READ);
    const body = (async function* () {
      yield Buffer.from(`${pem}${"line\n".repeat(2_000)}`);
    })();
    await conclude(answerOf(body));
    const kept = [
      JSON.stringify(outcome()),
      ...[...payloads.objects.values()].map((one) => Buffer.from(one).toString()),
    ];
    expect(payloads.objects.size).toBe(1);
    expect(kept.join()).not.toContain("Y2FuYXJ5LTdmM2E");
  });
});
