// A recorded session for the tests of what is printed: three calls, an approval, an order.

import type { Intent, Opening, Order, Outcome } from "../../../lambdas/model/record.ts";
import type { FoundRecord } from "../../../lib/cli/records.ts";

export const SESSION = "GGPATFQKG7GMQEOT5IQBRHG4MM";
const PK = `SESSION#${SESSION}`;

export const CALLER = {
  issuer: "https://idp.example",
  subject: "mcp-1",
  agent: "Reports bot",
  owner: "Olga",
  groups: ["mcp-readers", "all"],
  session: SESSION as never,
  sourceIdentity: "Reports-bot-0123456789abcdef",
  sourceIp: "192.0.2.7",
  userAgent: "aws-sdk-js/3",
};

const base = {
  version: 1,
  caller: CALLER,
  role: "arn:aws:iam::444455556666:role/mcp-admin" as never,
  requestDigest: "d",
  gatewayRequestId: "g-1",
} as const;

const permit = {
  decision: "permit",
  reason: null,
  policies: ["reads"],
  policyVersion: "v",
  enforced: true,
} as const;

export const opening: Opening = {
  ...base,
  phase: "OPEN",
  at: "2026-11-21T11:00:00.000Z",
  expires: "2026-11-21T12:30:00.000Z",
  call: null,
  decision: { ...permit, policies: ["use-admin"] },
};

export const callOf = (operation: string, parameters: object | null) => ({
  service: "s3",
  operation,
  candidates: [],
  actions: [
    {
      action: `s3:${operation}`,
      accessLevel: "read" as const,
      resources: ["arn:aws:s3:::reports/q2.csv"],
      resourcesOmitted: 0,
    },
  ],
  account: "444455556666",
  region: "eu-west-1",
  parameters: parameters === null ? null : JSON.stringify(parameters),
  parametersDigest: "abc",
  parametersBytes: parameters === null ? 9_000 : JSON.stringify(parameters).length,
});

export const outcome: Outcome = {
  ...base,
  phase: "OUTCOME",
  at: "2026-11-21T11:00:00.400Z",
  call: callOf("GetObject", { Bucket: "reports", Key: "q2.csv" }),
  decision: permit,
  ending: "answered",
  status: 200,
  code: null,
  awsRequestId: "A-1",
  mayHaveRun: true,
  latency: { identity: 2, credentials: 0, upstream: 98 },
  responseDigest: "r",
  responseBytes: 34,
};

export const held: Outcome = {
  ...outcome,
  at: "2026-11-21T11:00:13.400Z",
  call: callOf("DeleteObject", { Bucket: "reports", Key: "q2.csv" }),
  decision: { ...permit, decision: "hold", policies: ["delete-objects"] },
  approval: {
    id: "LMTI35JL32BBHZC2EYME4MCJSM",
    votes: [
      { person: "Ana", choice: "approve", comment: "go", at: "2026-11-21T11:00:13.000Z", via: "slack" },
    ],
    byGrant: false,
  },
  latency: { approval: 12_300, upstream: 100 },
  status: 204,
  responseBytes: 0,
};

export const denied: Outcome = {
  ...outcome,
  at: "2026-11-21T11:02:30.000Z",
  decision: { ...permit, decision: "deny", reason: "no_policy", policies: [] },
  call: callOf("PutObject", { Bucket: "reports", Key: "q2.csv" }),
  ending: "refused",
  status: 403,
  code: "AccessDenied",
  awsRequestId: null,
  mayHaveRun: false,
  latency: { policy: 1 },
  responseBytes: null,
};

export const revocation: Order = {
  version: 1,
  phase: "ORDER",
  order: "revoke",
  at: "2026-11-21T11:05:00.000Z",
  reader: {
    issuer: "https://idp.example",
    subject: "ada",
    name: "Ada Admin",
    as: "administrator",
    sourceIp: "192.0.2.9",
    userAgent: "countersign-cli",
  },
  gatewayRequestId: "g-9",
  target: { kind: "session", id: SESSION },
  reason: "leaked token",
};

export const intentOf = ({ at, call, decision }: Outcome): Intent => ({
  ...base,
  phase: "INTENT",
  at,
  call,
  decision,
});

/** As the API gives them: in the order of their keys. */
export const records: readonly FoundRecord[] = [
  found("CALL#aa#INTENT", intentOf({ ...outcome, at: "2026-11-21T11:00:00.390Z" })),
  found("CALL#aa#OUTCOME", outcome),
  found("CALL#bb#INTENT", intentOf({ ...held, at: "2026-11-21T11:00:13.300Z" })),
  found("CALL#bb#OUTCOME", held),
  found("OPEN", opening),
  found("ORDER#2026-11-21T11:05:00.000Z#g-9", revocation),
  found("REFUSAL#2026-11-21T11:02:30.000Z#g-2", denied),
];

export function found<R>(sk: string, record: R, pk = PK): FoundRecord<R> {
  return { pk, sk, record };
}
