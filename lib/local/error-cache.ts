// CloudFront's caching of errors. It keeps some statuses even where caching is disabled, for ten seconds unless the
// distribution says otherwise, under the path alone: another caller would get them.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html

import { type HeaderList, headerOf } from "./origin.ts";
import type { Distribution } from "./template-distribution.ts";

interface CachedError {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

export interface ErrorCache {
  /** Seconds for which this answer will be kept; 0 when it is not. */
  lifetime(method: string, status: number, headers: HeaderList): number;
  keep(path: string, seconds: number, error: CachedError): void;
  find(method: string, path: string): CachedError | undefined;
}

const ALWAYS = new Set([404, 405, 414, 500, 501, 502, 503, 504]);
const IF_ORIGIN_SAYS = new Set([400, 403, 412, 415]);
const DEFAULT_TTL = 10; // seconds
const CACHED_METHODS = new Set(["GET", "HEAD"]);

/** `now` in epoch milliseconds. */
export function createErrorCache(ttl: Distribution["errorTtl"], now: () => number): ErrorCache {
  const kept = new Map<string, { readonly until: number; readonly error: CachedError }>();
  return {
    lifetime: (method, status, headers) => {
      if (!CACHED_METHODS.has(method)) return 0;
      const maxAge = maxAgeOf(headers);
      const least = ttl.get(status) ?? DEFAULT_TTL;
      if (ALWAYS.has(status)) return Math.max(least, maxAge);
      return IF_ORIGIN_SAYS.has(status) && maxAge > 0 ? Math.max(least, maxAge) : 0;
    },
    keep: (path, seconds, error) => kept.set(path, { until: now() + seconds * 1000, error }),
    find: (method, path) => {
      const entry = kept.get(path);
      return entry !== undefined && CACHED_METHODS.has(method) && now() < entry.until
        ? entry.error
        : undefined;
    },
  };
}

function maxAgeOf(headers: HeaderList): number {
  const control = headerOf(headers, "cache-control") ?? "";
  const [, seconds] = /(?:s-maxage|max-age)\s*=\s*"?(\d+)/i.exec(control) ?? [];
  return Number(seconds ?? 0);
}
