// The filters of a search as options of a command line, and as the API's query.

import type { Query } from "./api-client.ts";
import { noWords, parseWords, timeOf } from "./arguments.ts";
import { UsageError } from "./exit.ts";

export const SPAN_OPTIONS = {
  since: { type: "string" },
  until: { type: "string" },
} as const;

export const CALL_FILTERS = {
  agent: { type: "string" },
  action: { type: "string" },
  service: { type: "string" },
  resource: { type: "string" },
  decision: { type: "string" },
  approver: { type: "string" },
  status: { type: "string" },
  "aws-request-id": { type: "string" },
} as const;

const SEARCH_OPTIONS = {
  ...CALL_FILTERS,
  ...SPAN_OPTIONS,
  limit: { type: "string" },
  oldest: { type: "boolean" },
  json: { type: "boolean" },
  url: { type: "string" },
} as const;

export const FILTERS_HELP = `  --agent <issuer|subject>   one agent             --action <name>      s3:DeleteObject
  --service <name>           s3, dynamodb ...      --resource <arn>     or how it begins: arn:aws:s3:::b/*
  --decision <kind>          permit, hold, deny    --approver <name>    who voted on its approval
  --status <number>          as told to the agent  --aws-request-id <id>
  --since, --until <time>    2026-01-31T12:00:00Z, or 30m, 4h, 2d ago`;

const DECISIONS = ["permit", "hold", "deny"];

export function parseSearch(args: readonly string[]) {
  const { values, positionals } = parseWords(args, SEARCH_OPTIONS);
  noWords(positionals);
  return values;
}

type Filters = { readonly [Name in keyof typeof CALL_FILTERS]?: string | undefined };
type Span = { readonly [Name in keyof typeof SPAN_OPTIONS]?: string | undefined };

/** @throws UsageError for what no call can have */
export function filtersQuery(values: Filters): Query {
  const { decision, status, "aws-request-id": awsRequestId, ...others } = values;
  if (decision !== undefined && !DECISIONS.includes(decision)) {
    throw new UsageError(`--decision is one of ${DECISIONS.join(", ")}, not \`${decision}\``);
  }
  if (status !== undefined && !/^[1-5]\d\d$/.test(status)) {
    throw new UsageError(`--status is an HTTP status such as 403, not \`${status}\``);
  }
  const { agent, action, service, resource, approver } = others;
  return { agent, action, service, resource, approver, decision, status, awsRequestId };
}

/** @throws UsageError for what is no time, and for a span that ends before it begins */
export function spanQuery({ since, until }: Span, nowMs: number): Query {
  const fromMs = since === undefined ? undefined : timeOf("since", since, nowMs);
  const untilMs = until === undefined ? undefined : timeOf("until", until, nowMs);
  if (fromMs !== undefined && untilMs !== undefined && fromMs >= untilMs) {
    throw new UsageError("--since must be before --until");
  }
  return { from: isoOf(fromMs), until: isoOf(untilMs) };
}

function isoOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
