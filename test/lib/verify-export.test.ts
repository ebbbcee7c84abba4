// An export proves itself with the public key alone, and one that was touched names what was touched first.
// The full campaign of 10,000 tamperings is run by hand: `node bench/verify.ts`.

import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { checkpointHash } from "../../lambdas/recording/checkpoint.ts";
import { parseLine } from "../../lambdas/recording/export-format.ts";
import { type Expected, verifyExport } from "../../lib/verify-export.ts";
import { DEPLOYMENT, type Exported, exported } from "./exported.ts";
import { firstDifference, randomOf, TAMPERINGS } from "./tamper.ts";

const ROUNDS = 30; // of each tampering

let original: Exported;
let expected: Expected;
beforeAll(async () => {
  original = await exported([5, 0, 9, 1, 0, 12, 3]);
  const lines = original.lines.map(parseLine);
  const last = lines.findLast((line) => line?.type === "checkpoint");
  const checkpoint = checkpointHash(last?.type === "checkpoint" ? last.checkpoint : "");
  expected = { from: original.from, until: original.to, checkpoint };
});

const verified = (lines: readonly string[], more: Expected = expected) =>
  verifyExport(lines, original.publicKeyPem, more);

describe("an export as it was made", () => {
  it("is proved, and says what it covers", async () => {
    const { from, to, records } = original;
    expect(await verified(original.lines)).toEqual({
      ok: true,
      deployment: DEPLOYMENT,
      from,
      to,
      first: 1,
      last: 13,
      records,
      lastCheckpoint: expected.checkpoint,
    });
  });

  it("is proved without anything that is known apart from it", async () => {
    expect((await verified(original.lines, {})).ok).toBe(true);
  });

  it("holds records that came late under a later checkpoint, counted as late", () => {
    const late = original.lines.map(parseLine).flatMap((line) => {
      return line?.type === "checkpoint" ? [(JSON.parse(line.checkpoint) as { late: number }).late] : [];
    });
    expect(late.reduce((sum, each) => sum + each, 0)).toBe(4);
  });
});

describe.each(Object.entries(TAMPERINGS))("somebody who would %s", (name, tamper) => {
  it("is found each time, at the first line that is not as it was", async () => {
    let tried = 0;
    for (let seed = 0; seed < ROUNDS; seed += 1) {
      const tampered = tamper(original, randomOf(seed));
      const difference = firstDifference(original.lines, tampered);
      if (difference === undefined) continue; // a line that was replaced by itself
      tried += 1;
      const verdict = await verified(tampered);
      expect({ seed, ok: verdict.ok }).toEqual({ seed, ok: false });
      // A header that was made to fit shows at the end, a fork at the checkpoint that does not continue it.
      if (verdict.ok || difference === 1 || name.startsWith("fork")) continue;
      const nextTo = [difference - 1, difference];
      expect({ seed, line: nextTo.includes(verdict.fault.line) }).toEqual({ seed, line: true });
    }
    expect(tried).toBeGreaterThan(ROUNDS / 2);
  });
});

describe("the fault", () => {
  const faultOf = async (lines: readonly string[], more?: Expected) => {
    const verdict = await verified(lines, more);
    return verdict.ok ? undefined : verdict.fault;
  };
  // Lines 2 to 6: the first checkpoint with five records.
  const line = (number: number) => original.lines[number - 1] ?? "";

  it("of an edited record names it", async () => {
    const lines = original.lines.with(3, line(4).replace('\\"n\\":', '\\"n\\":1'));
    expect(await faultOf(lines)).toEqual({
      kind: "changed",
      line: 4,
      sentence: "line 4, `SESSION#1` `CALL#1#INTENT`, is not record 2 of checkpoint 1 as it was recorded",
    });
  });

  it("of a dropped record names the place", async () => {
    expect(await faultOf(original.lines.toSpliced(3, 1))).toMatchObject({ kind: "dropped", line: 4 });
    expect(await faultOf(original.lines.toSpliced(6, 1))).toEqual({
      kind: "dropped",
      line: 6,
      sentence: "after line 6, record 5 of checkpoint 1 was dropped",
    });
  });

  it("of an added, a copied and a moved record says so", async () => {
    expect(await faultOf(original.lines.toSpliced(4, 0, line(3)))).toMatchObject({ kind: "added", line: 5 });
    expect(await faultOf(original.lines.toSpliced(7, 0, line(3)))).toMatchObject({ kind: "added", line: 8 });
    const swapped = original.lines.with(2, line(5)).with(4, line(3));
    expect(await faultOf(swapped)).toMatchObject({ kind: "reordered", line: 3 });
  });

  it("of a record before a broken line is the record's", async () => {
    const lines = original.lines.toSpliced(3, 1).with(5, "{}");
    expect(await faultOf(lines)).toMatchObject({ kind: "dropped", line: 4 });
  });

  it("of a dropped checkpoint names its sequence", async () => {
    expect(await faultOf(original.lines.toSpliced(7, 1))).toMatchObject({
      kind: "dropped",
      sentence: "line 8 is checkpoint 3: checkpoint 2, which was before it, is not there",
    });
  });

  it("of an export that ends too early is found by the time that was asked for alone", async () => {
    const { until } = expected;
    const short = TAMPERINGS["truncate after a checkpoint, and the header"](original, randomOf(1));
    expect((await verified(short, {})).ok).toBe(true);
    expect(await faultOf(short, { until })).toMatchObject({ kind: "dropped" });
  });

  it.each([
    ["last sequence", '"last":13', '"last":14'],
    ["first sequence", '"first":1', '"first":2'],
    ["beginning", "T03:00:00.000Z", "T02:59:00.000Z"],
    ["end", "T03:13:00.000Z", "T03:14:00.000Z"],
    ["deployment", DEPLOYMENT, "Another-Sessions"],
  ])("of a header with another %s is found with the key alone", async (_what, from, to) => {
    expect(line(1)).toContain(from);
    expect((await verified(original.lines.with(0, line(1).replace(from, to)), {})).ok).toBe(false);
  });

  it("of a signature in another spelling of the same bytes is the checkpoint's", async () => {
    const respelled = line(2).replace('","leaves"', ' ","leaves"'); // base64 is read with white space in it
    expect(await faultOf(original.lines.with(1, respelled))).toMatchObject({ kind: "changed", line: 2 });
  });

  it("of an empty export, and of one with a header alone, is that nothing is there", async () => {
    expect(await faultOf([])).toMatchObject({ kind: "dropped" });
    expect(await faultOf([line(1)])).toMatchObject({ kind: "dropped" });
  });

  it("of another deployment's key is the first signature", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    const verdict = await verifyExport(original.lines, pem);
    expect(verdict).toMatchObject({ ok: false, fault: { kind: "changed", line: 2 } });
  });
});

describe("the key", () => {
  it("must be a P-256 public key in PEM", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const spki = publicKey.export({ type: "spki", format: "pem" }) as string;
    const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    await expect(verifyExport([], spki)).rejects.toThrow("P-256");
    await expect(verifyExport([], pkcs8)).rejects.toThrow("public key");
    await expect(verifyExport([], "")).rejects.toThrow("public key");
  });
});

describe("an export of hostile records", () => {
  it("is proved whatever an agent wrote, one record in one line", async () => {
    const hostile = ['"}\n{"type":"record"', "\u2028\u2029\r\n", "\u0000\ud83d", "\u202e", "é🦊", '\\"\\\\'];
    const made = await exported([6], (index) => JSON.stringify({ text: hostile[index % 6] }));
    expect(made.lines.every((each) => !/[\n\r]/.test(each))).toBe(true);
    expect(await verifyExport(made.lines, made.publicKeyPem)).toMatchObject({ ok: true, records: 6 });
  });
});
