// Knows the secrets by which our distribution shows itself: the current one and, while one is being replaced, the one
// before. Comparing is ingress's. A warm function reads them again when they are old or did not match, not on each call.

import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { CountersignError } from "../boundary/errors.ts";
import type { Clock } from "../net/clock.ts";

const MAX_AGE_MS = 300_000; // a secret that was replaced twice is forgotten within 5 min
const MIN_REFETCH_MS = 30_000; // a flood of wrong secrets costs two reads per half minute and instance
const MAX_STALE_MS = 3_600_000; // an outage of Secrets Manager does not close the gateway for an hour

export interface OriginSecrets {
  /** The secrets that count now. @throws when none were ever read, or the last read is over an hour old. */
  accepted(): Promise<readonly string[]>;
  /** After a mismatch: read again, unless that was tried in the last 30 s; then the same as `accepted`. */
  acceptedAfterMismatch(): Promise<readonly string[]>;
}

export interface OriginSecretsSetup {
  readonly client: SecretsManagerClient;
  readonly secretArn: string;
  readonly clock: Clock;
}

export function createOriginSecrets(setup: OriginSecretsSetup): OriginSecrets {
  let read: { readonly secrets: readonly string[]; readonly atMs: number } | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    triedAtMs = setup.clock.nowMs();
    read = { secrets: await fetchSecrets(setup), atMs: triedAtMs };
  }

  async function within(maxAgeMs: number): Promise<readonly string[]> {
    const nowMs = setup.clock.nowMs();
    const isFresh = read !== undefined && ageOf(read.atMs, nowMs) < maxAgeMs;
    const mayTry = read === undefined || ageOf(triedAtMs, nowMs) >= MIN_REFETCH_MS;
    if (!isFresh && (mayTry || pending !== undefined)) {
      pending ??= refresh().finally(() => {
        pending = undefined;
      });
      await pending.catch((error: unknown) => {
        if (read === undefined) throw error; // nothing to fall back to
      });
    }
    // By the clock of now: what was read meanwhile is younger than the moment at which this was asked.
    if (read === undefined || ageOf(read.atMs, setup.clock.nowMs()) >= MAX_STALE_MS) {
      throw new CountersignError("internal", "the gateway cannot read its own settings");
    }
    return read.secrets;
  }

  return { accepted: () => within(MAX_AGE_MS), acceptedAfterMismatch: () => within(0) };
}

/** Infinite when the clock has jumped back behind it: else an old secret would count for as long as the jump was. */
function ageOf(atMs: number, nowMs: number): number {
  return nowMs < atMs ? Number.POSITIVE_INFINITY : nowMs - atMs;
}

async function fetchSecrets({ client, secretArn }: OriginSecretsSetup): Promise<readonly string[]> {
  const [current, previous] = await Promise.all([
    client.send(new GetSecretValueCommand({ SecretId: secretArn, VersionStage: "AWSCURRENT" })),
    client
      .send(new GetSecretValueCommand({ SecretId: secretArn, VersionStage: "AWSPREVIOUS" }))
      // A secret that was never replaced has no version before.
      .catch((error: unknown) => {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }),
  ]);
  // An empty secret would let everybody in who sends an empty header.
  if (!current.SecretString) throw new CountersignError("internal", "the origin secret has no value");
  return previous?.SecretString ? [current.SecretString, previous.SecretString] : [current.SecretString];
}
