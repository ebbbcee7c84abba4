// The approvers' pages for tests: the flow as the function runs it, over stores in memory, and a browser's part.

import type { Change } from "../../../lambdas/approval/transitions.ts";
import type { ApprovalsDependencies } from "../../../lambdas/flow/approvals/dependencies.ts";
import type { LoginResult, PendingLogin, WebSession } from "../../../lambdas/flow/approvals/ports.ts";
import { serveApprovals } from "../../../lambdas/flow/approvals/serve.ts";
import type { Approval, ApprovalId, Vote } from "../../../lambdas/model/approval.ts";
import type { Deployment } from "../../../lambdas/model/deployment.ts";
import { asEvent, ORIGIN_SECRET, STAGE } from "../../ingress/as-event.ts";

export const HOST = "gateway.example.com";
export const PUBLIC_URL = `https://${HOST}`;
const ISSUER = "https://idp.example.com";
export const NOW = 1_800_000_000;
export const ID = "AAAAAAAAAAAAAAAAAAAAAAAAAA" as ApprovalId;
export const OTHER_ID = "BBBBBBBBBBBBBBBBBBBBBBBBBB" as ApprovalId;

const APPROVALS = {
  login: { issuer: ISSUER, clientId: "c", clientSecretArn: null, scopes: ["openid"], groupsClaim: "groups" },
  people: [
    {
      name: "Olga Owner",
      identities: [
        { issuer: ISSUER, subject: "olga" },
        { issuer: ISSUER, subject: "olga-2" },
      ],
      slackUser: null,
      groups: ["prod"],
    },
    { name: "Ada", identities: [{ issuer: ISSUER, subject: "ada" }], slackUser: null, groups: ["prod"] },
  ],
  groups: [
    { name: "prod", emails: ["p@example.com"], slackChannel: null, remindMinutes: 15, escalateTo: "leads" },
    { name: "leads", emails: ["l@example.com"], slackChannel: null, remindMinutes: 15, escalateTo: null },
    { name: "data", emails: ["d@example.com"], slackChannel: null, remindMinutes: 15, escalateTo: null },
  ],
  mailFrom: null,
  slack: null,
} satisfies Deployment["approvals"];

export function approvalOf(change: Partial<Approval> = {}): Approval {
  return {
    id: ID,
    kind: "call",
    status: "pending",
    fingerprint: "f".repeat(64),
    issuer: ISSUER,
    subject: "agent-7",
    agent: "Report writer",
    owner: "Olga Owner",
    session: "SESSIONAAAAAAAAAAAAAAAAAAA" as Approval["session"],
    role: "arn:aws:iam::111122223333:role/reports" as Approval["role"],
    sourceIp: "203.0.113.9",
    userAgent: "aws-sdk-js/3.1 (I am approved already)",
    demand: { groups: ["prod"], quorum: 1, withinSeconds: 3_600, otherwise: "reject", run: "attended" },
    policies: ["hold-deletes"],
    policyVersion: "0123abcd",
    call: {
      service: "s3",
      operation: "DeleteBucket",
      accessLevel: "write",
      actions: [{ action: "s3:DeleteBucket", resources: ["arn:aws:s3:::reports-archive"] }],
      account: "111122223333",
      region: "eu-west-1",
      parameters: [{ path: "Bucket", value: "reports-archive" }],
      parametersOmitted: 0,
      resourceSets: ["critical"],
      preview: [{ label: "Objects", value: "at least 1,000" }],
    },
    record: {} as Approval["record"],
    openedAt: NOW - 60,
    expiresAt: NOW + 3_540,
    escalated: [],
    votes: [],
    decidedAt: null,
    callerWaitsUntil: NOW + 20,
    claim: null,
    ending: null,
    answer: null,
    notices: [],
    ...change,
  };
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly cookie?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly text: string;
}

export function testPages(...approvals: readonly Approval[]) {
  const stored = new Map(approvals.map((approval) => [approval.id, approval]));
  const logins = new Map<string, PendingLogin>();
  const sessions = new Map<string, WebSession>();
  const writes: string[] = [];
  const resumed: string[] = [];
  const world = { now: NOW, secrets: 0, resumeFails: false, result: identity("ada"), unreachable: false };
  const change = async (id: ApprovalId, step: (approval: Approval) => Change) => {
    const approval = stored.get(id);
    if (approval === undefined) return { kind: "unknown" } as const;
    const next = step(approval);
    if (next.kind === "keep") return { kind: "unchanged", approval, reason: next.reason } as const;
    writes.push(`approval ${id}`);
    stored.set(id, next.approval);
    return { kind: "changed", approval: next.approval } as const;
  };
  const dependencies: ApprovalsDependencies = {
    apiStage: STAGE,
    originSecrets: {
      accepted: async () => [ORIGIN_SECRET],
      acceptedAfterMismatch: async () => [ORIGIN_SECRET],
    },
    publicUrl: async () => PUBLIC_URL,
    clock: { nowMs: () => world.now * 1_000 },
    deployment: { approvals: APPROVALS } as unknown as Deployment,
    newSecret: () => `secret-${++world.secrets}`.padEnd(43, "x"),
    slack: null,
    store: {
      find: async (id) => stored.get(id),
      tokenOf: async (id) => `sealed ${id}`,
      listOpen: async () => ({ approvals: [...stored.values()] }),
      change,
    },
    sealer: { open: async (_purpose, id) => Buffer.from(`token of ${id}`) },
    workflow: {
      resume: async (token, { status }) => {
        if (world.resumeFails) throw new Error("step functions is away");
        resumed.push(`${token}: ${status}`);
        return "resumed";
      },
    },
    sessions: {
      beginLogin: async (id, login) => void logins.set(id, login),
      takeLogin: async (id, now) => {
        const login = logins.get(id);
        logins.delete(id);
        return login !== undefined && now < login.expiresAt ? login : undefined;
      },
      open: async (id, session) => void sessions.set(id, session),
      find: async (id, now) => {
        const session = sessions.get(id);
        return session !== undefined && now < session.expiresAt ? session : undefined;
      },
      close: async (id) => void sessions.delete(id),
    },
    login: {
      begin: async (redirectUri) =>
        world.unreachable
          ? { kind: "unreachable" }
          : {
              kind: "begun",
              url: `${ISSUER}/auth?redirect_uri=${redirectUri}`,
              secrets: { state: "s", nonce: "n", verifier: "v" },
            },
      finish: async () => (world.unreachable ? { kind: "unreachable" } : world.result),
    },
  };

  async function send({ method, path, query = "", headers = {}, form, cookie }: Sent): Promise<Received> {
    const body = form === undefined ? "" : new URLSearchParams(form).toString();
    const all: Record<string, string> = {
      host: HOST,
      ...(form !== undefined && { origin: PUBLIC_URL, "content-type": "application/x-www-form-urlencoded" }),
      ...(cookie !== undefined && { cookie }),
      ...headers,
    };
    const event = asEvent({
      method: method ?? (form === undefined ? "GET" : "POST"),
      path,
      query,
      headers: Object.entries(all).filter(([, value]) => value !== ""),
      body: Buffer.from(body),
    });
    const answer = await serveApprovals(event, dependencies);
    if (!(answer.body instanceof Uint8Array)) throw new Error("a page is whole");
    return {
      status: answer.status,
      headers: answer.headers,
      cookies: answer.cookies ?? [],
      text: Buffer.from(answer.body).toString("utf8"),
    };
  }

  /** Signs in by the pages; returns the session's cookie and the token that its forms carry. */
  async function signIn(subject: string, groups: readonly string[] = []) {
    world.result = identity(subject, groups);
    const begun = await send({ path: "/login" });
    const back = await send({
      path: "/login/callback",
      query: "code=c&state=s",
      cookie: pairOf(begun.cookies[0]),
    });
    const cookie = pairOf(back.cookies[0]);
    const csrf = sessions.get(cookie.slice(cookie.indexOf("=") + 1))?.csrf ?? "";
    return { cookie, csrf };
  }

  return { send, signIn, stored, sessions, logins, writes, resumed, world, dependencies };
}

export function pairOf(line: string | undefined): string {
  return (line ?? "").split(";", 1)[0] ?? "";
}

export function identity(subject: string, groups: readonly string[] = []): LoginResult {
  return { kind: "identity", identity: { issuer: ISSUER, subject, name: subject, groups } };
}

export function voteOf(id: string, choice: Vote["choice"], groups: readonly string[]): Vote {
  return { person: { id, name: id, groups }, choice, comment: "x", at: NOW, via: "page", grant: null };
}
