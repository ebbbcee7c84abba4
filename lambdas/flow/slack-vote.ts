// A press in Slack, from its raw bytes to a vote: signature, workspace and app, replay, person, vote, in this order. Slack's
// answer decides nothing, and nothing is sent to an address that came with the press (`response_url`). Slack waits 3 s.

import type { SlackChat, SlackModals } from "../approval/notices/ports.ts";
import { personOfSlack } from "../approval/people.ts";
import type { ApprovalStore } from "../approval/ports.ts";
import { COMMENT_BLOCK, refusalNote, rejectForm } from "../approval/slack/modals.ts";
import { parsePress, type SlackPress } from "../approval/slack/payload.ts";
import type { SlackDeliveries } from "../approval/slack/ports.ts";
import { verifySlackSignature } from "../approval/slack/signature.ts";
import type { VoteReason } from "../approval/transitions.ts";
import { faultFields, log } from "../boundary/log.ts";
import type { Person } from "../model/approval.ts";
import type { ApprovalsConfig } from "../model/deployment.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { refreshMessages } from "./ask-tell.ts";
import { type Cast, castVote, type VoteDependencies } from "./vote.ts";

export interface SlackVoteDependencies extends VoteDependencies {
  readonly store: Pick<ApprovalStore, "find" | "change" | "tokenOf">;
  readonly deliveries: SlackDeliveries;
  readonly slackSecret: () => Promise<{ readonly signingSecret: string }>;
  /** With little patience: Slack waits for us meanwhile. */
  readonly slack: SlackChat & SlackModals;
  readonly publicUrl: () => Promise<string>;
}

type Press = Extract<SlackPress, { kind: "approve" | "ask_reason" | "reject" }>;

/** @throws when the vote's write is not known to have happened; Slack then shows the person that it failed */
export async function slackAction(
  request: WireRequest,
  dependencies: SlackVoteDependencies,
): Promise<GatewayResponse> {
  const { deployment, clock, deliveries, slackSecret } = dependencies;
  const { approvals } = deployment;
  if (approvals === null || approvals.slack === null) return plainAnswer(404, "slack is not configured here");
  if (request.method !== "POST") return plainAnswer(405, "slack sends its actions by POST");
  const now = Math.floor(clock.nowMs() / 1_000);
  const signature = verifySlackSignature(request, (await slackSecret()).signingSecret, now);
  if (signature.kind === "refused") return plainAnswer(401, "the request is not signed by our slack app");
  const press = parsePress(request.body, approvals.slack);
  if (press.kind === "refused") {
    return press.reason === "app"
      ? plainAnswer(403, "the request comes from another slack workspace or app")
      : plainAnswer(400, "the request is not a press of one of our buttons");
  }
  if (press.kind === "opened") return plainAnswer(200, "");
  if (!(await deliveries.first(signature.delivery, now))) {
    return plainAnswer(409, "this delivery was received before");
  }
  return carryOut(press, approvals, dependencies);
}

async function carryOut(
  press: Press,
  approvals: ApprovalsConfig,
  dependencies: SlackVoteDependencies,
): Promise<GatewayResponse> {
  const person = personOfSlack(press.user, approvals);
  if (person === undefined) return told(press, UNKNOWN_MEMBER, dependencies);
  if (press.kind === "ask_reason") return askReason(press, dependencies);
  const cast = await castVote({ id: press.id, vote: voteOf(press, person) }, dependencies);
  if (cast.kind === "unknown") return told(press, UNKNOWN_APPROVAL, dependencies);
  const answer = cast.kind === "cast" ? plainAnswer(200, "") : told(press, sentenceOf(cast), dependencies);
  await refreshMessages(cast.approval, dependencies);
  return answer;
}

function voteOf(press: Extract<Press, { kind: "approve" | "reject" }>, person: Person) {
  const comment = press.kind === "reject" ? press.comment : null;
  return { person, choice: press.kind, comment, via: "slack", grant: null } as const;
}

/** A rejection needs a comment, so its button only opens the form. */
async function askReason(
  press: Extract<Press, { kind: "ask_reason" }>,
  dependencies: SlackVoteDependencies,
): Promise<GatewayResponse> {
  const approval = await dependencies.store.find(press.id);
  if (approval === undefined) return told(press, UNKNOWN_APPROVAL, dependencies);
  if (approval.status !== "pending") return told(press, SENTENCES.not_pending, dependencies);
  await open(press.trigger, rejectForm(approval), dependencies);
  return plainAnswer(200, "");
}

const UNKNOWN_MEMBER =
  "your slack member is not listed as an approver: follow the link and sign in, or ask an administrator to add you";
const UNKNOWN_APPROVAL = "this approval does not exist any more";

const SENTENCES: Record<VoteReason, string> = {
  not_pending: "it is decided or over already",
  expired: "its time is over",
  is_agent: "the agent that asks cannot approve its own call",
  is_owner: "the owner of the agent cannot decide about its calls",
  not_approver: "you are in none of the groups that may decide about this call",
  already_voted: "you have voted already",
  voted_otherwise: "you have voted already, and a vote is not changed",
  comment_missing: "say why you reject it",
  comment_too_long: "the comment is too long",
  grant_out_of_bounds: "the leave for further calls is out of bounds",
};

function sentenceOf({ reason }: Extract<Cast, { kind: "not_counted" }>): string {
  return `your vote was not counted: ${SENTENCES[reason]}`;
}

/** Says why nothing happened, where the person looks: in the form that is open, or in a new one. */
async function told(
  press: Press,
  sentence: string,
  dependencies: SlackVoteDependencies,
): Promise<GatewayResponse> {
  if (press.kind === "reject") {
    return jsonAnswer({ response_action: "errors", errors: { [COMMENT_BLOCK]: sentence } });
  }
  await open(press.trigger, refusalNote(sentence), dependencies);
  return plainAnswer(200, "");
}

async function open(
  trigger: string,
  view: Parameters<SlackModals["open"]>[1],
  { slack }: SlackVoteDependencies,
): Promise<void> {
  try {
    await slack.open(trigger, view);
  } catch (error) {
    log({ event: "fault", fault: faultFields(error) }); // the vote, if there was one, stands as it is
  }
}

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

function plainAnswer(status: number, text: string): GatewayResponse {
  const headers = { ...HEADERS, "content-type": "text/plain; charset=utf-8" };
  return { status, headers, body: Buffer.from(text === "" ? "" : `${text}\n`, "utf8") };
}

function jsonAnswer(answer: object): GatewayResponse {
  const headers = { ...HEADERS, "content-type": "application/json; charset=utf-8" };
  return { status: 200, headers, body: Buffer.from(JSON.stringify(answer), "utf8") };
}
