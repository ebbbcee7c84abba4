// How records are shown: one page as JSON, or all pages as lines of JSON, as they come. A stream ends with a line that says
// where to go on; one that ends without it was cut, so that nobody takes a part for the whole.

import type { GatewayResponse } from "../../model/gateway-response.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";
import type { Clock } from "../../net/clock.ts";
import type { StoredText } from "../../recording/leaf.ts";
import { answerJson } from "./problem.ts";

export interface ShownPage {
  readonly records: readonly StoredText[];
  readonly next: string | null;
  /** Where the kind of page has none: left out of the JSON answer, `null` in the last line. */
  readonly resume?: string | null;
}

/** Under the edge's 60 s to its first byte and the function's 60 s to its last: the page after the bound has 20 s. */
const STREAM_MS = 40_000;

const LINES = "application/x-ndjson";

export function wantsLines({ headers }: Pick<WireRequest, "headers">): boolean {
  const accepted = singleHeader(headers, "accept")?.split(",") ?? [];
  return accepted.some((range) => range.split(";")[0]?.trim().toLowerCase() === LINES);
}

export function answerPage({ records, ...places }: ShownPage): GatewayResponse {
  return answerJson(200, { records: records.map(shown), ...places });
}

/** @param pageAfter the page at that cursor; when it throws, the connection is cut */
export function answerLines(
  first: ShownPage,
  pageAfter: (cursor: string) => Promise<ShownPage>,
  clock: Clock,
): GatewayResponse {
  const { headers } = answerJson(200, null);
  return {
    status: 200,
    headers: { ...headers, "content-type": LINES },
    body: lines(first, pageAfter, clock),
  };
}

async function* lines(
  first: ShownPage,
  pageAfter: (cursor: string) => Promise<ShownPage>,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const endMs = clock.nowMs() + STREAM_MS;
  let page = first;
  for (;;) {
    const { records, next, resume = null } = page;
    const isLast = next === null || clock.nowMs() >= endMs;
    const told = [...records.map(shown), ...(isLast ? [{ next, resume }] : [])];
    if (told.length > 0) yield Buffer.from(told.map((line) => `${JSON.stringify(line)}\n`).join(""));
    if (isLast) return;
    page = await pageAfter(next);
  }
}

function shown({ pk, sk, record }: StoredText): object {
  return { pk, sk, record: JSON.parse(record) as unknown };
}
