// Decides whether a call may be verified, and whether a verified call may go on. Trusts the address, which our edge
// wrote, and a session that was verified; a credential's name is only claimed until then. So a claim takes nothing of an
// agent's budget: it can meet an empty bucket, and only verified calls empty it.

import type { Limits } from "../model/limits.ts";
import type { Principal, Session } from "../model/principal.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { createRateLimit, perMinute } from "./rate-limit.ts";
import { createRecent } from "./recent.ts";
import { sourceOf } from "./source.ts";

const BUCKETS = 4_096; // of sources, of agents, of sessions; about 150 bytes each
const KNOWN_MS = 600_000;
/** One broken client must not use up what its whole office may fail. */
const SHARE_OF_ONE_CREDENTIAL = 1 / 6;

/** What a request shows, and from where. Nothing of it needs to be true. */
interface Claimed {
  readonly viewerIp: string;
  /** Names the credential without being one: a session id, or the hash of a token. */
  readonly credential: string;
}

export interface CallLimits {
  /** Whether this credential was verified from this source here within 10 minutes. */
  isKnown(claimed: Claimed, nowMs: number): boolean;
  /** Refuses a request whose agent, by what was verified before, has nothing left. Takes nothing. */
  refusalOfAgent(claimed: Claimed, nowMs: number): Refusal | undefined;
  /**
   * Refuses a request from a source, or with a credential, that failed too often. Takes nothing. A credential known to
   * come from this source passes: its neighbours' failures are not its own.
   */
  refusalOfSource(claimed: Claimed, nowMs: number): Refusal | undefined;
  /** The credential was refused. */
  failed(claimed: Claimed, nowMs: number): void;
  /** What was known of the credential holds no more. */
  forget(credential: string): void;
  /** The call was verified: takes one of its session and of its agent, or refuses with `Throttling`. */
  refusalOfCall(session: Session, claimed: Claimed, nowMs: number): Refusal | undefined;
}

interface Known {
  readonly source: string;
  readonly agent: string;
  readonly session: string;
}

export function createCallLimits(limits: Limits): CallLimits {
  const failures = createRateLimit(perMinute(limits.failuresPerMinutePerSource), BUCKETS);
  const failuresOfOne = createRateLimit(
    perMinute(Math.ceil(limits.failuresPerMinutePerSource * SHARE_OF_ONE_CREDENTIAL)),
    BUCKETS,
  );
  const agents = createRateLimit(
    { perSecond: limits.callsPerSecondPerAgent, burst: limits.callBurstPerAgent },
    BUCKETS,
  );
  const sessions = createRateLimit(
    { perSecond: limits.callsPerSecondPerSession, burst: limits.callBurstPerSession },
    BUCKETS,
  );
  const known = createRecent<Known>(BUCKETS, KNOWN_MS);

  const knownHere = ({ viewerIp, credential }: Claimed, nowMs: number): boolean =>
    known.recall(credential, nowMs)?.source === sourceOf(viewerIp);

  return {
    isKnown: knownHere,
    refusalOfAgent({ credential }, nowMs) {
      const owner = known.recall(credential, nowMs);
      if (owner === undefined) return undefined;
      return agents.has(owner.agent, nowMs) && sessions.has(owner.session, nowMs)
        ? undefined
        : tooManyCalls();
    },
    refusalOfSource(claimed, nowMs) {
      if (knownHere(claimed, nowMs)) return undefined;
      const source = sourceOf(claimed.viewerIp);
      const allowed =
        failures.has(source, nowMs) && failuresOfOne.has(`${source} ${claimed.credential}`, nowMs);
      return allowed ? undefined : tooManyFailures();
    },
    failed({ viewerIp, credential }, nowMs) {
      const source = sourceOf(viewerIp);
      failures.take(source, nowMs);
      failuresOfOne.take(`${source} ${credential}`, nowMs);
    },
    forget: (credential) => known.forget(credential),
    refusalOfCall({ id, principal }, { viewerIp, credential }, nowMs) {
      const agent = agentKey(principal);
      known.remember(credential, { source: sourceOf(viewerIp), agent, session: id }, nowMs);
      if (!agents.has(agent, nowMs) || !sessions.take(id, nowMs)) return tooManyCalls();
      agents.take(agent, nowMs);
      return undefined;
    },
  };
}

/** Issuers hold no `|` (lib/config-schema.ts), so no two principals share a bucket. */
function agentKey({ issuer, subject }: Pick<Principal, "issuer" | "subject">): string {
  return `${issuer}|${subject}`;
}

function tooManyCalls(): Refusal {
  return refuse(
    "Throttling",
    "this agent calls faster than it may: slow down (an SDK does so by itself), or raise `limits` in the configuration",
  );
}

function tooManyFailures(): Refusal {
  return refuse(
    "Throttling",
    "too many requests from this address were refused: exchange the identity token again and retry in a minute",
  );
}
