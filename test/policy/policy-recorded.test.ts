// A recorded call comes back as a request that can be explained, with what the record lacks said.

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MASKED } from "../../lambdas/masking/mask-parameters.ts";
import type { Intent, Opening, Outcome, RecordedCall } from "../../lambdas/model/record.ts";
import type { FoundRecord } from "../../lib/cli/records.ts";
import { policyCommand } from "../../lib/policy-command.ts";
import { recordedRequest } from "../../lib/policy-recorded.ts";
import { READER } from "./fixtures.ts";

const CONFIG = join(import.meta.dirname, "../../policies/tests/deployment.json");
const NOON = Date.parse("2026-07-01T12:00:00Z");
const ISSUER = "https://idp.example.com";

const caller = {
  issuer: ISSUER,
  subject: "agent-1",
  agent: "Agent",
  owner: null,
  groups: ["mcp-readers"],
  session: null,
  sourceIdentity: "x",
  sourceIp: "192.0.2.7",
  userAgent: "Boto3",
};
const base = {
  version: 1,
  role: READER,
  caller,
  requestDigest: "",
  gatewayRequestId: "",
  decision: {
    decision: "deny",
    reason: "forbidden",
    policies: ["old"],
    policyVersion: "f".repeat(64),
    enforced: true,
  },
} as const;
const opening = {
  ...base,
  phase: "OPEN",
  at: "2026-07-01T11:00:00.000Z",
  call: null,
  expires: "",
} satisfies Opening;

function intentOf(operation: string, parameters: unknown, service = "dynamodb"): Intent {
  const call: RecordedCall = {
    service,
    operation,
    candidates: [],
    actions: [],
    account: "111122223333",
    region: "eu-west-1",
    parameters: parameters === null ? null : JSON.stringify(parameters),
    parametersDigest: "",
    parametersBytes: 0,
  };
  return { ...base, phase: "INTENT", at: "2026-07-01T12:00:00.000Z", call };
}

const stored = (...records: readonly (readonly [string, Opening | Intent | Outcome])[]): FoundRecord[] =>
  records.map(([sk, record]) => ({ pk: "SESSION#S", sk, record }));

describe("a recorded call", () => {
  const records = stored(
    ["OPEN", opening],
    ["CALL#aa11#INTENT", intentOf("GetItem", { TableName: "Orders", Key: { id: { S: "1" } } })],
    ["CALL#bb22#INTENT", intentOf("DeleteItem", { TableName: "Ledger", Key: {} })],
  );

  it("is explained under its own agent, role and moment, beside what was decided then", async () => {
    const readSession = async (_: string | undefined, session: string) => (session === "S" ? records : []);
    const args = ["explain", "--config", CONFIG, "--session", "S", "--call", "2"];
    const world = { readSession, readEmergency: async () => [], now: () => 0 };
    const text = (await policyCommand(args, world)).lines.join("\n");
    expect(text).toContain("DENY: forbidden by no-changes-of-critical, no-data-deletes");
    expect(text).toContain(
      "recorded   2026-07-01T12:00:00.000Z: forbidden by old, policies ffffffffffffffff",
    );
    expect(text).toContain("claims and tags are not recorded");
    expect(text).toContain("other policies than these decided then");
    expect(recordedRequest(records, "1").asker).toMatchObject({
      groups: ["mcp-readers"],
      role: READER,
      sessionAge: 3600,
      now: NOON / 1000,
    });
  });

  it("is found by its number or by how its key begins", () => {
    expect(recordedRequest(records, "2").request.operation).toBe("DeleteItem");
    expect(recordedRequest(records, "bb").request.operation).toBe("DeleteItem");
    expect(recordedRequest(records, "1").request.params).toEqual({
      TableName: "Orders",
      Key: { id: { S: "1" } },
    });
    expect(() => recordedRequest(records, "3")).toThrow("the session has 2 calls, and `3` is none of them");
  });

  it("comes back without what the record masks or keeps as a digest, and says so", () => {
    const secret = intentOf(
      "PutSecretValue",
      { SecretId: "a", SecretString: MASKED, SecretBinary: MASKED },
      "secretsmanager",
    );
    const object = intentOf("PutObject", { Bucket: "b", Key: "k", Body: { bytes: 1, sha256: "x" } }, "s3");
    const both = stored(["CALL#1#INTENT", secret], ["CALL#2#INTENT", object]);
    expect(recordedRequest(both, "1")).toMatchObject({
      request: { params: { SecretId: "a", SecretString: MASKED } },
      missing: [expect.any(String), "`SecretBinary` is masked or kept as a digest only: it is left out"],
    });
    expect(recordedRequest(both, "2").request.params).toEqual({ Bucket: "b", Key: "k" });
  });

  it("that holds too little is refused with a sentence", () => {
    const [none, large] = [
      { ...base, phase: "INTENT", at: "", call: null } satisfies Intent,
      intentOf("GetItem", null),
    ];
    expect(() => recordedRequest(stored(["CALL#1#INTENT", none]), "1")).toThrow(
      "refused before it was recognised",
    );
    expect(() => recordedRequest(stored(["CALL#1#INTENT", large]), "1")).toThrow(
      "only a digest of the parameters",
    );
  });
});
