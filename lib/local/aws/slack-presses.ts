// Presses a button or submits a form as Slack would: the form body and its signed headers, for the gateway's
// `/slack/actions`. Imports nothing of `lambdas/`: shapes and signature follow Slack's documentation.
// https://docs.slack.dev/reference/interaction-payloads

import { createHmac, randomUUID } from "node:crypto";

/** The app whose buttons are pressed, and who presses. */
export interface SlackActor {
  readonly teamId: string;
  readonly appId: string;
  readonly signingSecret: string;
  /** The member's id, `U...`. */
  readonly user: string;
}

export interface SlackDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A press of a button of a caught message. `nowMs`: epoch milliseconds. */
export function pressButton(
  actor: SlackActor,
  button: { readonly actionId: string; readonly value: string },
  nowMs: number,
): SlackDelivery {
  const action = { type: "button", action_id: button.actionId, value: button.value };
  return delivery(actor, { type: "block_actions", trigger_id: newTrigger(), actions: [action] }, nowMs);
}

/** The submission of a form that `views.open` opened, with `text` in its one field. */
export function submitForm(
  actor: SlackActor,
  form: { readonly view: Readonly<Record<string, unknown>>; readonly text: string },
  nowMs: number,
): SlackDelivery {
  const { callback_id, private_metadata, blocks } = form.view;
  const inputs = Array.isArray(blocks) ? blocks.filter(({ type }) => type === "input") : [];
  const values = Object.fromEntries(
    inputs.map(({ block_id, element }) => [
      block_id,
      { [element.action_id]: { type: element.type, value: form.text } },
    ]),
  );
  const view = { app_id: actor.appId, callback_id, private_metadata, state: { values } };
  return delivery(actor, { type: "view_submission", trigger_id: newTrigger(), view }, nowMs);
}

function delivery(actor: SlackActor, payload: object, nowMs: number): SlackDelivery {
  const whole = {
    ...payload,
    team: { id: actor.teamId },
    user: { id: actor.user, team_id: actor.teamId },
    api_app_id: actor.appId,
  };
  const body = new URLSearchParams({ payload: JSON.stringify(whole) }).toString();
  const timestamp = String(Math.floor(nowMs / 1_000));
  const mac = createHmac("sha256", actor.signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${mac}`,
    },
    body,
  };
}

function newTrigger(): string {
  return `1.1.${randomUUID().replaceAll("-", "")}`;
}
