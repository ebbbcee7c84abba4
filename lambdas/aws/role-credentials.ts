// Takes credentials of target roles by STS AssumeRole, each limited to one session policy, and keeps them while they are
// good: never past their expiry less a margin, never past the session, never for another role, session or policy.
// Which role and policy is the flow's to say; whether the agent may have them was decided before.

import { createHash } from "node:crypto";
import { AssumeRoleCommand, type Credentials, type STSClient } from "@aws-sdk/client-sts";
import { CountersignError } from "../boundary/errors.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { Clock } from "../net/clock.ts";
import type { AssumeRequest, CredentialSource } from "../upstream/ports.ts";
import type { TargetCredentials } from "../upstream/sign-upstream.ts";
import { LruMap } from "./lru-map.ts";
import { refusalOfSts } from "./sts-refusals.ts";

const DURATION_SECONDS = 900; // the least that STS gives
const MARGIN_SECONDS = 60; // for a clock that is off, and for the time the call takes
const REMEMBERED = 1_000;

type Assumed = { readonly kind: "credentials"; readonly credentials: TargetCredentials } | Refusal;

export interface RoleCredentialsSetup {
  readonly client: STSClient;
  readonly clock: Clock;
}

export function createRoleCredentials({ client, clock }: RoleCredentialsSetup): CredentialSource {
  const granted = new LruMap<string, TargetCredentials>(REMEMBERED);
  const flights = new Map<string, Promise<Assumed>>();
  return {
    async assume(request) {
      const now = clock.nowMs() / 1_000;
      if (now >= request.session.expiresAt)
        return refuse("ExpiredToken", "the session is over: exchange the token again");
      const key = cacheKeyOf(request);
      const known = granted.get(key);
      if (known !== undefined && isUsable(known, now)) return { kind: "credentials", credentials: known };
      // INVARIANT: no await between this look and `set`: callers who come at once share one AssumeRole and its answer.
      const flight = flights.get(key) ?? take(request, key);
      flights.set(key, flight);
      return flight;
    },
  };

  async function take(request: AssumeRequest, key: string): Promise<Assumed> {
    try {
      const assumed = await assumeRole(client, request, clock);
      if (assumed.kind === "credentials") granted.set(key, assumed.credentials);
      return assumed;
    } finally {
      flights.delete(key);
    }
  }
}

/** Everything that makes two credentials different. Parts are quoted: no part can end another. */
function cacheKeyOf({ role, session, sourceIdentity, policy, tags }: AssumeRequest): string {
  const policyHash = policy === null ? null : createHash("sha256").update(policy).digest("hex");
  const tagPairs = tags.map(({ Key, Value }) => [Key, Value]);
  return JSON.stringify([role.arn, role.externalId, session.id, policyHash, sourceIdentity, tagPairs]);
}

function isUsable({ expiresAt }: TargetCredentials, now: number): boolean {
  return now < expiresAt - MARGIN_SECONDS;
}

async function assumeRole(client: STSClient, request: AssumeRequest, clock: Clock): Promise<Assumed> {
  const { role, session, sourceIdentity, policy, tags } = request;
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: session.id,
    ExternalId: role.externalId,
    SourceIdentity: sourceIdentity,
    Tags: [...tags],
    DurationSeconds: DURATION_SECONDS,
    ...(policy !== null && { Policy: policy }),
  });
  let issued: Credentials | undefined;
  try {
    issued = (await client.send(command)).Credentials;
  } catch (error) {
    return refusalOfSts(error, role.arn);
  }
  return { kind: "credentials", credentials: parseIssued(issued, clock) };
}

function parseIssued(issued: Credentials | undefined, clock: Clock): TargetCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  const expiresAt = Math.floor((Expiration?.getTime() ?? Number.NaN) / 1_000);
  // A credential that is about to end would end while the call is under way.
  const isGood = expiresAt - MARGIN_SECONDS > clock.nowMs() / 1_000;
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !isGood) {
    throw new CountersignError("unreadable_answer", "the target account's credentials cannot be used");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt,
  };
}
