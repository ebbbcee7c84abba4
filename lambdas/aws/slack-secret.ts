// Knows the Slack app's two secrets: the bot token that we call Slack with, and the signing secret by which Slack shows
// itself. Read from Secrets Manager (JSON `{"botToken", "signingSecret"}`), kept while the function is warm and not old.
// They go to the Slack client and the signature check, and nowhere else.

import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CountersignError } from "../boundary/errors.ts";
import type { Clock } from "../net/clock.ts";

const MAX_AGE_MS = 300_000; // a replaced secret counts within 5 min

export interface SlackSecret {
  readonly botToken: string;
  readonly signingSecret: string;
}

export interface SlackSecretSetup {
  readonly client: SecretsManagerClient;
  readonly secretArn: string;
  readonly clock: Clock;
}

/** Returns a reader that asks again when what it knows is old. @throws when the secret cannot be read or is not filled in */
export function createSlackSecret(setup: SlackSecretSetup): () => Promise<SlackSecret> {
  let known: { readonly secret: Promise<SlackSecret>; readonly atMs: number } | undefined;
  return () => {
    const nowMs = setup.clock.nowMs();
    if (known === undefined || nowMs < known.atMs || nowMs - known.atMs >= MAX_AGE_MS) {
      const secret = fetchSecret(setup);
      const mine = { secret, atMs: nowMs };
      known = mine;
      secret.catch(() => {
        if (known === mine) known = undefined; // a failed read is asked again by the next caller
      });
    }
    return known.secret;
  };
}

async function fetchSecret({ client, secretArn }: SlackSecretSetup): Promise<SlackSecret> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const { botToken, signingSecret } = parsed(SecretString ?? "");
  if (!isFilled(botToken) || !isFilled(signingSecret)) {
    throw new CountersignError(
      "environment",
      "the Slack secret must hold `botToken` and `signingSecret`: fill it in as docs/notifications.md says",
    );
  }
  return { botToken, signingSecret };
}

/** Printable ASCII without spaces: anything else cannot stand in a header, and an empty one would let everybody sign. */
function isFilled(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{8,512}$/.test(value);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // the parser's own error would quote the secret
  }
}
