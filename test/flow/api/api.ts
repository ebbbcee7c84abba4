// The API over in-memory ports, with real events, tokens and policies.

import type { ApprovalStore } from "../../../lambdas/approval/ports.ts";
import type { Change } from "../../../lambdas/approval/transitions.ts";
import { modelFiles } from "../../../lambdas/boundary/model-files.ts";
import { createMaskKnowledge } from "../../../lambdas/flow/api/mask-knowledge.ts";
import { createReaderLimits, issuerOfReaders } from "../../../lambdas/flow/api/reader.ts";
import { type ApiDependencies, serveApi } from "../../../lambdas/flow/api/serve-api.ts";
import { createFlowLimits } from "../../../lambdas/flow/limits.ts";
import { createTokenVerifier } from "../../../lambdas/identity/token/token-verifier.ts";
import type { Approval, ApprovalId } from "../../../lambdas/model/approval.ts";
import type { Deployment, ReadersConfig } from "../../../lambdas/model/deployment.ts";
import type { GatewayResponse } from "../../../lambdas/model/gateway-response.ts";
import { createExplain } from "../../../lambdas/policy/explain.ts";
import { createPolicy } from "../../../lambdas/policy/policy.ts";
import { limitsSchema } from "../../../lib/config-limits.ts";
import { fakeMarkers } from "../../fakes/markers.ts";
import { fakePayloads } from "../../fakes/payloads.ts";
import { fakePeopleLog } from "../../fakes/people-log.ts";
import { fakeRecords } from "../../fakes/records.ts";
import { fakeSessionStore } from "../../fakes/session-store.ts";
import { documentOf, ISSUER, ISSUER_CONFIG, NOW, withClaims } from "../../identity/token/issue.ts";
import { asEvent, ORIGIN_SECRET, STAGE } from "../../ingress/as-event.ts";
import { bundleOf, cedar, DEPLOYMENT, READER, USE_ROLES } from "../../policy/fixtures.ts";

export const HOST = "gateway.example.com";
const models = modelFiles(new URL("../../../lambdas/recognition/models", import.meta.url).pathname);
const READ = `@id("reports-read") @mask("Metadata.owner=hash, SecretString") @detect("jwt") permit(principal in Countersign::Group::"readers", action == AWS::Action::"s3:GetObject", resource) when { context.params.Key like "reports/*" };`;
const OTHERS = `@id("finance-read") permit(principal in Countersign::Group::"finance", action == AWS::Action::"s3:GetObject", resource);`;
const ADMINISTRATORS = { issuer: ISSUER, group: "administrators" };
/** The hard case: one provider issues tokens to agents and to people. */
export const READERS: ReadersConfig = {
  issuer: ISSUER,
  jwksUri: ISSUER_CONFIG.jwksUri,
  clientId: "countersign-cli",
  algorithms: ["RS256"],
  groupsClaim: "groups",
  auditors: ["auditors", "security"],
};
const AGENTS = [
  { issuer: ISSUER, subject: "agent-1", name: "Reports", owner: "Olga", team: null },
  { issuer: ISSUER, subject: "agent-2", name: "Cleanup", owner: "Ben", team: null },
];
const PEOPLE = ["Olga", "Ben"].map((name) => ({
  name,
  identities: [{ issuer: ISSUER, subject: name.toLowerCase() }],
  slackUser: null,
  groups: [],
}));
export const ID = "AAAAAAAAAAAAAAAAAAAAAAAAAA" as ApprovalId;

export const agent = (groups: readonly string[] = ["readers"], sub = "agent-1"): string =>
  withClaims({ sub, groups });

/** The ID token of a person. */
export const person = (sub: string, groups: readonly string[] = [], claims: object = {}): string =>
  withClaims({ sub, groups, aud: READERS.clientId, ...claims });

export interface SentOptions {
  readonly method?: string;
  readonly token?: string | null;
  readonly body?: string;
  readonly host?: string;
  readonly query?: string;
  readonly type?: string;
  readonly accept?: string;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
  readonly json: any;
}

export function testApi(replaced: Partial<ApiDependencies> = {}, limits: object = {}) {
  const deployment = replaced.deployment ?? deploymentOf(limits);
  const bundle = bundleOf(USE_ROLES, READ, OTHERS);
  const policy = createPolicy(bundle, deployment, cedar);
  const stored = new Map<string, Approval>();
  const sessions = fakeSessionStore();
  const people = {
    markers: fakeMarkers(),
    peopleLog: fakePeopleLog(),
    records: fakeRecords(),
    payloads: fakePayloads(),
  };
  const fetcher = { fetch: async (uri: string) => documentOf(uri) };
  const { readers } = deployment;
  const dependencies: ApiDependencies = {
    apiStage: STAGE,
    deployment,
    administrators: ADMINISTRATORS,
    limits: createFlowLimits(deployment),
    clock: { nowMs: () => NOW * 1_000 },
    models,
    policy,
    explain: createExplain(policy, bundle, deployment, cedar, createMaskKnowledge(models)),
    tokens: createTokenVerifier({
      issuers: deployment.issuers,
      now: () => NOW,
      fetcher,
    }),
    people:
      readers === null
        ? null
        : createTokenVerifier({ issuers: [issuerOfReaders(readers)], now: () => NOW, fetcher }),
    readerLimits: createReaderLimits(deployment),
    markers: people.markers,
    holds: null,
    payloads: people.payloads,
    peopleLog: people.peopleLog,
    search: people.records.search,
    sessionRecords: people.records.sessionRecords,
    sessions,
    approvals: storeOf(stored),
    originSecrets: {
      accepted: async () => [ORIGIN_SECRET],
      acceptedAfterMismatch: async () => [ORIGIN_SECRET],
    },
    publicUrl: async () => `https://${HOST}`,
    ...replaced,
  };
  const answer = async (path: string, options: SentOptions = {}): Promise<GatewayResponse> => {
    const { method = "GET", token = agent(), body = "", host = HOST, query = "", type, accept } = options;
    const headers = [
      ["Host", host],
      ["Content-Length", String(Buffer.byteLength(body))],
      ...(accept === undefined ? [] : [["Accept", accept] as const]),
      ...(type === undefined ? [] : [["Content-Type", type] as const]),
      ...(token === null ? [] : [["Authorization", `Bearer ${token}`] as const]),
    ] as const;
    return serveApi(asEvent({ method, path, query, headers, body: Buffer.from(body) }), dependencies);
  };
  const send = async (path: string, options: SentOptions = {}): Promise<Told> => {
    const { status, headers, body } = await answer(path, options);
    if (!(body instanceof Uint8Array)) throw new Error("the answer must not stream");
    return { status, headers, json: JSON.parse(Buffer.from(body).toString()) };
  };
  const explain = (value: object | string, options: SentOptions = {}): Promise<Told> =>
    send("/api/explain", {
      method: "POST",
      type: "application/json",
      body: typeof value === "string" ? value : JSON.stringify(value),
      ...options,
    });
  return { send, answer, explain, stored, sessions, dependencies, ...people };
}

export function deploymentOf(limits: object = {}): Deployment {
  const { approvals } = DEPLOYMENT;
  if (approvals === null) throw new Error("the fixtures have approvals");
  return {
    ...DEPLOYMENT,
    issuers: [ISSUER_CONFIG],
    agents: AGENTS,
    approvals: { ...approvals, people: PEOPLE },
    readers: READERS,
    administrators: ADMINISTRATORS,
    limits: limitsSchema.parse(limits),
  };
}

export function storeOf(stored: Map<string, Approval>): Pick<ApprovalStore, "listOpen" | "change"> {
  return {
    listOpen: async (limit, after = "0") => {
      const from = Number(after);
      const all = [...stored.values()];
      const more = from + limit < all.length ? { next: String(from + limit) } : {};
      return { approvals: all.slice(from, from + limit), ...more };
    },
    change: async (id, step) => {
      const approval = stored.get(id);
      if (approval === undefined) return { kind: "unknown" };
      const change: Change = step(approval);
      if (change.kind === "keep") return { kind: "unchanged", approval, reason: change.reason };
      stored.set(id, change.approval);
      return { kind: "changed", approval: change.approval };
    },
  };
}

export function approvalOf(replaced: Partial<Approval> = {}): Approval {
  return {
    id: ID,
    kind: "call",
    status: "pending",
    issuer: ISSUER,
    subject: "agent-1",
    session: "BBBBBBBBBBBBBBBBBBBBBBBBBB",
    role: READER,
    demand: { groups: ["prod"], quorum: 1, withinSeconds: 3600, otherwise: "reject", run: "attended" },
    call: { service: "s3", operation: "DeleteBucket", actions: [] },
    openedAt: NOW,
    expiresAt: NOW + 3600,
    votes: [],
    decidedAt: null,
    ending: null,
    ...replaced,
  } as unknown as Approval;
}

export function getObject(key: string, host = "s3.amazonaws.com"): object {
  const authorization =
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260131/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";
  return { method: "GET", path: `/bucket/${key}`, headers: { authorization, host } };
}
