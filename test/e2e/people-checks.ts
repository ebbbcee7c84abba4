// What a deployment must do for people who read records and give orders: checks as in checks.ts. Each touches what the
// function may do with records, markers and every index of the records.

import { expect } from "vitest";
import { APPROVERS_CLIENT, REPORTS_AGENT } from "../../lib/local/demo-world.ts";
import type { Check, Subject } from "./checks.ts";
import type { Demo } from "./demo.ts";
import { idTokenOf } from "./sign-in.ts";

/** Who signs in for these checks, beside the people of the demo. */
export const CHECKING_ADMINISTRATOR = {
  subject: "checking-administrator",
  name: "Ada Admin",
  groups: ["countersign-administrators"],
};

/** The settings that these checks need. */
export function readersOf({
  issuer,
  jwksUri,
}: {
  readonly issuer: string;
  readonly jwksUri: string;
}): object {
  return {
    readers: {
      issuer,
      jwksUri,
      clientId: APPROVERS_CLIENT,
      algorithms: ["RS256"],
      groupsClaim: "groups",
      auditors: ["countersign-auditors"],
    },
  };
}

export const PEOPLE_CHECKS: readonly Check[] = [
  {
    name: "an administrator reads records by every filter, and each look is on record",
    area: "explained",
    run: async (subject) => {
      const agent = encodeURIComponent(`${subject.demo.cloud.issuer.issuer}|${REPORTS_AGENT.subject}`);
      const paths = [
        "/calls",
        `/calls?agent=${agent}`,
        "/calls?action=s3:ListBucket",
        "/calls?decision=deny",
        "/calls?approver=Ana%20Approver",
        "/calls?awsRequestId=none",
        "/sessions",
        `/sessions?agent=${agent}`,
        "/orders",
      ];
      for (const path of paths) await told(subject, "GET", path);
      const { records } = await told(subject, "GET", "/readings?limit=1");
      expect(records[0].record).toMatchObject({ asked: "GET /api/readings?limit=1" });
    },
  },
  {
    name: "an administrator revokes an agent, sees it, and lifts it again",
    area: "explained",
    run: async (subject) => {
      const id = `${subject.demo.cloud.issuer.issuer}|an-agent-that-calls-nothing`;
      const body = { target: "agent", id, reason: "check" };
      await told(subject, "POST", "/revocations", body);
      const { revocations } = await told(subject, "GET", "/revocations");
      expect(revocations).toMatchObject([{ id, reason: "check" }]);
      await told(subject, "POST", "/revocations/lift", body);
      expect((await told(subject, "GET", "/revocations")).revocations).toEqual([]);
    },
  },
  {
    name: "an administrator reads a session whole, and an order about it is in it",
    area: "explained",
    run: async (subject) => {
      const { records } = await told(subject, "GET", "/sessions?limit=1");
      const id = records[0].pk.slice("SESSION#".length);
      await told(subject, "POST", "/revocations/lift", { target: "session", id, reason: "check" });
      const session = await told(subject, "GET", `/sessions/${id}`);
      expect(session.records.map(({ record }: { record: { phase: string } }) => record.phase)).toContain(
        "ORDER",
      );
    },
  },
];

/** The answer of the API. @throws unless it is 200 */
export async function told(
  subject: Subject,
  method: string,
  path: string,
  body?: object,
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is
): Promise<any> {
  const answer = await asked(subject, method, path, body);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text);
}

export async function asked(
  { demo }: Subject,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  return await fetch(`${demo.cloud.gatewayUrl}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${await tokenOf(demo)}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const TOKEN_MS = 300_000; // of the 600 s that the local provider gives
const tokens = new Map<string, { readonly token: string; readonly until: number }>();

/** The provider outlives a deployment, and so does a token of it. */
async function tokenOf(demo: Demo): Promise<string> {
  const { issuer } = demo.cloud.issuer;
  const kept = tokens.get(issuer);
  if (kept !== undefined && Date.now() < kept.until) return kept.token;
  const client = { clientId: APPROVERS_CLIENT, redirectUri: `${demo.cloud.tlsUrl}/login/callback` };
  const token = await idTokenOf(demo, CHECKING_ADMINISTRATOR.subject, client);
  tokens.set(issuer, { token, until: Date.now() + TOKEN_MS });
  return token;
}
