// A look at a payload: by whoever may see its session, and by nobody else, whatever they name.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { agent } from "./api.ts";
import { ADMIN, AUDITOR, BEN, OLGA, peopleApi, sessionOf } from "./people.ts";

const BYTES = Buffer.from('<script>alert("an agent wrote this")</script>');
const DIGEST = createHash("sha256").update(BYTES).digest("hex");

async function withPayload() {
  const api = peopleApi();
  await api.payloads.put(sessionOf("agent-1"), BYTES);
  return {
    ...api,
    path: (subject: string, digest = DIGEST) => `/api/payloads/${sessionOf(subject)}/${digest}`,
  };
}

describe("a payload", () => {
  it.each([
    ["an administrator", ADMIN],
    ["an auditor", AUDITOR],
    ["its agent's owner", OLGA],
  ])("is shown to %s as bytes to keep, after the look is on record", async (_who, token) => {
    const { answer, path, peopleLog } = await withPayload();
    const { status, headers, body } = await answer(path("agent-1"), { token });
    expect([status, body]).toEqual([200, new Uint8Array(BYTES)]);
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
    });
    expect(peopleLog.records).toMatchObject([{ phase: "READ", asked: `GET ${path("agent-1")}` }]);
  });

  it("of another owner's agent answers like one that never was", async () => {
    const { send, path } = await withPayload();
    const others = await send(path("agent-1"), { token: BEN });
    const nothing = await send(path("agent-2", "0".repeat(64)), { token: BEN });
    expect(others).toEqual(nothing);
    expect(others.status).toBe(404);
  });

  it("is not found under another session, nor shown to its own agent", async () => {
    const { send, path } = await withPayload();
    expect((await send(path("agent-2"), { token: ADMIN })).status).toBe(404);
    expect((await send(path("agent-1"), { token: agent() })).status).toBe(401);
  });

  it.each(["..", "%2e%2e", `${"a".repeat(63)}G`, "a".repeat(65), `${"a".repeat(64)}/x`])(
    "has no other spelling: %s is nothing",
    async (digest) => {
      const { send, path, payloads } = await withPayload();
      payloads.failure = new Error("asked all the same");
      expect((await send(path("agent-1", digest), { token: ADMIN })).status).toBe(404);
    },
  );

  it("is not shown where the look cannot be recorded, or the bucket not read: try again", async () => {
    const unrecorded = await withPayload();
    unrecorded.peopleLog.failure = new Error("down");
    expect((await unrecorded.send(unrecorded.path("agent-1"), { token: ADMIN })).status).toBe(503);
    const unread = await withPayload();
    unread.payloads.failure = new Error("down");
    expect((await unread.send(unread.path("agent-1"), { token: ADMIN })).status).toBe(503);
  });
});
