// Decides whether a token may be looked at: before any cryptography, key fetch or table. Trusts the source, which our
// edge wrote; the issuer is only claimed, so it may name a bucket and nothing else.

import type { Limits } from "../model/limits.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { createRateLimit, perMinute } from "./rate-limit.ts";
import { createRecent } from "./recent.ts";
import { sourceOf } from "./source.ts";

const SOURCES = 4_096; // about 150 bytes each
const KNOWN_MS = 86_400_000; // a client exchanges once in 45 min or so; this outlives a night

export interface ExchangeLimits {
  /** Takes one of the source's exchanges, or refuses with `Throttling`. */
  refusalOfSource(viewerIp: string, nowMs: number): Refusal | undefined;
  /**
   * Takes one of the claimed issuer's exchanges, or refuses with `Throttling`. A source that has shown a good token of
   * this issuer here takes none: strangers cannot use up what they share with the known.
   */
  refusalOfIssuer(claim: IssuerClaim, nowMs: number): Refusal | undefined;
  /** A token of this issuer, from this address, was verified. */
  verified(claim: IssuerClaim & { readonly claimedIssuer: string }, nowMs: number): void;
}

export interface IssuerClaim {
  readonly viewerIp: string;
  /** What the token says, unverified; `undefined` when it cannot be read. */
  readonly claimedIssuer: string | undefined;
}

/** An issuer that is not in `issuers` has no bucket: its tokens are refused without cryptography or a fetch anyway. */
export function createExchangeLimits(limits: Limits, issuers: readonly string[]): ExchangeLimits {
  const sources = createRateLimit(perMinute(limits.exchangesPerMinutePerSource), SOURCES);
  const strangers = createRateLimit(perMinute(limits.exchangesPerMinutePerIssuer), issuers.length);
  const configured = new Set(issuers);
  const known = createRecent<true>(SOURCES, KNOWN_MS);
  return {
    refusalOfSource: (viewerIp, nowMs) =>
      sources.take(sourceOf(viewerIp), nowMs)
        ? undefined
        : refuse(
            "Throttling",
            "too many token exchanges from this address: try again in a minute, and keep a session for its whole hour",
          ),
    refusalOfIssuer({ viewerIp, claimedIssuer }, nowMs) {
      if (claimedIssuer === undefined || !configured.has(claimedIssuer)) return undefined;
      if (known.recall(knownKey(viewerIp, claimedIssuer), nowMs) === true) return undefined;
      return strangers.take(claimedIssuer, nowMs)
        ? undefined
        : refuse("Throttling", "too many token exchanges for this identity provider: try again in a minute");
    },
    verified: ({ viewerIp, claimedIssuer }, nowMs) =>
      known.remember(knownKey(viewerIp, claimedIssuer), true, nowMs),
  };
}

function knownKey(viewerIp: string, issuer: string): string {
  return `${sourceOf(viewerIp)} ${issuer}`;
}
