import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LegalHolds } from "../../../lambdas/flow/api/ports.ts";
import { AUDITOR, OLGA, peopleApi, sessionOf } from "./people.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

const session = sessionOf("agent-1");
const BODY = { session, reason: "an inquiry" };

/** Holds that do as they are told, and note what they were asked for. */
function holding(replaced: Partial<LegalHolds> = {}) {
  const asked: string[] = [];
  const holds: LegalHolds = {
    place: async (id) => {
      asked.push(`hold ${id} after ${api.peopleLog.records.length}`);
      return { kind: "held", copied: { whole: true } };
    },
    release: async (id) => {
      asked.push(`release ${id} after ${api.peopleLog.records.length}`);
      return { kind: "released", objects: 3, whole: true };
    },
    ...replaced,
  };
  const api = peopleApi(1, { holds });
  return { ...api, asked };
}

describe("a legal hold", () => {
  it("is placed and released by orders on record, each recorded first", async () => {
    const { post, asked, peopleLog } = holding();
    expect(await post("/api/holds", BODY)).toMatchObject({
      status: 200,
      json: {
        order: { order: "hold", target: { kind: "session", id: session }, reason: "an inquiry" },
        copied: { whole: true },
      },
    });
    expect(await post("/api/holds/release", BODY)).toMatchObject({
      status: 200,
      json: { order: { order: "release" }, released: 3 },
    });
    expect(asked).toEqual([`hold ${session} after 1`, `release ${session} after 2`]);
    expect(peopleLog.records).toHaveLength(2);
  });

  it("that cannot be recorded is not carried out", async () => {
    const { post, asked, peopleLog } = holding();
    peopleLog.failure = new Error("down");
    expect((await post("/api/holds", BODY)).status).toBe(503);
    expect(asked).toEqual([]);
  });

  it.each<[string, Partial<LegalHolds>, number, RegExp]>([
    ["/api/holds", { place: () => Promise.reject(new Error("down")) }, 503, /recorded as .* may not be held/],
    [
      "/api/holds/release",
      { release: () => Promise.reject(new Error("down")) },
      503,
      /recorded as .* may still be held: repeat/,
    ],
    [
      "/api/holds/release",
      { release: async () => ({ kind: "released", objects: 1, whole: false }) },
      503,
      /may still be held/,
    ],
    ["/api/holds/release", { release: async () => ({ kind: "not_held" }) }, 409, /changed nothing/],
  ])("that was recorded and not carried out says so: %s", async (path, replaced, status, told) => {
    const { post, peopleLog } = holding(replaced);
    const answer = await post(path, BODY);
    expect(answer.status).toBe(status);
    expect(answer.json.error.message).toMatch(told);
    expect(peopleLog.records).toHaveLength(1);
  });

  it.each([
    { session: "x" },
    { session: "B".repeat(26) },
    { session: null },
    { reason: "a\nb" },
    { reason: undefined },
    { target: "session" },
  ])("is refused, and nothing recorded, with %j", async (change) => {
    const { post, peopleLog, asked } = holding();
    expect((await post("/api/holds", { ...BODY, ...change })).status).toBe(400);
    expect(peopleLog.records).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("is for administrators, and not there where nothing can be held", async () => {
    const { post, peopleLog } = holding();
    for (const token of [AUDITOR, OLGA]) {
      for (const path of ["/api/holds", "/api/holds/release"]) {
        expect((await post(path, BODY, { token })).status).toBe(403);
      }
    }
    expect(peopleLog.records).toEqual([]);
    expect((await peopleApi().post("/api/holds", BODY)).status).toBe(404);
  });
});
