// From API Gateway's event to a page: reads the event as the data plane does, picks the page by the route, and turns every
// fault into a page that tells nothing. This is the only place that catches what nobody foresaw.

import { answerPage, answerStyle } from "../../approval/pages/answer.ts";
import { messagePage, notFoundPage } from "../../approval/pages/messages.ts";
import { faultFields, log } from "../../boundary/log.ts";
import { hostOf } from "../../ingress/gateway-host.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import { readEvent } from "../entrance.ts";
import type { ApprovalsDependencies, PageRequest } from "./dependencies.ts";
import { routeOfPage } from "./routes.ts";
import { beginLogin, finishLogin, logout } from "./sign-in.ts";
import { viewApproval, viewInbox } from "./view.ts";
import { postVote, postWake } from "./vote.ts";

/** The function's one use case. Never throws. */
export async function serveApprovals(
  event: unknown,
  dependencies: ApprovalsDependencies,
): Promise<GatewayResponse> {
  try {
    const parsed = await readEvent(event, dependencies);
    return parsed.kind === "refused" ? unreadable(parsed) : await answer(parsed.request, dependencies);
  } catch (error) {
    log({ event: "fault", fault: faultFields(error) });
    const sentence =
      "The gateway could not do this just now. Look at the page again before you repeat anything.";
    return answerPage(500, messagePage("Something went wrong", sentence, { viewer: null }));
  }
}

async function answer(request: WireRequest, dependencies: ApprovalsDependencies): Promise<GatewayResponse> {
  const publicUrl = await dependencies.publicUrl();
  const host = hostOf(request, publicUrl);
  if (host.kind === "refused" || host.prefix !== "") {
    return unreadable(
      refuse("ValidationError", `this is not the gateway's name: open ${publicUrl}/approvals`),
    );
  }
  const page = pageRequestOf(request, publicUrl, dependencies);
  if (page === undefined) return answerPage(404, notFoundPage(null));
  if (request.method !== "HEAD") return route(page);
  // Only what is looked at has a HEAD: a sign-in must not begin by it.
  const looked = routeOfPage("GET", request.path);
  const shown = looked.kind === "inbox" || looked.kind === "approval" || looked.kind === "style";
  const whole = shown
    ? await route({ ...page, request: { ...request, method: "GET" } })
    : answerPage(404, notFoundPage(null));
  return { ...whole, body: new Uint8Array() };
}

function pageRequestOf(
  request: WireRequest,
  publicUrl: string,
  dependencies: ApprovalsDependencies,
): PageRequest | undefined {
  const { approvals } = dependencies.deployment;
  const { login, clock } = dependencies;
  if (approvals === null || login === null) return undefined;
  return { request, dependencies, approvals, login, publicUrl, now: Math.floor(clock.nowMs() / 1_000) };
}

function route(page: PageRequest): Promise<GatewayResponse> | GatewayResponse {
  const { request, dependencies } = page;
  const path = routeOfPage(request.method, request.path);
  switch (path.kind) {
    case "inbox":
      return viewInbox(page);
    case "approval":
      return viewApproval(page, path.id);
    case "vote":
      return postVote(page, path.id);
    case "wake":
      return postWake(page, path.id);
    case "login":
      return beginLogin(page);
    case "callback":
      return finishLogin(page);
    case "logout":
      return logout(page);
    case "style":
      return answerStyle();
    case "slack":
      return dependencies.slack === null ? answerPage(404, notFoundPage(null)) : dependencies.slack(request);
    case "unknown":
      return answerPage(404, notFoundPage(null));
  }
}

function unreadable({ code, message }: Refusal): GatewayResponse {
  const status = code === "AccessDenied" ? 403 : code === "RequestEntityTooLarge" ? 413 : 400;
  return answerPage(status, messagePage("The request was refused", message, { viewer: null }));
}
