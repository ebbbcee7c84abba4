import { beforeEach, describe, expect, it, vi } from "vitest";
import { fakeCallLog } from "../fakes/call-log.ts";
import { fakeSessionStore } from "../fakes/session-store.ts";
import { goodToken } from "../identity/token/issue.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { bearerGetItem, exchangeOf } from "./requests.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

const REQUESTS = [
  ["an exchange", exchangeOf],
  ["a call with a token", bearerGetItem],
] as const;

function phases({ records }: TestGateway["log"]): string[] {
  return records.map(({ record }) => record.phase);
}

describe.each(REQUESTS)("%s", (_, requestWith) => {
  const request = requestWith(goodToken());

  it("opens a session that is recorded", async () => {
    const gateway = testGateway();
    expect(await gateway.send(request)).toMatchObject({ status: 200 });
    expect(phases(gateway.log)[0]).toBe("OPEN");
  });

  // The session was stored first, and the next call with the same token found it and went on without a record.
  it("opens none that is not recorded, however often it comes back", async () => {
    const log = fakeCallLog();
    const down = { ...log, appendOpen: () => Promise.reject(new Error("down")) };
    const gateway = testGateway({}, { log: down });
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await gateway.send(request)).toMatchObject({ status: 500 });
    expect(gateway.sender.sent).toEqual([]);
    expect(gateway.count.secrets).toBe(0);
    expect(phases(log)).not.toContain("INTENT");
  });

  it("gives nothing for a session that was recorded and not stored, and goes on when it can be stored", async () => {
    const sessions = fakeSessionStore();
    let failing = true;
    const open: typeof sessions.open = async (session) => {
      if (failing) throw new Error("down");
      await sessions.open(session);
    };
    const gateway = testGateway({}, { sessions: { ...sessions, open } });
    expect(await gateway.send(request)).toMatchObject({ status: 500 });
    expect(gateway.sender.sent).toEqual([]);
    failing = false;
    expect(await gateway.send(request)).toMatchObject({ status: 200 });
  });
});

describe("first calls with one token, all at once", () => {
  it("share one session with one opening", async () => {
    const gateway = testGateway();
    const calls = Array.from({ length: 8 }, () => gateway.send(bearerGetItem(goodToken())));
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    expect(phases(gateway.log).filter((phase) => phase === "OPEN")).toHaveLength(1);
  });
});
