// What AWS logged is joined to what was recorded: who went around is found, and what only one side knows is told apart.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Intent, Outcome } from "../../lambdas/model/record.ts";
import { writeLine } from "../../lambdas/recording/export-format.ts";
import { cloudtrailCommand } from "../../lib/cloudtrail-command.ts";
import { isEventOf } from "../../lib/cloudtrail-names.ts";
import { reconcile } from "../../lib/cloudtrail-reconcile.ts";
import { sentCalls } from "../../lib/cloudtrail-records.ts";
import { intent, outcome, SESSION } from "../recording/facts.ts";
import {
  AT,
  answered,
  type EventFacts,
  eventOf,
  exportOf,
  HOUR,
  others,
  ROLE,
  read,
  time,
} from "./trail-events.ts";

async function joined(
  events: readonly unknown[],
  records: readonly (Intent | Outcome)[],
  roles: readonly string[] = [],
) {
  const found = reconcile(await read([...others, ...events]), await sentCalls(exportOf(records)), roles);
  const { matched, outside, ...lists } = found;
  const counts = Object.entries(lists).flatMap(([name, { length }]) =>
    length === 0 ? [] : [[name, length]],
  );
  return { found, counts: { matched, ...Object.fromEntries(counts) } as Record<string, number> };
}

describe("an event and a record", () => {
  it("of one request id agree", async () => {
    expect((await joined([eventOf()], [answered("A-1")])).counts).toEqual({ matched: 1 });
  });

  it.each<[string, EventFacts, string]>([
    ["another operation", { name: "DeleteObject" }, "operation"],
    ["another agent", { sourceIdentity: "other-0123456789abcdef" }, "agent"],
    ["no agent", { sourceIdentity: undefined }, "agent"],
    ["another role", { role: "arn:aws:iam::111122223333:role/other" }, "role"],
  ])("that tell of %s do not fit", async (_what, facts, differs) => {
    const { found, counts } = await joined([eventOf(facts)], [answered("A-1")]);
    expect(counts).toEqual({ matched: 0, mismatches: 1 });
    expect(found.mismatches[0]?.differs).toEqual([differs]);
  });
});

describe("an event without a record", () => {
  it.each<[string, EventFacts]>([
    ["of a recorded role, without SourceIdentity", { requestID: "X", sourceIdentity: undefined }],
    ["of a recorded role, in a session that is not ours", { requestID: "X", session: "by-hand" }],
    ["in a recorded session", { requestID: "X", name: "DeleteObject" }],
    ["of an agent under a further role", { requestID: "X", role: "arn:aws:iam::444455556666:role/next" }],
    [
      "that looks like our look-up, in no session of ours",
      { requestID: "X", name: "HeadObject", session: "s" },
    ],
  ])("%s went around", async (_what, facts) => {
    const { counts } = await joined([eventOf(), eventOf(facts)], [answered("A-1")]);
    expect(counts).toEqual({ matched: 1, around: 1 });
  });

  it("of a role that the operator names went around, also when no record knows the role", async () => {
    const role = "arn:aws:iam::111122223333:role/unused";
    const event = eventOf({ requestID: "X", role, sourceIdentity: undefined });
    expect((await joined([event], [])).counts).toEqual({ matched: 0 });
    expect((await joined([event], [], [role])).counts).toEqual({ matched: 0, around: 1 });
  });

  it("that a service made, or that may be our own look-up, is listed apart", async () => {
    const byService = eventOf({
      requestID: "K",
      name: "Decrypt",
      source: "kms.amazonaws.com",
      invokedBy: "s3.amazonaws.com",
    });
    const lookUp = eventOf({ requestID: "T", name: "GetBucketTagging" });
    const { counts } = await joined([eventOf(), byService, lookUp], [answered("A-1")]);
    expect(counts).toEqual({ matched: 1, byServices: 1, lookUps: 1 });
  });

  it("outside of the export's time is not judged", async () => {
    const { found } = await joined(
      [eventOf(), eventOf({ requestID: "X", atMs: AT - 3 * HOUR })],
      [answered("A-1")],
    );
    expect(found).toMatchObject({ around: [], outside: { events: 1 } });
  });

  it("of somebody else's role and agent is nobody's concern", async () => {
    const event = eventOf({
      requestID: "X",
      role: "arn:aws:iam::111122223333:role/Admin",
      sourceIdentity: "person",
    });
    expect((await joined([event], [answered(null)])).counts).toMatchObject({ matched: 0 });
  });
});

describe("a record without an event", () => {
  it("is missed when the trail has other events of its operation", async () => {
    const { counts } = await joined([eventOf()], [answered("A-1"), answered("A-2")]);
    expect(counts).toEqual({ matched: 1, withoutEvent: 1 });
  });

  it("is told apart when the trail has none of its operation", async () => {
    const other = eventOf({
      name: "PutObject",
      role: "arn:aws:iam::111122223333:role/Admin",
      sourceIdentity: undefined,
    });
    const found = reconcile(
      await read([
        { ...other, eventTime: time(AT - HOUR) },
        { ...other, eventTime: time(AT + HOUR) },
      ]),
      await sentCalls(exportOf([answered("A-2")])),
    );
    expect(found).toMatchObject({ withoutEvent: [], notLogged: [{ requestId: "A-2" }] });
  });

  it("that CloudTrail may not have delivered yet is not missed", async () => {
    const young = answered("A-2", AT + HOUR - 60_000);
    const { found } = await joined([eventOf()], [answered("A-1"), young]);
    expect(found).toMatchObject({ withoutEvent: [], notLogged: [], outside: { calls: 1 } });
  });

  it("that was refused was never sent", async () => {
    const refused = outcome({ ending: "refused", awsRequestId: null }, { atMs: AT, role: ROLE });
    expect((await joined([eventOf()], [answered("A-1"), refused])).counts).toEqual({ matched: 1 });
  });
});

describe("a call", () => {
  it("is one, whichever of its two records the export has first", async () => {
    const header = exportOf([])[0] ?? "";
    const [both, key] = [[intent({ atMs: AT, role: ROLE }), answered("A-1")], `SESSION#${SESSION}`];
    const lines = both.map((record) =>
      writeLine({ type: "record", pk: key, sk: `CALL#1#${record.phase}`, record: JSON.stringify(record) }),
    );
    for (const order of [lines, lines.toReversed()]) {
      expect((await sentCalls([header, ...order])).calls).toMatchObject([{ requestId: "A-1" }]);
    }
  });
});

describe("a call in doubt", () => {
  it.each<[string, readonly (Intent | Outcome)[]]>([
    ["whose answer was lost", [answered(null)]],
    ["whose outcome was never written", [intent({ atMs: AT, role: ROLE })]],
  ])("%s is settled by its event", async (_what, records) => {
    expect((await joined([eventOf({ requestID: "X", atMs: AT + 900 })], records)).counts).toEqual({
      matched: 0,
      settled: 1,
    });
  });

  it("is not settled by an event of another operation, agent or time, nor by one that another call has", async () => {
    const counted = async (facts: EventFacts) => (await joined([eventOf(facts)], [answered(null)])).counts;
    expect(await counted({ requestID: "X", name: "DeleteObject" })).toMatchObject({ around: 1 });
    expect(await counted({ requestID: "X", sourceIdentity: "other" })).toMatchObject({ around: 1 });
    expect(await counted({ requestID: "X", atMs: AT + 600_000 })).toMatchObject({ around: 1 });
    const twice = [eventOf({ requestID: "X" }), eventOf({ requestID: "Y" })];
    expect((await joined(twice, [answered(null)])).counts).toEqual({ matched: 0, settled: 1, around: 1 });
  });
});

describe("the names of events", () => {
  it.each([
    ["GetItem", "dynamodb", "GetItem", true],
    ["ListObjects", "s3", "ListObjectsV2", true],
    ["PutBucketLifecycle", "s3", "PutBucketLifecycleConfiguration", true],
    ["Invoke", "lambda", "Invoke", true],
    ["UpdateFunctionCode20150331v2", "lambda", "UpdateFunctionCode", true],
    ["CreateDistribution2020_05_31", "cloudfront", "CreateDistribution", true],
    ["DeleteItem", "dynamodb", "GetItem", false],
    ["ListObjects", "other", "ListObjectsV2", false],
  ])("%s may be %s:%s: %s", (name, service, operation, may) => {
    expect(isEventOf(name, service, operation)).toBe(may);
  });
});

describe("CloudTrail's files", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "countersign-trail-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const events = [...others, eventOf()];

  it.each<[string, string | Uint8Array]>([
    ["as delivered, packed", gzipSync(JSON.stringify({ Records: events }))],
    ["an event a line", events.map((event) => JSON.stringify(event)).join("\n")],
    ["written over many lines", JSON.stringify(events, null, 2)],
    [
      "looked up",
      JSON.stringify({ Events: events.map((each) => ({ CloudTrailEvent: JSON.stringify(each) })) }, null, 2),
    ],
  ])("%s are read", async (form, content) => {
    const records = file("export.jsonl", `${exportOf([answered("A-1")]).join("\n")}\n`);
    const { lines, exitCode } = await cloudtrailCommand([file(form, content), "--records", records]);
    expect(lines[0]).toBe("1 calls are in both");
    expect(exitCode).toBe(0);
  });

  it("with an event that went around end in failure, and in a line that cannot draw on the terminal", async () => {
    const records = file("export.jsonl", exportOf([answered("A-1")]).join("\n"));
    const hostile = eventOf({ requestID: "X", session: "\u001b[2J" });
    const trail = file("trail.json", JSON.stringify({ Records: [...events, hostile] }));
    const { lines, exitCode } = await cloudtrailCommand([trail, "--records", records]);
    expect(exitCode).toBe(1);
    expect(lines[1]).toContain("WITHOUT A RECORD");
    expect(lines.join("")).not.toContain("\u001b");
  });

  it.each([
    ["not JSON", "Records", "not JSON"],
    ["another document", '{"hello":"there"}', "entry 1"],
    ["a broken line among good ones", `${JSON.stringify(eventOf())}\n{`, "not JSON"],
    ["an event without a time", JSON.stringify({ Records: [{ ...eventOf(), eventTime: 5 }] }), "entry 1"],
  ])("of %s are refused", async (name, content, message) => {
    const records = file("export.jsonl", exportOf([]).join("\n"));
    await expect(cloudtrailCommand([file(name, content), "--records", records])).rejects.toThrow(message);
  });

  it("need records beside them", async () => {
    await expect(cloudtrailCommand([])).rejects.toThrow("name CloudTrail's files");
    await expect(cloudtrailCommand(["trail.json"])).rejects.toThrow("--records");
    const trail = file("trail.json", JSON.stringify({ Records: events }));
    await expect(cloudtrailCommand([trail, "--records", trail])).rejects.toThrow("not an export");
  });
});
