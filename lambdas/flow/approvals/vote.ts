// A vote sent from the page: by a person whom the guard proved, on an approval that they may see. Whether it counts is
// decided where it is written; the workflow wakes after that. A vote is never lost because waking failed.

import { answerPage, answerRedirect } from "../../approval/pages/answer.ts";
import { GRANT_MINUTES, MOST_COMMENT, MOST_GRANT_CALLS } from "../../approval/pages/decision-forms.ts";
import { notFoundPage } from "../../approval/pages/messages.ts";
import { VOTE_WORDS } from "../../approval/pages/vote-words.ts";
import type { Approval, ApprovalId, GrantOffer, Vote } from "../../model/approval.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { castVote, type VoteDependencies } from "../vote.ts";
import type { ApprovalsDependencies, PageRequest, SignedIn } from "./dependencies.ts";
import { guardPost } from "./guard-post.ts";
import { showApproval, visibleApproval } from "./view.ts";

const FIELDS: ReadonlySet<string> = new Set(["csrf", "choice", "comment", "grantCalls", "grantMinutes"]);
const SECONDS_A_MINUTE = 60;

export async function postVote(page: PageRequest, id: ApprovalId): Promise<GatewayResponse> {
  const guarded = await guardPost(page, `/approvals/${id}`);
  if (guarded.kind === "answer") return guarded.answer;
  const { form, by } = guarded;
  const approval = await visibleApproval(page, id, by);
  if (approval === undefined) return answerPage(404, notFoundPage(by.viewer));
  const ballot = ballotOf(form, approval);
  if (typeof ballot === "string") return refusedVote(page, approval, { by, status: 400, sentence: ballot });
  return castAndShow(page, { id, by, vote: { ...ballot, person: by.person, via: "page" } });
}

/** Wakes the workflow of a decision that stands: the person's own vote once more, which changes nothing. */
export async function postWake(page: PageRequest, id: ApprovalId): Promise<GatewayResponse> {
  const guarded = await guardPost(page, `/approvals/${id}`);
  if (guarded.kind === "answer") return guarded.answer;
  const { by } = guarded;
  const approval = await visibleApproval(page, id, by);
  if (approval === undefined) return answerPage(404, notFoundPage(by.viewer));
  const vote = approval.votes.find(({ person }) => person.id === by.person.id);
  if (vote === undefined) {
    const sentence = "You have not voted on this, so there is nothing to start again.";
    return refusedVote(page, approval, { by, status: 409, sentence });
  }
  return castAndShow(page, { id, by, vote: { ...vote, person: by.person } });
}

interface PageVote {
  readonly id: ApprovalId;
  readonly by: SignedIn;
  readonly vote: Omit<Vote, "at">;
}

async function castAndShow(page: PageRequest, { id, by, vote }: PageVote): Promise<GatewayResponse> {
  const watch = watchWaking(page.dependencies);
  const cast = await castVote({ id, vote }, watch.dependencies);
  if (cast.kind === "unknown") return answerPage(404, notFoundPage(by.viewer));
  const own = cast.approval.votes.find(({ person }) => person.id === by.person.id);
  // A second press of the same button: what the person wanted is what stands.
  const stands = cast.kind === "cast" || own?.choice === vote.choice;
  if (stands) return answerRedirect(`/approvals/${id}?done=${watch.failed() ? "asleep" : "recorded"}`);
  return refusedVote(page, cast.approval, { by, status: 409, sentence: VOTE_WORDS[cast.reason] });
}

function refusedVote(
  page: PageRequest,
  approval: Approval,
  { by, status, sentence }: { readonly by: SignedIn; readonly status: number; readonly sentence: string },
): GatewayResponse {
  return showApproval(page, { approval, by, status, notice: { kind: "refused", sentence } });
}

/** `castVote` hides that waking failed, since no vote depends on it; the page tells it, so that people may try again. */
function watchWaking(dependencies: ApprovalsDependencies): {
  readonly dependencies: VoteDependencies;
  failed(): boolean;
} {
  let failed = false;
  const watched = async <T>(step: Promise<T>): Promise<T> => {
    failed = true;
    const done = await step;
    failed = false;
    return done;
  };
  const { store, sealer, workflow } = dependencies;
  return {
    failed: () => failed,
    dependencies: {
      ...dependencies,
      store: {
        change: (id, step) => store.change(id, step),
        tokenOf: (id) => watched(store.tokenOf(id)),
      },
      sealer: { open: (purpose, id, sealed) => watched(sealer.open(purpose, id, sealed)) },
      workflow: { resume: (token, result) => watched(workflow.resume(token, result)) },
    },
  };
}

/** What the form says, or the sentence that says what is wrong with it. */
function ballotOf(
  form: ReadonlyMap<string, string>,
  { kind }: Approval,
): Pick<Vote, "choice" | "comment" | "grant"> | string {
  const choice = form.get("choice");
  if ((choice !== "approve" && choice !== "reject") || [...form.keys()].some((name) => !FIELDS.has(name))) {
    return "The form could not be read. Open the page again.";
  }
  const comment = oneLine(form.get("comment") ?? "");
  if ([...comment].length > MOST_COMMENT) return `The comment is over ${MOST_COMMENT} characters.`;
  if (choice === "reject") {
    if (comment === "") return "A rejection needs a reason: it is told to the agent.";
    return { choice, comment, grant: null };
  }
  const grant = grantOf(form);
  if (grant === "unreadable" || (grant !== null && kind !== "call")) {
    return `Further calls can be allowed for a call only, 1 to ${MOST_GRANT_CALLS} of them, for at most an hour.`;
  }
  return { choice, comment: comment === "" ? null : comment, grant };
}

/** The comment goes into one line of an error and of records: breaks become spaces, what turns a text around goes. */
function oneLine(text: string): string {
  return text
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

function grantOf(form: ReadonlyMap<string, string>): GrantOffer | null | "unreadable" {
  const calls = form.get("grantCalls") ?? "0";
  if (calls === "0") return null;
  const minutes = GRANT_MINUTES.find((allowed) => String(allowed) === form.get("grantMinutes"));
  const isCount = /^[1-9]$/.test(calls) && Number(calls) <= MOST_GRANT_CALLS;
  if (!isCount || minutes === undefined) return "unreadable";
  return { calls: Number(calls), seconds: minutes * SECONDS_A_MINUTE };
}
