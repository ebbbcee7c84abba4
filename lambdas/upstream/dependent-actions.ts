// What AWS does on the caller's behalf inside a call and therefore needs room in the session policy (R2): a table.
// Only KMS so far, and only through the called service in the called region, so a key can never be used directly.
// `iam:PassRole` is no entry: recognition puts it into the call's own actions, with the very role ARN that is sent.
// Sources: the "Encryption" chapters of each service's guide and KMS's list of `kms:ViaService` services.

import type { AwsCall } from "../model/aws-call.ts";

export interface DependentGrant {
  readonly actions: readonly string[];
  /** The value of `kms:ViaService`. */
  readonly viaService: string;
}

const READ = ["kms:Decrypt"];
const WRITE = ["kms:Decrypt", "kms:GenerateDataKey"];
/** A table with a customer key: DynamoDB makes itself a grant on it; item calls only ever unwrap the table's own key. */
const TABLE = [
  "kms:CreateGrant",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** By IAM action: what the service does with the caller's KMS rights while it carries that action out. */
const KMS_ACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["s3:GetObject", READ],
  ["s3:GetObjectVersion", READ],
  ["s3:GetObjectAttributes", READ],
  ["s3:GetObjectVersionAttributes", READ],
  ["s3:PutObject", WRITE],
  ["ssm:GetParameter", READ],
  ["ssm:GetParameters", READ],
  ["ssm:GetParametersByPath", READ],
  ["ssm:GetParameterHistory", READ],
  // Standard parameters are encrypted directly, advanced ones by a data key.
  ["ssm:PutParameter", ["kms:Encrypt", "kms:GenerateDataKey"]],
  ["secretsmanager:GetSecretValue", READ],
  ["secretsmanager:CreateSecret", WRITE],
  ["secretsmanager:PutSecretValue", WRITE],
  ["secretsmanager:UpdateSecret", [...WRITE, "kms:Encrypt"]],
  ["dynamodb:GetItem", READ],
  ["dynamodb:BatchGetItem", READ],
  ["dynamodb:Query", READ],
  ["dynamodb:Scan", READ],
  ["dynamodb:PartiQLSelect", READ],
  ["dynamodb:PutItem", READ],
  ["dynamodb:UpdateItem", READ],
  ["dynamodb:DeleteItem", READ],
  ["dynamodb:BatchWriteItem", READ],
  ["dynamodb:ConditionCheckItem", READ],
  ["dynamodb:PartiQLInsert", READ],
  ["dynamodb:PartiQLUpdate", READ],
  ["dynamodb:PartiQLDelete", READ],
  ["dynamodb:CreateTable", TABLE],
  ["dynamodb:UpdateTable", TABLE],
  ["sqs:SendMessage", WRITE],
  ["sqs:ReceiveMessage", READ],
  ["sns:Publish", WRITE],
  ["kinesis:PutRecord", ["kms:GenerateDataKey"]],
  ["kinesis:PutRecords", ["kms:GenerateDataKey"]],
  ["kinesis:GetRecords", READ],
]);

/** The grants that the call's actions need beside their own; at most one per called service. */
export function dependentGrantsOf(call: AwsCall): readonly DependentGrant[] {
  const byService = new Map<string, Set<string>>();
  for (const { action } of call.actions) {
    const service = action.slice(0, action.indexOf(":"));
    for (const kms of kmsActionsOf(action, call)) {
      byService.set(service, (byService.get(service) ?? new Set()).add(kms));
    }
  }
  return [...byService].map(([service, actions]) => ({
    actions: [...actions].sort(),
    viaService: `${service}.${call.region}.${call.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`,
  }));
}

function kmsActionsOf(action: string, call: AwsCall): readonly string[] {
  // Without decryption SSM hands out the ciphertext and needs no key: then the credential gets none either.
  const ciphertextOnly = action.startsWith("ssm:Get") && call.parameters.WithDecryption !== true;
  return ciphertextOnly ? [] : (KMS_ACTIONS.get(action) ?? []);
}
