// Which page a browser asks for. Exact: what is not listed here does not exist. Reads caller-controlled bytes.

import { type ApprovalId, parseApprovalId } from "../../model/approval.ts";

export type PageRoute =
  | { readonly kind: "inbox" | "style" | "login" | "callback" | "logout" | "slack" }
  | { readonly kind: "approval" | "vote" | "wake"; readonly id: ApprovalId }
  | { readonly kind: "unknown" };

const FIXED: ReadonlyMap<string, Exclude<PageRoute, { readonly id: ApprovalId }>["kind"]> = new Map([
  ["GET /approvals", "inbox"],
  ["GET /approvals/style.css", "style"],
  ["GET /login", "login"],
  ["GET /login/callback", "callback"],
  ["POST /logout", "logout"],
  ["POST /slack/actions", "slack"],
]);
const RETURN_PATH = /^\/approvals(?:\/[A-Z2-7]{26})?$/;
const HOME = "/approvals";

export function routeOfPage(method: string, path: string): PageRoute {
  const fixed = FIXED.get(`${method} ${path}`);
  if (fixed !== undefined) return { kind: fixed };
  const [, text = "", action] = /^\/approvals\/([^/]+)(?:\/(vote|wake))?$/.exec(path) ?? [];
  const id = parseApprovalId(text);
  if (id === undefined) return { kind: "unknown" };
  if (method === "GET" && action === undefined) return { kind: "approval", id };
  if (method === "POST" && (action === "vote" || action === "wake")) return { kind: action, id };
  return { kind: "unknown" };
}

/** The page to come back to after signing in: one of two forms of our own, whatever was asked for. */
export function returnPathOf(text: string | undefined): string {
  return text !== undefined && RETURN_PATH.test(text) ? text : HOME;
}
