// Stands in for Secrets Manager: versions with the stages AWSCURRENT and AWSPREVIOUS. A secret under a customer key
// asks IAM for that key too, through Secrets Manager.

import { createHash, randomUUID } from "node:crypto";
import {
  countOf,
  type JsonInput,
  type JsonOperation,
  type JsonPlan,
  jsonService,
  optionalText,
  textOf,
} from "./json-service.ts";
import { keyNeed } from "./kms.ts";
import type { Context } from "./service.ts";
import { AwsError, type Need } from "./wire.ts";
import type { Account, Secret } from "./world.ts";

const MAX_PAGE = 100;
const SUFFIX = /-[A-Za-z0-9]{6}$/;

const operations: ReadonlyMap<string, JsonOperation> = new Map([
  ["GetSecretValue", { members: ["SecretId", "VersionId", "VersionStage"], plan: getSecretValue }],
  ["DescribeSecret", { members: ["SecretId"], plan: describeSecret }],
  ["ListSecrets", { members: ["MaxResults", "NextToken"], plan: listSecrets }],
  ["PutSecretValue", { members: ["SecretId", "SecretString", "ClientRequestToken"], plan: putSecretValue }],
]);

export const secretsManager = jsonService({
  name: "secretsmanager",
  target: "secretsmanager",
  contentType: "application/x-amz-json-1.1",
  operations,
});

/** The ARN of a secret. Its six last characters are random at AWS; here the same name always has the same. */
export function secretArn(account: string, region: string, name: string): string {
  const suffix = createHash("sha256")
    .update(`${account}/${region}/${name}`)
    .digest("base64url")
    .replaceAll(/[_-]/g, "x");
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix.slice(0, 6)}`;
}

/** Gives the secret a new current value; the one before becomes AWSPREVIOUS. */
export function putVersion(secret: Secret, value: string, versionId: string, now: number): void {
  const current = secret.stages.get("AWSCURRENT");
  if (current === versionId) return;
  secret.versions.set(versionId, { value, created: now });
  if (current !== undefined) secret.stages.set("AWSPREVIOUS", current);
  secret.stages.set("AWSCURRENT", versionId);
}

function getSecretValue(input: JsonInput, context: Context): JsonPlan {
  const name = textOf(input, "SecretId");
  const secret = find(name, context.account);
  const versionId = optionalText(input, "VersionId");
  const stage = optionalText(input, "VersionStage") ?? (versionId === undefined ? "AWSCURRENT" : undefined);
  return {
    needs: needsOf("secretsmanager:GetSecretValue", name, secret, context, "kms:Decrypt"),
    run: () => {
      const found = existing(secret);
      const id = versionId ?? found.stages.get(stage ?? "");
      const version = found.versions.get(id ?? "");
      if (
        id === undefined ||
        version === undefined ||
        (stage !== undefined && found.stages.get(stage) !== id)
      ) {
        throw notFound(
          "Secrets Manager can't find the specified secret value for the version or staging label",
        );
      }
      return {
        ARN: found.arn,
        Name: found.name,
        VersionId: id,
        SecretString: version.value,
        VersionStages: stagesOf(found, id),
        CreatedDate: version.created / 1_000,
      };
    },
  };
}

function describeSecret(input: JsonInput, context: Context): JsonPlan {
  const name = textOf(input, "SecretId");
  const secret = find(name, context.account);
  return {
    needs: needsOf("secretsmanager:DescribeSecret", name, secret, context),
    run: () => {
      const found = existing(secret);
      const stages = [...found.versions.keys()].map((id) => [id, stagesOf(found, id)] as const);
      return { ...summary(found), VersionIdsToStages: Object.fromEntries(stages) };
    },
  };
}

function listSecrets(input: JsonInput, { account }: Context): JsonPlan {
  const size = countOf(input, "MaxResults", MAX_PAGE);
  const from = Number(optionalText(input, "NextToken") ?? 0);
  if (!Number.isSafeInteger(from) || from < 0)
    throw new AwsError("InvalidNextTokenException", 400, "unknown NextToken");
  return {
    needs: [{ action: "secretsmanager:ListSecrets", resource: "*" }],
    run: () => {
      const all = [...account.secrets.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const more = from + size < all.length;
      return {
        SecretList: all.slice(from, from + size).map(summary),
        ...(more && { NextToken: String(from + size) }),
      };
    },
  };
}

function putSecretValue(input: JsonInput, context: Context): JsonPlan {
  const name = textOf(input, "SecretId");
  const secret = find(name, context.account);
  const value = textOf(input, "SecretString");
  const versionId = optionalText(input, "ClientRequestToken") ?? randomUUID();
  return {
    needs: needsOf("secretsmanager:PutSecretValue", name, secret, context, "kms:GenerateDataKey"),
    run: () => {
      const found = existing(secret);
      const before = found.versions.get(versionId);
      if (before !== undefined && before.value !== value) {
        throw new AwsError("ResourceExistsException", 400, "this version exists with another value");
      }
      putVersion(found, value, versionId, context.now());
      context.world.touch();
      return {
        ARN: found.arn,
        Name: found.name,
        VersionId: versionId,
        VersionStages: stagesOf(found, versionId),
      };
    },
  };
}

function needsOf(
  action: string,
  named: string,
  secret: Secret | undefined,
  { account, region }: Context,
  keyAction?: string,
): readonly Need[] {
  // a name that nobody has can only be judged as it stands
  const unknown = named.startsWith("arn:")
    ? named
    : `arn:aws:secretsmanager:${region}:${account.id}:secret:${named}`;
  const need: Need = { action, resource: secret?.arn ?? unknown };
  if (secret?.kmsKeyArn === undefined || keyAction === undefined) return [need];
  return [need, keyNeed(keyAction, secret.kmsKeyArn, "secretsmanager", region)];
}

/** By name, by ARN, or by ARN without the six characters. */
function find(named: string, account: Account): Secret | undefined {
  if (!named.startsWith("arn:")) return account.secrets.get(named);
  return [...account.secrets.values()].find(({ arn }) => arn === named || arn.replace(SUFFIX, "") === named);
}

function existing(secret: Secret | undefined): Secret {
  if (secret === undefined) throw notFound("Secrets Manager can't find the specified secret.");
  return secret;
}

function notFound(message: string): AwsError {
  return new AwsError("ResourceNotFoundException", 400, message);
}

function stagesOf(secret: Secret, versionId: string): readonly string[] {
  return [...secret.stages].filter(([, id]) => id === versionId).map(([stage]) => stage);
}

function summary(secret: Secret): object {
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.kmsKeyArn !== undefined && { KmsKeyId: secret.kmsKeyArn }),
    CreatedDate: secret.created / 1_000,
  };
}
