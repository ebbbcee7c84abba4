// Decides when a request says it was signed, and whether that is near enough to now. The clock is an argument.

import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireHeaders } from "../../model/wire-request.ts";

const WINDOW_SECONDS = 5 * 60; // each way; AWS allows 15 minutes for S3 and 5 for most others
const BASIC_ISO = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Returns the time of signing as `YYYYMMDD'T'HHMMSS'Z'`: `x-amz-date`, or `date` (RFC 9110 IMF-fixdate) without it.
 * `now` is in epoch seconds. Refuses with IncompleteSignature (no readable time, or not the scope's day) or
 * RequestExpired (more than 5 minutes away), on which SDKs correct their clock by the answer's Date and try again.
 */
export function parseSigningTime(
  headers: WireHeaders,
  scopeDate: string,
  now: number,
): { readonly kind: "time"; readonly timestamp: string } | Refusal {
  const timestamp = timestampOf(headers);
  const seconds = timestamp === undefined ? undefined : epochSeconds(timestamp);
  if (timestamp === undefined || seconds === undefined) {
    return refuse("IncompleteSignature", "x-amz-date must be there once, in the form `20260131T235959Z`");
  }
  if (timestamp.slice(0, 8) !== scopeDate) {
    return refuse("IncompleteSignature", "the day of the credential scope is not the day of x-amz-date");
  }
  // Written so that a `now` that is not a number refuses.
  if (!(Math.abs(now - seconds) <= WINDOW_SECONDS)) {
    const here = Number.isFinite(now) ? new Date(now * 1000).toISOString() : "unknown";
    return refuse(
      "RequestExpired",
      `the request was signed at ${new Date(seconds * 1000).toISOString()}, and here it is ${here}: set the client's clock`,
    );
  }
  return { kind: "time", timestamp };
}

function timestampOf(headers: WireHeaders): string | undefined {
  const amzDates = headers.get("x-amz-date");
  const dates = headers.get("date");
  if (amzDates !== undefined) return amzDates.length === 1 ? amzDates[0] : undefined;
  const [date] = dates ?? [];
  if (dates?.length !== 1 || date === undefined || !IMF_FIXDATE.test(date)) return undefined;
  const milliseconds = Date.parse(date);
  // `Date.parse` forgives a wrong weekday and a 31st of June: only the canonical text is taken.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toUTCString() !== date) return undefined;
  return basicIso(milliseconds);
}

function epochSeconds(timestamp: string): number | undefined {
  const match = BASIC_ISO.exec(timestamp);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second);
  // `Date.UTC` carries a 13th month or a 61st second over: only a time that comes back the same exists.
  return basicIso(milliseconds) === timestamp ? milliseconds / 1000 : undefined;
}

function basicIso(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}
