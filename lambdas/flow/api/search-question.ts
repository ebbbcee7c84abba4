// Parses the query of a search. Strict: a parameter that is unknown here, repeated or not of its form is refused by its
// name, since a search that left a word out would show something else than was asked for. Whose records may be seen is
// narrowed after this.

import { type Refusal, refuse } from "../../model/refusal.ts";
import type { QueryParameter } from "../../model/wire-request.ts";
import type { RecordKind, Search } from "../../recording/search-ports.ts";

export interface SearchQuestion {
  readonly kind: "question";
  readonly search: Search;
}

const DEFAULT_LIMIT = 50;
/** Records of a page, at most. */
export const MOST = 100;

const FORMS = {
  agent: [/^[^|\p{Cc}]{1,1024}\|\P{Cc}{1,1024}$/u, "is `<issuer>|<subject>` of one agent"],
  action: [/^[a-z0-9-]{1,64}:[A-Za-z0-9]{1,128}$/, "is one iam action, such as `s3:DeleteObject`"],
  service: [/^[A-Za-z0-9.-]{1,64}$/, "is a service as recorded, such as `s3`"],
  resource: [/^arn:\P{Cc}{1,2044}$/u, "is an arn, or how arns begin with a `*` at its end"],
  decision: [/^(?:permit|hold|deny)$/, "is `permit`, `hold` or `deny`"],
  approver: [/^\P{Cc}{1,1024}$/u, "is the name of a person"],
  status: [/^[1-5]\d\d$/, "is an http status"],
  awsRequestId: [/^[\x21-\x7e]{1,256}$/, "is a request id of aws"],
  from: [
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/,
    "is an iso 8601 time",
  ],
  until: [
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/,
    "is an iso 8601 time",
  ],
  order: [/^(?:newest|oldest)$/, "is `newest` or `oldest`"],
  limit: [/^(?:[1-9]\d?|100)$/, `is a whole number from 1 to ${MOST}`],
  cursor: [/^[\x21-\x7e]{1,4096}$/, "is `next` or `resume` of the page before"],
} as const satisfies Readonly<Record<string, readonly [RegExp, string]>>;

type Name = keyof typeof FORMS;

const ALWAYS: readonly Name[] = ["from", "until", "order", "limit", "cursor"];
const NAMES: Readonly<Record<RecordKind, readonly Name[]>> = {
  call: [
    ...([
      "agent",
      "action",
      "service",
      "resource",
      "decision",
      "approver",
      "status",
      "awsRequestId",
    ] as const),
    ...ALWAYS,
  ],
  session: ["agent", ...ALWAYS],
  read: ALWAYS,
  order: ALWAYS,
};

/** @param defaultLimit records of a page, where the query does not say */
export function parseSearch(
  kind: RecordKind,
  query: readonly QueryParameter[],
  defaultLimit = DEFAULT_LIMIT,
): SearchQuestion | Refusal {
  const asked = parseNamed(query, NAMES[kind]);
  if ("kind" in asked) return asked;
  const text = (name: Name): string | null => asked.get(name) ?? null;
  const [fromMs, untilMs] = (["from", "until"] as const).map((name) => timeOf(text(name)));
  if (Number.isNaN(fromMs)) return badParameter("from", FORMS.from[1]);
  if (Number.isNaN(untilMs)) return badParameter("until", FORMS.until[1]);
  const agent = text("agent");
  const status = text("status");
  return {
    kind: "question",
    search: {
      kind,
      filters: {
        agents: agent === null ? null : [agent],
        action: text("action"),
        service: text("service"),
        resource: text("resource"),
        decision: text("decision") as Search["filters"]["decision"],
        approver: text("approver"),
        status: status === null ? null : Number(status),
        awsRequestId: text("awsRequestId"),
      },
      fromMs: fromMs ?? null,
      untilMs: untilMs ?? null,
      order: text("order") === "oldest" ? "oldest" : "newest",
      limit: Number(text("limit") ?? defaultLimit),
      cursor: text("cursor"),
    },
  };
}

/** The one parameter of a session's records. */
export function parseCursor(
  query: readonly QueryParameter[],
): { readonly kind: "cursor"; readonly cursor: string | null } | Refusal {
  const asked = parseNamed(query, ["cursor"]);
  return "kind" in asked ? asked : { kind: "cursor", cursor: asked.get("cursor") ?? null };
}

export function badParameter(name: Name, what: string): Refusal {
  return refuse("ValidationError", `\`${name}\` ${what}`);
}

function parseNamed(
  query: readonly QueryParameter[],
  names: readonly Name[],
): ReadonlyMap<Name, string> | Refusal {
  const asked = new Map<Name, string>();
  for (const [given, value] of query) {
    const name = names.find((known) => known === given);
    if (name === undefined) {
      // caller-controlled: shown only as far as it is a word
      const shown = /^[\w.-]{1,64}$/.test(given) ? `\`${given}\`` : "one of the query parameters";
      return refuse("ValidationError", `${shown} is not known here: there are ${names.join(", ")}`);
    }
    if (asked.has(name)) return refuse("ValidationError", `\`${name}\` is there twice`);
    const [form, what] = FORMS[name];
    if (!form.test(value)) return badParameter(name, what);
    asked.set(name, value);
  }
  return asked;
}

/** Epoch milliseconds; NaN for a day or an hour that is not in the calendar. A day alone begins at midnight UTC. */
function timeOf(text: string | null): number | null {
  if (text === null) return null;
  const day = text.slice(0, "2026-01-01".length);
  // A parser may take the 30th of February for a day of March.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isDay ? Date.parse(text === day ? `${day}T00:00:00Z` : text) : Number.NaN;
}
