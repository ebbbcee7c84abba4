// Decides whether a token may be looked at: before any cryptography, key fetch or table. Trusts the source, which our
// edge wrote; the issuer is only claimed, so it may name a bucket and nothing else.

import type { Limits } from "../model/limits.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { createRateLimit, perMinute } from "./rate-limit.ts";
import { createRecent } from "./recent.ts";
import { sourceOf } from "./source.ts";

const BUCKETS = 4_096; // of sources, of tokens; about 150 bytes each
const KNOWN_MS = 86_400_000; // a client exchanges once in 45 min or so; this outlives a night
/** One client that does not stop must not use up what its whole office has. Processes that share a token file may. */
const SHARE_OF_ONE_TOKEN = 1 / 6;

/** What a request shows, and from where. Nothing of it needs to be true. */
interface ShownToken {
  readonly viewerIp: string;
  /** Names the token without being it. */
  readonly token: string;
  /** What it says of itself; `undefined` when it cannot be read. */
  readonly claimedIssuer: string | undefined;
}

export interface ExchangeLimits {
  /** Refuses with `Throttling` when the source has nothing left. Takes nothing. */
  refusalOfSource(viewerIp: string, nowMs: number): Refusal | undefined;
  /**
   * Takes one of the token's, the source's and the claimed issuer's exchanges, or none and refuses with `Throttling`. A
   * source that has shown a good token of this issuer here takes none of the issuer's: strangers cannot use up what they
   * share with the known.
   */
  refusalOfToken(shown: ShownToken, nowMs: number): Refusal | undefined;
  /** A token of this issuer, from this address, was verified. */
  verified(viewerIp: string, issuer: string, nowMs: number): void;
}

/** An issuer that is not in `issuers` has no bucket: its tokens are refused without cryptography or a fetch anyway. */
export function createExchangeLimits(limits: Limits, issuers: readonly string[]): ExchangeLimits {
  const { exchangesPerMinutePerSource, exchangesPerMinutePerIssuer } = limits;
  const sources = createRateLimit(perMinute(exchangesPerMinutePerSource), BUCKETS);
  const tokens = createRateLimit(
    perMinute(Math.ceil(exchangesPerMinutePerSource * SHARE_OF_ONE_TOKEN)),
    BUCKETS,
  );
  const strangers = createRateLimit(perMinute(exchangesPerMinutePerIssuer), issuers.length);
  const configured = new Set(issuers);
  const known = createRecent<true>(BUCKETS, KNOWN_MS);
  return {
    refusalOfSource: (viewerIp, nowMs) =>
      sources.has(sourceOf(viewerIp), nowMs) ? undefined : tooMany("from this address"),
    refusalOfToken({ viewerIp, token, claimedIssuer = "" }, nowMs) {
      const source = sourceOf(viewerIp);
      const tokenKey = `${source} ${token}`;
      const isStranger =
        configured.has(claimedIssuer) && known.recall(`${source} ${claimedIssuer}`, nowMs) === undefined;
      if (!tokens.has(tokenKey, nowMs)) return tooMany("with this token");
      if (!sources.has(source, nowMs)) return tooMany("from this address");
      if (isStranger && !strangers.take(claimedIssuer, nowMs)) return tooMany("for this identity provider");
      tokens.take(tokenKey, nowMs);
      sources.take(source, nowMs);
      return undefined;
    },
    verified: (viewerIp, issuer, nowMs) => known.remember(`${sourceOf(viewerIp)} ${issuer}`, true, nowMs),
  };
}

function tooMany(what: string): Refusal {
  return refuse(
    "Throttling",
    `too many token exchanges ${what}: try again in a minute, and use a session for as long as it lasts`,
  );
}
