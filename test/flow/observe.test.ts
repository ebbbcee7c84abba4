// A deployment that observes, as its agents and its records see it.

import { describe, expect, it } from "vitest";
import { sessionText } from "../../lib/session-text.ts";
import { goodToken, ISSUER_CONFIG } from "../identity/token/issue.ts";
import { DEPLOYMENT } from "../policy/fixtures.ts";
import { onlyPolicy, policyWith } from "./deciding.ts";
import { testGateway } from "./gateway.ts";
import { bearerGetItem, exchangeOf } from "./requests.ts";

const deployment = { ...DEPLOYMENT, mode: "observe" as const, issuers: [ISSUER_CONFIG] as const };

describe("a call that no policy permits", () => {
  it("is sent, and both of its records say that the denial was not enforced", async () => {
    const gateway = testGateway({}, { deployment, policy: policyWith() });
    expect(await gateway.send(bearerGetItem(goodToken()))).toMatchObject({ status: 200 });
    expect(gateway.sender.sent).toHaveLength(1);
    const [opening, ...call] = gateway.log.records.map(({ record }) => record);
    expect(opening?.decision).toMatchObject({ decision: "permit", enforced: true });
    expect(call.map(({ phase, decision }) => [phase, decision?.decision, decision?.enforced])).toEqual([
      ["INTENT", "deny", false],
      ["OUTCOME", "deny", false],
    ]);
    const stored = call.map((record, index) => ({
      sk: `CALL#1#${index === 0 ? "INTENT" : "OUTCOME"}`,
      record,
    }));
    expect(sessionText("S", stored)).toMatch(/would deny[\s\S]*OBSERVED, NOT ENFORCED/);
  });
});

describe("a role that no policy permits", () => {
  it("opens no session: who may use which role is enforced in every mode", async () => {
    const gateway = testGateway({}, { deployment, policy: onlyPolicy() });
    expect(await gateway.send(exchangeOf(goodToken()))).toMatchObject({ status: 403 });
    expect(await gateway.send(bearerGetItem(goodToken()))).toMatchObject({ status: 403 });
    expect(gateway.sender.sent).toEqual([]);
  });
});
