// The emergency forbid in the whole flow: it stops the next call and the next exchange, whatever the policies permit.

import { describe, expect, it } from "vitest";
import { goodToken } from "../identity/token/issue.ts";
import { ruleOf } from "../policy/emergency-rules.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { bearerGetItem, exchangeOf } from "./requests.ts";

const CALL = bearerGetItem(goodToken());
const EXCHANGE = exchangeOf(goodToken());

function lastDecision({ log }: TestGateway): unknown {
  return log.records.at(-1)?.record.decision;
}

describe("a rule about an action", () => {
  it("stops the very next call of an open session, records its id and tells the reason", async () => {
    const gateway = testGateway();
    expect(await gateway.send(CALL)).toMatchObject({ status: 200 });
    const sent = gateway.sender.sent.length;
    await gateway.sessions.forbid(JSON.stringify([ruleOf({ action: "dynamodb:Get*" })]));
    const answer = await gateway.send(CALL);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("the ledger is being restored");
    expect(lastDecision(gateway)).toMatchObject({ decision: "deny", policies: ["emergency:k3"] });
    expect(gateway.sender.sent).toHaveLength(sent);
  });

  it("leaves exchanges and other calls alone, and calls again once it is lifted", async () => {
    const gateway = testGateway();
    await gateway.sessions.forbid(JSON.stringify([ruleOf({ action: "s3:*" })]));
    expect(await gateway.send(EXCHANGE)).toMatchObject({ status: 200 });
    expect(await gateway.send(CALL)).toMatchObject({ status: 200 });
    await gateway.sessions.forbid(JSON.stringify([ruleOf({ action: "dynamodb:*" })]));
    expect(await gateway.send(CALL)).toMatchObject({ status: 403 });
    await gateway.sessions.forbid("[]");
    expect(await gateway.send(CALL)).toMatchObject({ status: 200 });
  });
});

describe.each([
  ["a rule about everything", JSON.stringify([ruleOf()]), "emergency:k3"],
  ["a row that cannot be read", "{", "emergency:unreadable"],
])("%s", (_, row, policy) => {
  it("stops exchanges and first calls, and opens no session", async () => {
    const gateway = testGateway();
    await gateway.sessions.forbid(row);
    expect(await gateway.send(EXCHANGE)).toMatchObject({ status: 403 });
    expect(lastDecision(gateway)).toMatchObject({ policies: [policy] });
    expect(await gateway.send(CALL)).toMatchObject({ status: 403 });
    expect(gateway.log.records.map(({ record }) => record.phase)).not.toContain("OPEN");
    expect(gateway.count.secrets).toBe(0);
  });
});
