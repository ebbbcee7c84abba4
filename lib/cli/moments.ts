// Writes times for people: of the day, since something began, and how long something took.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `2026-11-21 05:41:58 UTC`; what is no time, as an empty text. */
export function momentText(ms: number): string {
  return Number.isNaN(ms) ? "" : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `+0.3 s`, `+12.0 s`, `+3 min 5 s`, `+2 h 10 min`. */
export function sinceText(ms: number): string {
  const sign = ms < 0 ? "-" : "+";
  const size = Math.abs(ms);
  if (size < 2 * MINUTE_MS) return `${sign}${(size / 1_000).toFixed(1)} s`;
  if (size < 2 * HOUR_MS)
    return `${sign}${Math.floor(size / MINUTE_MS)} min ${Math.floor((size % MINUTE_MS) / 1_000)} s`;
  return `${sign}${Math.floor(size / HOUR_MS)} h ${Math.floor((size % HOUR_MS) / MINUTE_MS)} min`;
}

/** `41 ms`, `2.2 s`, `3 min 5 s`. */
export function lengthText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : sinceText(ms).slice(1);
}
