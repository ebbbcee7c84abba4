// What a record keeps of a body: all of a small one, byte for byte, and of a larger one its beginning.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordedBody } from "../../lambdas/model/record.ts";
import { INLINE_BYTES, inlineBody } from "../../lambdas/recording/payloads.ts";
import { intentOf, largeParameters } from "../../lambdas/recording/records.ts";
import { callWith } from "../upstream/calls.ts";
import { factsWith, outcome } from "./facts.ts";

function bytesOf(body: RecordedBody): Buffer {
  if ("text" in body) return Buffer.from(body.text, "utf8");
  if ("base64" in body) return Buffer.from(body.base64, "base64");
  throw new Error("it is elsewhere");
}

const stored = (body: RecordedBody): RecordedBody => JSON.parse(JSON.stringify(body));

describe("a body in a record", () => {
  it("is read back byte for byte, whatever bytes it has", () => {
    const text = fc.string({ unit: "binary" }).map((one) => Buffer.from(one, "utf8"));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), text), (bytes) => {
        const body = stored(inlineBody(bytes, bytes.length));
        expect(bytesOf(body)).toEqual(Buffer.from(bytes));
        expect(body).not.toHaveProperty("truncated");
      }),
    );
  });

  it("keeps a byte order mark and control characters as text", () => {
    const bytes = Buffer.from("\uFEFFa\u0000\u2028", "utf8");
    expect(inlineBody(bytes, bytes.length)).toMatchObject({ text: "\uFEFFa\u0000\u2028" });
  });

  it.each([0, 1, 2, 3])("that is cut within a character stays text, %i bytes before its end", (before) => {
    const bytes = Buffer.from(`${"a".repeat(INLINE_BYTES - before)}🦊🦊`, "utf8");
    expect(inlineBody(bytes, bytes.length)).toEqual({
      text: "a".repeat(INLINE_BYTES - before),
      bytes: bytes.length,
      truncated: true,
    });
  });

  it("that is no text is cut at 8 KB", () => {
    const body = inlineBody(Buffer.alloc(INLINE_BYTES + 1, 0xff), INLINE_BYTES + 1);
    expect(bytesOf(body)).toHaveLength(INLINE_BYTES);
    expect(body).toMatchObject({ bytes: INLINE_BYTES + 1, truncated: true });
  });

  it("leaves the record far below the 400 KB of an item, at its worst", () => {
    const worst = inlineBody(Buffer.alloc(INLINE_BYTES), INLINE_BYTES);
    expect(JSON.stringify(outcome({ response: worst })).length).toBeLessThan(100_000);
  });
});

describe("large parameters", () => {
  const call = (size: number) => ({ call: callWith({}), maskedParameters: { Key: "k".repeat(size) } });
  const parametersAt = "payloads/s/d";

  it("are told by their place, digest and size", () => {
    const facts = factsWith({ call: { ...call(9_000), parametersAt } });
    expect(largeParameters(facts)).toMatchObject({ bytes: 9_010 });
    expect(intentOf(facts).call).toMatchObject({ parameters: null, parametersBytes: 9_010, parametersAt });
  });

  it("are none to store when small, or when the policies keep parameters out of the record", () => {
    const obligations = { scope: "call", record: "metadata" } as const;
    const decision = { kind: "permit", policies: ["p"], obligations, policyVersion: "v1" } as const;
    expect(largeParameters(factsWith())).toBeUndefined();
    expect(largeParameters(factsWith({ call: call(9_000), decision }))).toBeUndefined();
  });
});
