// What a recorded session reads like: holds, votes and masks.

import { describe, expect, it } from "vitest";
import type { Outcome } from "../../lambdas/model/record.ts";
import { sessionText } from "../../lib/session-text.ts";

const OUTCOME = {
  version: 1,
  phase: "OUTCOME",
  at: "2026-11-21T05:41:58.795Z",
  caller: null,
  role: null,
  call: null,
  decision: {
    decision: "hold",
    reason: null,
    policies: ["delete-objects"],
    policyVersion: "v",
    enforced: true,
  },
  requestDigest: "d",
  gatewayRequestId: "g-1",
  ending: "answered",
  status: 204,
  code: null,
  awsRequestId: "a-1",
  mayHaveRun: true,
  latency: { upstream: 3 },
  responseDigest: null,
  responseBytes: null,
} as const satisfies Outcome;

const textOf = (changes: Partial<Outcome>): string =>
  sessionText("S", [{ sk: "CALL#1#OUTCOME", record: { ...OUTCOME, ...changes } }]);

describe("a session's text", () => {
  it("names each vote of a held call: choice, person, time, way and comment", () => {
    const vote = {
      person: "Ana",
      choice: "approve",
      comment: "go",
      at: "2026-11-21T05:41:58.000Z",
      via: "slack",
    };
    const text = textOf({
      approval: { id: "APPROVALID", votes: [vote as never], byGrant: false },
    });
    expect(text).toContain("approval APPROVALID\n");
    expect(text).toContain("approved by Ana, 2026-11-21T05:41:58Z, by slack: go\n");
  });

  it("says when an earlier approval let the call pass", () => {
    const text = textOf({ approval: { id: "APPROVALID", votes: [], byGrant: true } });
    expect(text).toContain("approval APPROVALID, whose approver let further calls pass");
  });

  it("counts what was masked, detected, shown and unknown, and names no empty list", () => {
    const text = textOf({
      masks: {
        paths: { SecretString: 1, "Parameters[].Value": 3 },
        detectors: { pem: 2 },
        unmasked: ["Name"],
        unknown: [],
      },
    });
    expect(text).toContain("masked: SecretString, Parameters[].Value (3)\n");
    expect(text).toContain("detected and masked: pem (2)\n");
    expect(text).toContain("shown by a policy's @unmask: Name\n");
    expect(text).not.toContain("not in the model");
  });

  it("tells why an answer was withheld, and lets no comment draw on the terminal", () => {
    const text = textOf({ withheld: "a\u001b[2Jb" });
    expect(text).toContain("answer withheld: a\\u{1b}[2Jb");
  });
});
