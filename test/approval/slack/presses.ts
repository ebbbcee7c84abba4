// What Slack would send when somebody presses a button or submits the form, signed as Slack signs it.

import { createHmac } from "node:crypto";
import type { WireRequest } from "../../../lambdas/model/wire-request.ts";
import { ID, NOW } from "../approvals.ts";

export const SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

type Json = Record<string, unknown>;

export function pressPayload(action: string, changes: Json = {}): Json {
  return {
    type: "block_actions",
    team: { id: "T00TEAM" },
    user: { id: "U00ADA", team_id: "T00TEAM" },
    api_app_id: "A00APP",
    trigger_id: "1.2.abc",
    response_url: "https://evil.example.com/",
    actions: [{ type: "button", action_id: action, value: ID }],
    ...changes,
  };
}

export function submissionPayload(comment: string | null, changes: Json = {}): Json {
  return {
    type: "view_submission",
    team: { id: "T00TEAM" },
    user: { id: "U00ADA", team_id: "T00TEAM" },
    api_app_id: "A00APP",
    view: {
      app_id: "A00APP",
      callback_id: "countersign_reject_form",
      private_metadata: ID,
      state: { values: { countersign_comment: { countersign_comment_text: { value: comment } } } },
    },
    ...changes,
  };
}

export function bodyOf(payload: unknown): Uint8Array {
  return Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
}

export function signatureOf(
  body: Uint8Array,
  timestamp: string | number = NOW,
  secret = SIGNING_SECRET,
): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
}

export function signedRequest(
  body: Uint8Array,
  headers: Readonly<Record<string, readonly string[]>> = {},
): WireRequest {
  return {
    method: "POST",
    path: "/slack/actions",
    query: [],
    headers: new Map(
      Object.entries({
        "content-type": ["application/x-www-form-urlencoded"],
        "x-slack-request-timestamp": [String(NOW)],
        "x-slack-signature": [signatureOf(body)],
        ...headers,
      }),
    ),
    body,
    viewerIp: "192.0.2.9",
    gatewayRequestId: "request-2",
  };
}
