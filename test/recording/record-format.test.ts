// docs/record-format.md is the specification: its vectors hold, and whatever is not in its only spelling is not read.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Order, Outcome, Reading, RecordedBody } from "../../lambdas/model/record.ts";
import { checkpointText, parseCheckpoint } from "../../lambdas/recording/checkpoint.ts";
import { parseLine, writeLine } from "../../lambdas/recording/export-format.ts";
import { leafBytes, leafHashOf, type StoredText } from "../../lambdas/recording/leaf.ts";
import { minuteBucket, minuteBuckets, startOfMinute } from "../../lambdas/recording/minutes.ts";
import { verifyExport } from "../../lib/verify-export.ts";
import { callWith } from "../upstream/calls.ts";
import { intent, opening, outcome } from "./facts.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../docs/record-format.md"), "utf8");

function block(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\n([^\`]*)^\`\`\`$`, "m").exec(DOCUMENT) ?? [];
  if (text === undefined) throw new Error(`the document has no block \`${language}\``);
  return text;
}

const VECTORS = JSON.parse(block("json vectors")) as readonly (StoredText & { readonly leaf: string })[];
const EXPORT = block("jsonl export").trimEnd().split("\n");

const PERSON = {
  version: 1,
  at: "2026-01-02T03:04:05.006Z",
  gatewayRequestId: "r-1",
  reader: {
    issuer: "https://idp.example",
    subject: "ada",
    name: "Ada Admin",
    as: "administrator",
    sourceIp: "192.0.2.1",
    userAgent: "browser",
  },
} as const;
const READING: Reading = { ...PERSON, phase: "READ", asked: "GET /api/calls" };
const ORDER: Order = {
  ...PERSON,
  phase: "ORDER",
  order: "hold",
  target: { kind: "session", id: "s" },
  reason: "an inquiry",
};

function largeOutcome(response: RecordedBody): Outcome {
  const call = { call: callWith({}), maskedParameters: { Key: "k".repeat(9_000) } };
  return outcome({ response }, { call: { ...call, parametersAt: "payloads/s/d" } });
}

function expectNamed(...parts: readonly (object | null | undefined)[]): void {
  for (const part of parts)
    for (const name of Object.keys(part ?? {})) expect(DOCUMENT).toContain(`\`${name}\``);
}

describe("the document", () => {
  it.each(VECTORS.map((vector, index) => [index + 1, vector] as const))(
    "has the leaf of vector %i",
    (_n, { leaf, ...stored }) => {
      expect(leafHashOf(stored)).toBe(leaf);
    },
  );

  it("has an export that verifies with its key", async () => {
    expect(await verifyExport(EXPORT, block("pem"))).toMatchObject({ ok: true, last: 2, records: 3 });
  });

  it.each([
    ["OPEN", opening()],
    ["INTENT", intent()],
    ["OUTCOME", outcome({ unrecorded: 1 })],
    ["OUTCOME, of a large call", largeOutcome({ text: "", bytes: 1, truncated: true })],
    ["OUTCOME, of a large answer", largeOutcome({ at: "payloads/s/d", bytes: 9_000 })],
    ["OUTCOME, of an answer that is no text", largeOutcome({ base64: "/w==", bytes: 1 })],
    ["OUTCOME, by the reconciler", { ...outcome(), closedBy: "reconciler" } as const],
  ])("names every member of a record of phase %s", (_phase, record) => {
    const { caller, call, decision } = record;
    const response = "response" in record ? record.response : undefined;
    expectNamed(record, caller, call, decision, call?.actions[0], response);
  });

  it.each([
    ["READ", READING],
    ["ORDER", ORDER],
  ])("names every member of a person's record of phase %s", (_phase, record) => {
    expectNamed(record, record.reader, "target" in record ? record.target : undefined);
  });
});

const TEXT = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
const STORED = fc.record({ pk: TEXT, sk: TEXT, record: TEXT });

describe("a leaf", () => {
  it("is another one for any other keys and text", () => {
    fc.assert(
      fc.property(STORED, STORED, (one, other) => {
        const isSame = one.pk === other.pk && one.sk === other.sk && one.record === other.record;
        expect(Buffer.compare(leafBytes(one), leafBytes(other)) === 0).toBe(isSame);
      }),
    );
  });

  it("does not let text move from one part into the next", () => {
    const parts = fc.tuple(TEXT, fc.nat(20), fc.nat(20));
    fc.assert(
      fc.property(parts, parts, ([text, a, b], [, c, d]) => {
        const cut = (one: number, two: number): StoredText => {
          const [first, second] = [Math.min(one, two), Math.max(one, two)];
          return { pk: text.slice(0, first), sk: text.slice(first, second), record: text.slice(second) };
        };
        const [left, right] = [cut(a, b), cut(c, d)];
        fc.pre(
          [...Object.values(left), ...Object.values(right)].every((part: string) => part.isWellFormed()),
        );
        fc.pre(left.pk !== right.pk || left.sk !== right.sk);
        expect(leafHashOf(left)).not.toBe(leafHashOf(right));
      }),
    );
  });
});

describe("a line of an export", () => {
  it("is read as it was written, whatever it holds", () => {
    fc.assert(
      fc.property(STORED, (stored) => {
        const line = { ...stored, type: "record" } as const;
        expect(parseLine(writeLine(line))).toEqual(line);
      }),
    );
  });

  it.each([
    ["with white space", '{"type":"record", "pk":"a","sk":"b","record":"{}"}'],
    ["in another order", '{"type":"record","sk":"b","pk":"a","record":"{}"}'],
    ["with a member twice", '{"type":"record","pk":"a","sk":"b","record":"x","record":"{}"}'],
    ["with a further member", '{"type":"record","pk":"a","sk":"b","record":"{}","more":1}'],
    ["with a member less", '{"type":"record","pk":"a","sk":"b"}'],
    ["with another escape", '{"type":"record","pk":"\\u0061","sk":"b","record":"{}"}'],
    ["with a lone surrogate", '{"type":"record","pk":"\\ud83d","sk":"b","record":"{}"}'],
    ["of another type", '{"type":"remark"}'],
    ["that is no object", '"record"'],
    ["that is nothing", "null"],
    ["that is no JSON", "record"],
    ["with leaves that are no hashes", '{"type":"checkpoint","checkpoint":"","signature":"","leaves":["A"]}'],
    ["of a later format", (EXPORT[0] ?? "").replace('"version":1', '"version":2')],
  ])("%s is not read", (_how, text) => {
    expect(parseLine(text)).toBeUndefined();
  });
});

describe("a checkpoint's text", () => {
  const line = parseLine(EXPORT[1] ?? "");
  const text = line?.type === "checkpoint" ? line.checkpoint : "";
  const standing = parseCheckpoint(text);

  it("is read when it is canonical", () => {
    expect(standing).toMatchObject({ version: 1, sequence: 1 });
    expect(standing && checkpointText(standing)).toBe(text);
  });

  it.each<[string, string, string]>([
    ["white space", "{", "{ "],
    ["a later version", '"version":1', '"version":2'],
    ["no sequence", '"sequence":1', '"sequence":0'],
    ["a first one with a predecessor", '"previous":null', `"previous":"${"a".repeat(64)}"`],
    ["a span that is no minute", ":00.000Z", ":01.000Z"],
    ["more late ones than there are", '"late":0', '"late":99'],
    ["a root that is no hash", '"root":"', '"root":"A'],
    ["a number in another spelling", '"sequence":1', '"sequence":1.0'],
  ])("with %s is not read", (_what, from, to) => {
    expect(text).toContain(from);
    expect(parseCheckpoint(text.replace(from, to))).toBeUndefined();
  });
});

describe("a minute's partitions", () => {
  it("are sixteen, and hold whatever was written in it", () => {
    fc.assert(
      fc.property(fc.nat(4_000_000_000_000), fc.string(), (ms, leaf) => {
        expect(minuteBuckets(startOfMinute(ms))).toContain(minuteBucket(ms, leaf));
      }),
    );
    expect(new Set(minuteBuckets(0)).size).toBe(16);
  });
});
