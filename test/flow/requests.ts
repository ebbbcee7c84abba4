// Requests as clients of the gateway send them: a signed GetItem, a token exchange, a call with a token.

import { secretMessage } from "../../lambdas/identity/session-keys.ts";
import { keyIdOf, sessionIdOfBytes } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { ISSUER } from "../identity/token/issue.ts";
import type { SentRequest } from "../ingress/as-event.ts";
import { NOW, ROLE, secretOf, type TestGateway } from "./gateway.ts";

const HOST = ["Host", "d111111abcdef8.cloudfront.net"] as const;

/** Opens a session for an agent without an exchange. */
export async function openSession(gateway: TestGateway, subject: string, serial = 1): Promise<Session> {
  const session: Session = {
    id: sessionIdOfBytes(Buffer.from(`${subject}-${serial}`.padEnd(16, "-").slice(0, 16))),
    principal: { issuer: ISSUER, subject, groups: [], claims: {} },
    role: ROLE,
    keyArn: "arn:aws:kms:eu-west-1:111122223333:key/session",
    sourceIp: "203.0.113.7",
    userAgent: "test",
    openedAt: NOW,
    expiresAt: NOW + 43_200,
  };
  await gateway.sessions.open(session);
  return session;
}

/** A GetItem as the session's holder signs it, or with a secret that somebody made up. */
export function getItem(
  { clock }: TestGateway,
  { id }: Pick<Session, "id">,
  { key = "A-1", secret = secretOf(secretMessage(id)) } = {},
): SentRequest {
  const body = Buffer.from(JSON.stringify({ TableName: "orders", Key: { id: { S: key } } }));
  const timestamp = new Date(clock.nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers = [
    HOST,
    ["Content-Type", "application/x-amz-json-1.0"],
    ["X-Amz-Target", "DynamoDB_20120810.GetItem"],
    ["X-Amz-Date", timestamp],
    ["Content-Length", String(body.length)],
  ] as const;
  const unsigned = { method: "POST", path: "/aws", query: "", headers, body };
  return signRequest(unsigned, { service: "dynamodb", timestamp, keyId: keyIdOf(id), secret }).request;
}

export function exchangeOf(token: string): SentRequest {
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: ROLE,
    RoleSessionName: "agent",
    WebIdentityToken: token,
  });
  const body = Buffer.from(form.toString());
  const type = ["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"] as const;
  const headers = [HOST, type, ["Content-Length", String(body.length)]] as const;
  return { method: "POST", path: "/aws", query: "", headers, body };
}

export function bearerGetItem(token: string): SentRequest {
  const body = Buffer.from(JSON.stringify({ TableName: "orders", Key: { id: { S: "A-1" } } }));
  const headers = [
    HOST,
    ["Content-Type", "application/x-amz-json-1.0"],
    ["X-Amz-Target", "DynamoDB_20120810.GetItem"],
    ["Content-Length", String(body.length)],
    ["Authorization", `Bearer ${token}`],
    ["countersign-service", "dynamodb"],
    ["countersign-region", "eu-west-1"],
    ["countersign-role", ROLE],
  ] as const;
  return { method: "POST", path: "/aws", query: "", headers, body };
}
