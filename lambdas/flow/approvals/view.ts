// The pages that are looked at. Reads only: whoever opens them, however often, changes nothing. What a person may not see
// answers exactly like what does not exist.

import { answerPage } from "../../approval/pages/answer.ts";
import { approvalPage, type PageNotice } from "../../approval/pages/approval-page.ts";
import { inboxPage } from "../../approval/pages/inbox-page.ts";
import { hopPage, notFoundPage, signInPage } from "../../approval/pages/messages.ts";
import { barOf, mayView, standingOf } from "../../approval/pages/standing.ts";
import type { Approval, ApprovalId } from "../../model/approval.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { singleHeader } from "../../model/wire-request.ts";
import { type PageRequest, queryValue, type SignedIn } from "./dependencies.ts";
import { signedIn } from "./signed-in.ts";

const INBOX_ROWS = 50;
const MOST_READS = 20; // pages of the store for one page of ours, when most approvals are other groups'
const PLACE = /^[\x21-\x7e]{1,1024}$/;

export async function viewInbox(page: PageRequest): Promise<GatewayResponse> {
  const by = await signedIn(page);
  if (by === undefined) return askToSignIn(page, "/approvals");
  const { dependencies, approvals, now } = page;
  const shown: Approval[] = [];
  const asked = queryValue(page.request, "after");
  let after = asked !== undefined && PLACE.test(asked) ? asked : undefined;
  for (let read = 0; read < MOST_READS && shown.length < INBOX_ROWS; read += 1) {
    const { approvals: listed, next } = await dependencies.store.listOpen(INBOX_ROWS, after);
    shown.push(...listed.filter((approval) => mayView(approval, by.person, approvals)));
    after = next;
    if (next === undefined) break;
  }
  const rows = shown.map((approval) => ({
    approval,
    open: barOf(approval, by.person, { now, approvals }) === null,
  }));
  return answerPage(200, inboxPage({ rows, viewer: by.viewer, now, next: after ?? null }));
}

export async function viewApproval(page: PageRequest, id: ApprovalId): Promise<GatewayResponse> {
  const by = await signedIn(page);
  if (by === undefined) return askToSignIn(page, `/approvals/${id}`);
  const approval = await visibleApproval(page, id, by);
  if (approval === undefined) return answerPage(404, notFoundPage(by.viewer));
  return showApproval(page, { approval, by, status: 200, notice: noticeOf(page, approval, by) });
}

/** The approval, if it is there and a group of theirs is asked. */
export async function visibleApproval(
  { dependencies, approvals }: PageRequest,
  id: ApprovalId,
  { person }: SignedIn,
): Promise<Approval | undefined> {
  const approval = await dependencies.store.find(id);
  return approval !== undefined && mayView(approval, person, approvals) ? approval : undefined;
}

interface Shown {
  readonly approval: Approval;
  readonly by: SignedIn;
  readonly status: number;
  readonly notice: PageNotice | null;
}

export function showApproval(
  { approvals, now }: PageRequest,
  { approval, by, status, notice }: Shown,
): GatewayResponse {
  const view = {
    approval,
    viewer: by.viewer,
    now,
    standing: standingOf(approval, approvals),
    bar: barOf(approval, by.person, { now, approvals }),
    notice,
  };
  return answerPage(status, approvalPage(view));
}

/** The address says what to tell; it is told only to somebody of whom it is true. */
function noticeOf({ request }: PageRequest, approval: Approval, { person }: SignedIn): PageNotice | null {
  const vote = approval.votes.find((cast) => cast.person.id === person.id);
  const done = queryValue(request, "done");
  if (vote === undefined || (done !== "recorded" && done !== "asleep")) return null;
  const mayBeAsleep = approval.status === "approved" || approval.status === "rejected";
  return { kind: done === "asleep" && mayBeAsleep ? "asleep" : "recorded" };
}

function askToSignIn({ request }: PageRequest, path: string): GatewayResponse {
  // A link in a mail is another site's: the browser held back the strict cookie. Led on by a page of ours, it sends it.
  if (singleHeader(request.headers, "sec-fetch-site") === "cross-site") return answerPage(200, hopPage(path));
  return answerPage(401, signInPage(path));
}
