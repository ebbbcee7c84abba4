// The two cookies of the pages. Both hold a random id and nothing else. `__Host-` makes the browser itself refuse them
// from other hosts of the domain, from plain http and for other paths.
// The session's is Strict: no request that another site starts carries it. The login's is Lax, since it must survive the
// way back from the provider.

import { parseCookie, stringifySetCookie } from "cookie";
import type { WireHeaders } from "../../model/wire-request.ts";

export const SESSION_COOKIE = "__Host-countersign";
export const LOGIN_COOKIE = "__Host-countersign-login";
export const SESSION_SECONDS = 3_600;
export const LOGIN_SECONDS = 600;

type CookieName = typeof SESSION_COOKIE | typeof LOGIN_COOKIE;

const ID = /^[A-Za-z0-9_-]{43}$/;

/** Returns the id, or `undefined` when it is not there exactly once in its form. */
export function cookieIn(headers: WireHeaders, name: CookieName): string | undefined {
  const line = (headers.get("cookie") ?? []).join("; "); // HTTP/2 may split it (RFC 9113, 8.2.3)
  const named = line.split(";").filter((part) => part.split("=", 1)[0]?.trim() === name);
  if (named.length !== 1) return undefined; // two: somebody planted one of them
  const value = parseCookie(line)[name];
  return value !== undefined && ID.test(value) ? value : undefined;
}

/** The `Set-Cookie` line. `null` removes the cookie. */
export function cookieLine(name: CookieName, id: string | null): string {
  return stringifySetCookie({
    name,
    value: id ?? "",
    path: "/",
    httpOnly: true,
    secure: true,
    sameSite: name === SESSION_COOKIE ? "strict" : "lax",
    maxAge: id === null ? 0 : name === SESSION_COOKIE ? SESSION_SECONDS : LOGIN_SECONDS,
  });
}
