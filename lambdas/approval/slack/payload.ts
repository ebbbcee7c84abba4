// Reads what Slack sends when somebody presses a button or submits a form, and pins the workspace and the app. Pure. To be
// called with a body whose signature holds; even so everything that is not exactly ours is refused, since one signing
// secret may serve an app that is installed in several workspaces.

import { type ApprovalId, parseApprovalId } from "../../model/approval.ts";
import { APPROVE_ACTION, OPEN_ACTION, REJECT_ACTION } from "./message.ts";
import { COMMENT_ACTION, COMMENT_BLOCK, MAX_COMMENT, REJECT_FORM } from "./modals.ts";

export type SlackPress =
  | { readonly kind: "approve"; readonly id: ApprovalId; readonly user: string; readonly trigger: string }
  | { readonly kind: "ask_reason"; readonly id: ApprovalId; readonly user: string; readonly trigger: string }
  | { readonly kind: "reject"; readonly id: ApprovalId; readonly user: string; readonly comment: string }
  /** The link button: Slack reports its press too, and nothing is to be done. */
  | { readonly kind: "opened" }
  | { readonly kind: "refused"; readonly reason: "form" | "app" | "payload" };

export interface SlackPins {
  readonly teamId: string;
  readonly appId: string;
}

type Json = Readonly<Record<string, unknown>>;

const USER = /^[UW][A-Z0-9]{4,20}$/;
const TRIGGER = /^[\w.-]{1,200}$/;

export function parsePress(body: Uint8Array, pins: SlackPins): SlackPress {
  const payload = payloadOf(body);
  if (payload === undefined) return { kind: "refused", reason: "form" };
  const user = objectOf(payload.user);
  const foreign =
    objectOf(payload.team).id !== pins.teamId ||
    payload.api_app_id !== pins.appId ||
    // A shared channel has members of other workspaces.
    (user.team_id !== undefined && user.team_id !== pins.teamId);
  if (foreign) return { kind: "refused", reason: "app" };
  const userId = textOf(user.id, USER);
  if (userId === undefined) return { kind: "refused", reason: "payload" };
  if (payload.type === "block_actions") return pressOf(payload, userId);
  if (payload.type === "view_submission") return submissionOf(payload, userId);
  return { kind: "refused", reason: "payload" };
}

/** A form with exactly one field, `payload`, that holds a JSON object. */
function payloadOf(body: Uint8Array): Json | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const fields = [...new URLSearchParams(text)];
    const [field] = fields;
    if (fields.length !== 1 || field?.[0] !== "payload") return undefined;
    const parsed: unknown = JSON.parse(field[1]);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Json)
      : undefined;
  } catch {
    return undefined; // not UTF-8, or not JSON
  }
}

function pressOf(payload: Json, user: string): SlackPress {
  const actions: unknown = payload.actions;
  if (!Array.isArray(actions) || actions.length !== 1) return { kind: "refused", reason: "payload" };
  const action = objectOf(actions[0]);
  if (action.action_id === OPEN_ACTION) return { kind: "opened" };
  const id = typeof action.value === "string" ? parseApprovalId(action.value) : undefined;
  const trigger = textOf(payload.trigger_id, TRIGGER);
  if (id === undefined || trigger === undefined) return { kind: "refused", reason: "payload" };
  if (action.action_id === APPROVE_ACTION) return { kind: "approve", id, user, trigger };
  if (action.action_id === REJECT_ACTION) return { kind: "ask_reason", id, user, trigger };
  return { kind: "refused", reason: "payload" };
}

function submissionOf(payload: Json, user: string): SlackPress {
  const view = objectOf(payload.view);
  const id = typeof view.private_metadata === "string" ? parseApprovalId(view.private_metadata) : undefined;
  const values = objectOf(objectOf(view.state).values);
  const comment = objectOf(objectOf(values[COMMENT_BLOCK])[COMMENT_ACTION]).value;
  const ours = view.callback_id === REJECT_FORM && (view.app_id ?? payload.api_app_id) === payload.api_app_id;
  if (!ours || id === undefined) return { kind: "refused", reason: "payload" };
  // An empty comment is the voter's to correct, and transitions.ts's to refuse.
  const text = typeof comment === "string" ? comment.trim() : "";
  return { kind: "reject", id, user, comment: [...text].slice(0, MAX_COMMENT).join("") };
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function textOf(value: unknown, form: RegExp): string | undefined {
  return typeof value === "string" && form.test(value) ? value : undefined;
}
