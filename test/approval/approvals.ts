// One held call and the configuration of its approvers, for tests.

import { type Approval, type ApprovalId, parseApprovalId, type Vote } from "../../lambdas/model/approval.ts";
import type { ApprovalsConfig } from "../../lambdas/model/deployment.ts";
import type { RoleArn, SessionId } from "../../lambdas/model/ids.ts";

export const ID = parseApprovalId("ABCDEFGHIJKLMNOPQRSTUVWXY2") as ApprovalId;
export const SESSION = "ZBCDEFGHIJKLMNOPQRSTUVWXY2" as SessionId;
export const URL = "https://gateway.example.com";
/** Epoch seconds. */
export const NOW = 1_790_000_000;
const ROLE = "arn:aws:iam::111122223333:role/mcp-writer" as RoleArn;

export const APPROVALS: ApprovalsConfig = {
  login: {
    issuer: "https://login.example.com",
    clientId: "countersign",
    clientSecretArn: null,
    scopes: ["openid"],
    groupsClaim: null,
  },
  people: [
    person("Ada", "U00ADA", ["prod-approvers"]),
    person("Ben", "U00BEN", ["prod-approvers"]),
    person("Olga", "U00OLGA", ["prod-approvers"]),
    person("Sam", "U00SAM", ["seniors"]),
  ],
  groups: [
    {
      name: "prod-approvers",
      emails: ["ada@example.com", "ben@example.com"],
      slackChannel: "C00PROD",
      remindMinutes: 15,
      escalateTo: "seniors",
    },
    {
      name: "seniors",
      emails: ["sam@example.com"],
      slackChannel: "C00SENIOR",
      remindMinutes: 60,
      escalateTo: null,
    },
  ],
  mailFrom: "countersign@example.com",
  slack: {
    teamId: "T00TEAM",
    appId: "A00APP",
    secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack",
  },
};

function person(
  name: string,
  slackUser: string,
  groups: readonly string[],
): ApprovalsConfig["people"][number] {
  return { name, identities: [{ issuer: "https://login.example.com", subject: name }], slackUser, groups };
}

export function approvalOf(changes: Partial<Approval> = {}): Approval {
  return {
    id: ID,
    kind: "call",
    status: "pending",
    fingerprint: "f".repeat(64),
    issuer: "https://agents.example.com",
    subject: "deploy-bot",
    agent: "deploy-bot",
    owner: "Olga",
    session: SESSION,
    role: ROLE,
    sourceIp: "192.0.2.1",
    userAgent: "Boto3/1.40",
    demand: {
      groups: ["prod-approvers"],
      quorum: 1,
      withinSeconds: 3_600,
      otherwise: "reject",
      run: "attended",
    },
    policies: ["hold-deletes"],
    policyVersion: "1",
    call: {
      service: "s3",
      operation: "DeleteBucket",
      accessLevel: "write",
      actions: [{ action: "s3:DeleteBucket", resources: ["arn:aws:s3:::orders"] }],
      account: "111122223333",
      region: "eu-west-1",
      parameters: [{ path: "Bucket", value: "orders" }],
      parametersOmitted: 0,
      resourceSets: ["critical"],
      preview: null,
    },
    record: {
      version: 1,
      phase: "INTENT",
      at: new Date(NOW * 1_000).toISOString(),
      caller: { session: SESSION } as NonNullable<Approval["record"]["caller"]>,
      role: ROLE,
      call: null,
      decision: null,
      requestDigest: "d".repeat(64),
      gatewayRequestId: "request-1",
    },
    openedAt: NOW,
    expiresAt: NOW + 3_600,
    escalated: [],
    votes: [],
    decidedAt: null,
    callerWaitsUntil: 0,
    claim: null,
    ending: null,
    answer: null,
    notices: [],
    ...changes,
  };
}

export function voteOf(name: string, choice: Vote["choice"], comment: string | null = null): Vote {
  return {
    person: { id: name, name, groups: ["prod-approvers"] },
    choice,
    comment,
    at: NOW,
    via: "page",
    grant: null,
  };
}
