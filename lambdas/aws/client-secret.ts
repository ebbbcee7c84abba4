// Reads the client secret with which the approvers' login shows itself at the identity provider. Kept for five minutes,
// so that a replaced secret counts soon; when Secrets Manager is down, signing in is down with it.

import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CountersignError } from "../boundary/errors.ts";
import type { Clock } from "../net/clock.ts";

const MAX_AGE_MS = 300_000;

export interface ClientSecretSetup {
  readonly client: SecretsManagerClient;
  /** `null`: a public client, which has none. */
  readonly secretArn: string | null;
  readonly clock: Clock;
}

/** @returns a reader; it throws when the secret cannot be read or is empty. */
export function createClientSecret({
  client,
  secretArn,
  clock,
}: ClientSecretSetup): () => Promise<string | null> {
  let read: { readonly secret: string; readonly atMs: number } | undefined;
  return async () => {
    if (secretArn === null) return null;
    const nowMs = clock.nowMs();
    if (read !== undefined && nowMs >= read.atMs && nowMs - read.atMs < MAX_AGE_MS) return read.secret;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    if (!SecretString) throw new CountersignError("internal", "the login's client secret has no value");
    read = { secret: SecretString, atMs: nowMs };
    return SecretString;
  };
}
