// The answers that browsers get: every one under the same strict headers. Nothing is cached, framed, guessed or sent
// elsewhere, and no script runs, whatever stands in a page.

import type { GatewayResponse } from "../../model/gateway-response.ts";
import type { Html } from "./html.ts";
import { STYLE } from "./style.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // Not `no-referrer`: under it browsers write `Origin: null` on our own forms, and the origin could not be checked.
  // This one sends the address of a page to nobody else either.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-robots-tag": "noindex, nofollow",
  "cache-control": "no-store",
};

/** A whole page. `cookies` are `Set-Cookie` lines. */
export function answerPage(status: number, page: Html, cookies: readonly string[] = []): GatewayResponse {
  return withBody(status, "text/html; charset=utf-8", page.toString(), cookies);
}

export function answerStyle(): GatewayResponse {
  return withBody(200, "text/css; charset=utf-8", STYLE, []);
}

/** Sends the browser on by a GET. `location` is our own path, or the provider's address from its metadata. */
export function answerRedirect(location: string, cookies: readonly string[] = []): GatewayResponse {
  return {
    status: 303,
    headers: { ...HEADERS, location },
    ...(cookies.length > 0 && { cookies }),
    body: new Uint8Array(),
  };
}

function withBody(status: number, type: string, text: string, cookies: readonly string[]): GatewayResponse {
  return {
    status,
    headers: { ...HEADERS, "content-type": type },
    ...(cookies.length > 0 && { cookies }),
    body: new TextEncoder().encode(text),
  };
}
