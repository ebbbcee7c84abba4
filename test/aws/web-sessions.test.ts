// Logins and browser sessions over DynamoDB.

import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWebSessions } from "../../lambdas/aws/web-sessions.ts";
import type { PendingLogin, WebSession, WebSessions } from "../../lambdas/flow/approvals/ports.ts";
import { type DynaliteTables, dynaliteTables, STATE_TABLE } from "../fakes/dynalite-tables.ts";

const LOGIN: PendingLogin = {
  state: "s",
  nonce: "n",
  verifier: "v",
  returnPath: "/approvals",
  expiresAt: 600,
};
const SESSION: WebSession = {
  identity: { issuer: "https://idp.example.com", subject: "ada", name: "Ada", groups: ["prod"] },
  csrf: "token",
  expiresAt: 3_600,
};
let tables: DynaliteTables;
let sessions: WebSessions;

beforeAll(async () => {
  tables = await dynaliteTables();
  sessions = createWebSessions({ client: tables.client, table: STATE_TABLE });
});
afterAll(() => tables.close());

describe("a login", () => {
  it("is given out once, to one of many who ask at the same time", async () => {
    await sessions.beginLogin("login-1", LOGIN);
    const taken = await Promise.all(Array.from({ length: 10 }, () => sessions.takeLogin("login-1", 0)));
    expect(taken.filter((one) => one !== undefined)).toEqual([LOGIN]);
  });

  it("is over in the second in which it ends, and nobody else's", async () => {
    await sessions.beginLogin("login-2", LOGIN);
    expect(await sessions.takeLogin("login-2", 600)).toBeUndefined();
    await sessions.beginLogin("login-3", LOGIN);
    expect(await sessions.takeLogin("login-3", 599)).toEqual(LOGIN);
    expect(await sessions.takeLogin("login-4", 0)).toBeUndefined();
  });
});

describe("a session", () => {
  it("is found until it ends or is closed", async () => {
    await sessions.open("web-1", SESSION);
    expect(await sessions.find("web-1", 3_599)).toEqual(SESSION);
    expect(await sessions.find("web-1", 3_600)).toBeUndefined();
    await sessions.close("web-1");
    expect(await sessions.find("web-1", 0)).toBeUndefined();
  });

  it("cannot be opened over another one", async () => {
    await sessions.open("web-2", SESSION);
    await expect(sessions.open("web-2", SESSION)).rejects.toThrow();
  });

  it("lies under a hash, never under the cookie's own value", async () => {
    await sessions.open("cookie-value", SESSION);
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: STATE_TABLE }));
    expect(JSON.stringify(Items)).not.toContain("cookie-value");
    expect(
      Items.every(({ pk, ttl }) => /^(WEB|LOGIN)#[0-9a-f]{64}$/.test(pk?.S ?? "") && ttl?.N !== undefined),
    ).toBe(true);
  });
});
