// A caller of the gateway in these tests: its session, and its signed requests under one invocation id.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createSessionStore } from "../../lambdas/aws/session-store.ts";
import { secretMessage } from "../../lambdas/identity/session-keys.ts";
import { keyIdOf } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { NOW, ROLE, secretOf } from "../flow/gateway.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { ISSUER } from "../identity/token/issue.ts";
import { asEvent } from "../ingress/as-event.ts";

const HOST = ["Host", "d111111abcdef8.cloudfront.net"] as const;

/** A change, or a read. */
export type Operation = "PutItem" | "GetItem";

export async function openSession(client: DynamoDBClient, subject: string): Promise<Session> {
  const session: Session = {
    id: newSessionId(),
    principal: { issuer: ISSUER, subject, groups: [], claims: {} },
    role: ROLE,
    keyArn: "arn:aws:kms:eu-west-1:111122223333:key/session",
    sourceIp: "203.0.113.7",
    userAgent: "test",
    openedAt: NOW,
    expiresAt: NOW + 40 * 86_400,
  };
  await createSessionStore({ client, table: STATE_TABLE }).open(session);
  return session;
}

/** The secret that signs for the session: nothing that is stored may hold it. */
export function sessionSecret({ id }: Session): string {
  return secretOf(secretMessage(id));
}

export function requestOf(
  session: Session,
  attempt: number,
  nowMs: number,
  operation: Operation = "PutItem",
): unknown {
  const { subject } = session.principal;
  const item = { id: { S: subject } };
  const input = { TableName: "orders", ...(operation === "PutItem" ? { Item: item } : { Key: item }) };
  const body = Buffer.from(JSON.stringify(input));
  const timestamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers = [
    HOST,
    ["Content-Type", "application/x-amz-json-1.0"],
    ["X-Amz-Target", `DynamoDB_20120810.${operation}`],
    ["X-Amz-Date", timestamp],
    ["amz-sdk-invocation-id", `invocation-${subject}`],
    ["Content-Length", String(body.length)],
  ] as const;
  const unsigned = { method: "POST", path: "/aws", query: "", headers, body };
  const scope = {
    service: "dynamodb",
    timestamp,
    keyId: keyIdOf(session.id),
    secret: sessionSecret(session),
  };
  const event = asEvent(signRequest(unsigned, scope).request);
  event.requestContext.requestId = `${subject}-${attempt}`;
  return event;
}
