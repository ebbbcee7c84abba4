// Signing in and out: to the provider with a login of our own, back once, then a session. GET /login stores a login and
// nothing else; no approval is read or changed here. Errors say what to do and nothing of what the provider sent.

import { answerPage, answerRedirect } from "../../approval/pages/answer.ts";
import { hopPage, messagePage } from "../../approval/pages/messages.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import {
  cookieIn,
  cookieLine,
  LOGIN_COOKIE,
  LOGIN_SECONDS,
  SESSION_COOKIE,
  SESSION_SECONDS,
} from "./browser-cookies.ts";
import { type PageRequest, queryValue } from "./dependencies.ts";
import { guardPost } from "./guard-post.ts";
import type { LoginIdentity, LoginResult } from "./ports.ts";
import { returnPathOf } from "./routes.ts";

const FORGET_LOGIN = cookieLine(LOGIN_COOKIE, null);

export async function beginLogin(page: PageRequest): Promise<GatewayResponse> {
  const { request, dependencies, login, publicUrl, now } = page;
  const returnPath = returnPathOf(queryValue(request, "return"));
  const begun = await login.begin(redirectUriOf(publicUrl));
  if (begun.kind === "unreachable") return unreachable(returnPath);
  const id = dependencies.newSecret();
  const expiresAt = now + LOGIN_SECONDS;
  await dependencies.sessions.beginLogin(id, { ...begun.secrets, returnPath, expiresAt });
  return answerRedirect(begun.url, [cookieLine(LOGIN_COOKIE, id)]);
}

export async function finishLogin(page: PageRequest): Promise<GatewayResponse> {
  const { request, dependencies, login, publicUrl, now } = page;
  const id = cookieIn(request.headers, LOGIN_COOKIE);
  // INVARIANT: taken before anything of the provider's answer is used, so that no answer works twice.
  const pending = id === undefined ? undefined : await dependencies.sessions.takeLogin(id, now);
  if (pending === undefined) {
    return failed(
      400,
      "This sign-in took too long, was used already, or began in another browser.",
      "/approvals",
    );
  }
  const { returnPath } = pending;
  const result = await login.finish(redirectUriOf(publicUrl), request.query, pending);
  switch (result.kind) {
    case "unreachable":
      return unreachable(returnPath);
    case "refused":
      return failed(403, REFUSED[result.reason], returnPath);
    case "identity":
      return openSession(page, result.identity, returnPath);
  }
}

export async function logout(page: PageRequest): Promise<GatewayResponse> {
  const guarded = await guardPost(page, "/approvals");
  if (guarded.kind === "answer") return guarded.answer;
  await page.dependencies.sessions.close(guarded.by.sessionId);
  return answerRedirect("/approvals", [cookieLine(SESSION_COOKIE, null)]);
}

async function openSession(
  { dependencies, approvals, now }: PageRequest,
  identity: LoginIdentity,
  returnPath: string,
): Promise<GatewayResponse> {
  // A token may name thousands of groups; only approver groups mean anything here.
  const known = new Set(approvals.groups.map(({ name }) => name));
  const groups = [...new Set(identity.groups.filter((name) => known.has(name)))];
  const id = dependencies.newSecret();
  await dependencies.sessions.open(id, {
    identity: { ...identity, groups },
    csrf: dependencies.newSecret(),
    expiresAt: now + SESSION_SECONDS,
  });
  return answerPage(200, hopPage(returnPath), [cookieLine(SESSION_COOKIE, id), FORGET_LOGIN]);
}

const REFUSED: Readonly<Record<Extract<LoginResult, { kind: "refused" }>["reason"], string>> = {
  declined:
    "The identity provider did not sign you in. Try again, or ask whoever runs it whether you may use this application.",
  code: "The identity provider did not confirm this sign-in. Try again; if that does not help, its client settings for this gateway have to be checked.",
  token:
    "The answer of the identity provider does not hold. Try again; if that does not help, whoever runs the gateway has to check its login settings.",
  groups:
    "The identity provider sent your groups in a form that the gateway cannot read: it has to be a list of names. Tell whoever runs the gateway.",
};

function unreachable(returnPath: string): GatewayResponse {
  return failed(
    503,
    "The identity provider cannot be reached just now. Nothing is lost: try again in a minute.",
    returnPath,
  );
}

function failed(status: number, sentence: string, returnPath: string): GatewayResponse {
  const page = messagePage("You are not signed in", sentence, {
    viewer: null,
    retry: `/login?return=${encodeURIComponent(returnPath)}`,
  });
  return answerPage(status, page, [FORGET_LOGIN]);
}

function redirectUriOf(publicUrl: string): string {
  return `${publicUrl}/login/callback`;
}
