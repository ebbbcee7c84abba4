// Who is behind a request: by the session's cookie alone. Who that is as an approver is asked of the configuration at each
// request, so that a person taken out of it is out at once. Groups are those of the token at login.

import { timingSafeEqual } from "node:crypto";
import { personOfLogin } from "../../approval/people.ts";
import { cookieIn, SESSION_COOKIE } from "./browser-cookies.ts";
import type { PageRequest, SignedIn } from "./dependencies.ts";

export async function signedIn({
  request,
  dependencies,
  approvals,
  now,
}: PageRequest): Promise<SignedIn | undefined> {
  const sessionId = cookieIn(request.headers, SESSION_COOKIE);
  if (sessionId === undefined) return undefined;
  const session = await dependencies.sessions.find(sessionId, now);
  if (session === undefined) return undefined;
  const person = personOfLogin(session.identity, approvals);
  return { sessionId, session, person, viewer: { name: person.name, csrf: session.csrf } };
}

/** Compares without telling by its time where two tokens differ. */
export function holdsToken({ session }: SignedIn, shown: string | undefined): boolean {
  const wanted = Buffer.from(session.csrf);
  const given = Buffer.from(shown ?? "");
  return wanted.length > 0 && wanted.length === given.length && timingSafeEqual(wanted, given);
}
