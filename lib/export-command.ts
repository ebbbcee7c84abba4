// `countersign export` and `countersign export-key`: read the operator's arguments and give the lines of the export and
// the public key that proves it. Decide nothing; read with the rights of who asks, and hide nothing from them.

import { createPublicKey } from "node:crypto";
import { parseArgs } from "node:util";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetPublicKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import { createCheckpointStore } from "../lambdas/aws/checkpoint-store.ts";
import { createRecordIndex } from "../lambdas/aws/record-index.ts";
import { createRecordTexts } from "../lambdas/aws/record-texts.ts";
import { exportLines } from "../lambdas/flow/export.ts";
import { systemPause as pause } from "../lambdas/net/clock.ts";
import { UsageError } from "./cli/exit.ts";

export interface SealedPlace {
  /** With the records. */
  readonly table: string;
  /** With the checkpoints. */
  readonly bucket: string;
}

export interface SealedAccess extends SealedPlace {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
}

export interface CheckpointKeyAccess {
  readonly kms: KMSClient;
  readonly keyArn: string;
}

const EXPORT_OPTIONS = {
  from: { type: "string" },
  until: { type: "string" },
  table: { type: "string" },
  bucket: { type: "string" },
} as const;

/**
 * The lines with their line feeds. `open` gives the clients: of the named deployment, or of the local cloud.
 * @throws an Error that says what to correct; when nothing of the span is sealed
 */
export async function* exportCommand(
  args: readonly string[],
  open: (deployed: SealedPlace | undefined) => Promise<SealedAccess>,
): AsyncGenerator<string> {
  const { values } = parseArgs({ args: [...args], options: EXPORT_OPTIONS });
  const span = {
    fromMs: timeOf("from", values.from) ?? 0,
    untilMs: timeOf("until", values.until) ?? Infinity,
  };
  if (span.fromMs >= span.untilMs) throw new UsageError("--from must be before --until");
  const { dynamodb, s3, table, bucket } = await open(placeOf(values.table, values.bucket));
  const dependencies = {
    store: createCheckpointStore({ client: s3, bucket }),
    index: createRecordIndex({ client: dynamodb, table }),
    texts: createRecordTexts({ client: dynamodb, table, pause }),
  };
  let isEmpty = true;
  for await (const line of exportLines(span, dependencies)) {
    isEmpty = false;
    yield `${line}\n`;
  }
  if (isEmpty) {
    throw new Error(
      "nothing of this time is sealed yet: a record is sealed one to two minutes after it was written",
    );
  }
}

/** The public key in PEM. @throws an Error when the key cannot be read */
export async function exportKeyCommand(
  args: readonly string[],
  open: (keyArn: string | undefined) => Promise<CheckpointKeyAccess>,
): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: { "key-arn": { type: "string" } } });
  const { kms, keyArn } = await open(values["key-arn"]);
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  if (PublicKey === undefined) throw new Error(`KMS gave no public key for \`${keyArn}\``);
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
  return key.export({ format: "pem", type: "spki" }).toString();
}

function placeOf(table: string | undefined, bucket: string | undefined): SealedPlace | undefined {
  if (table === undefined && bucket === undefined) return undefined;
  if (table !== undefined && bucket !== undefined) return { table, bucket };
  throw new UsageError("name both, --table and --bucket: the records and their checkpoints");
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) {
    throw new UsageError(`--${option} \`${text}\` is not a time: write it as 2026-01-31T12:00:00Z`);
  }
  return ms;
}
