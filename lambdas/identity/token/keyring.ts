// Keeps the keys of one key-set address and decides when to fetch them again. Trusts the fetcher's TLS and the clock it
// is given. Bounds: one fetch at a time; one per 30 s whatever kids are asked for (a flood of invented kids must not
// become a flood at the issuer); keys are read again every 10 min; during an outage known keys serve for 24 h at most.

import { type Refusal, refuse } from "../../model/refusal.ts";
import { parseJwks, type VerificationKey } from "./jwks-document.ts";

/** The key set could not be had: network, TLS, time limit, status, size. Thrown by a JwksFetcher; a fault of the world. */
export class JwksUnavailable extends Error {
  readonly code = "jwks_unavailable";

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = "JwksUnavailable";
  }
}

export interface JwksFetcher {
  /** Resolves to the raw bytes of the document; throws JwksUnavailable. Must end within seconds. */
  readonly fetch: (uri: string) => Promise<Uint8Array>;
}

export interface Keyring {
  /** Finds the key, fetching if need be. `InvalidIdentityToken`: no such key. `IDPCommunicationError`: cannot know. */
  find(kid: string): Promise<{ readonly kind: "key"; readonly key: VerificationKey } | Refusal>;
}

const REFETCH_SECONDS = 30;
const COLD_RETRY_SECONDS = 5; // without any keys nothing works, so an outage is probed more often
const FRESH_SECONDS = 600; // a key that the issuer withdrew dies within this
const STALE_SECONDS = 24 * 3600;

interface Loaded {
  readonly keys: ReadonlyMap<string, VerificationKey>;
  readonly at: number;
}

/** `now` gives epoch seconds. */
export function createKeyring(options: { uri: string; fetcher: JwksFetcher; now: () => number }): Keyring {
  const { uri, fetcher, now } = options;
  const fetchDocument = fetcher.fetch.bind(fetcher);
  let loaded: Loaded | undefined;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failed = false;
  let inFlight: Promise<void> | undefined;

  async function load(): Promise<void> {
    const at = now();
    attemptedAt = at;
    failed = true; // also when the fetch throws what it should not
    const keys = await fetchKeys(() => fetchDocument(uri));
    failed = keys === undefined;
    loaded = keys === undefined ? loaded : { keys, at };
  }

  function refresh(): Promise<void> {
    inFlight ??= load().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  /** The age of something in seconds; infinite when the clock has jumped back behind it. */
  function ageOf(at: number): number {
    const age = now() - at;
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  }

  function known(kid: string, maxAge: number): VerificationKey | undefined {
    return loaded !== undefined && ageOf(loaded.at) <= maxAge ? loaded.keys.get(kid) : undefined;
  }

  return {
    async find(kid) {
      const fresh = known(kid, FRESH_SECONDS);
      if (fresh !== undefined) {
        return { kind: "key", key: fresh };
      }
      const pause = loaded === undefined ? COLD_RETRY_SECONDS : REFETCH_SECONDS;
      if (inFlight !== undefined || ageOf(attemptedAt) >= pause) {
        await refresh();
      }
      const key = known(kid, STALE_SECONDS);
      if (key !== undefined) {
        return { kind: "key", key };
      }
      return failed
        ? refuse(
            "IDPCommunicationError",
            "the keys of the token's issuer could not be fetched: try again soon",
          )
        : refuse("InvalidIdentityToken", "the token's issuer publishes no usable key of this `kid`");
    },
  };
}

/** A document that is not believed counts as no document: what was known before stays, within its bound. */
async function fetchKeys(
  fetchDocument: () => Promise<Uint8Array>,
): Promise<ReadonlyMap<string, VerificationKey> | undefined> {
  try {
    return parseJwks(await fetchDocument());
  } catch (error) {
    if (error instanceof JwksUnavailable) {
      return undefined;
    }
    throw error;
  }
}
