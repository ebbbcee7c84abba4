// What the clients of the AWS SDK for JavaScript read in an answer that we wrote: without an edit the very bytes, and after
// one edit the same output but for that member. The answers are written by the clients' own schemas and serializers.

import { describe, expect, it } from "vitest";
import { modelFiles } from "../../../lambdas/boundary/model-files.ts";
import type { AnswerLeaf, AnswerParts, Edit } from "../../../lambdas/model/answer.ts";
import type { Protocol } from "../../../lambdas/model/aws-call.ts";
import { shownPath } from "../../../lambdas/recognition/answers/leaf.ts";
import { type AwsAnswer, readAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";
import type { SdkOperation } from "../../../lib/models/sdk-schema.ts";
import { type Parser, parserOf } from "./sdk-parse.ts";
import { outputOf } from "./sdk-values.ts";
import {
  answerHolding,
  cborProtocol,
  eventMember,
  SDK_SERVICES,
  type SdkService,
  sdkService,
} from "./sdk-wire.ts";

const models = modelFiles(new URL("../../../lambdas/recognition/models", import.meta.url).pathname);
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  awsQuery: "query",
  ec2Query: "ec2",
  restXml: "rest-xml",
  restJson1: "rest-json",
  awsJson1_0: "json-1.0",
  awsJson1_1: "json-1.1",
  rpcv2Cbor: "rpc-v2-cbor",
};
const EVERY = process.env.EVERY_ANSWER ? 1 : 0;
/** Beside the members in XML; clients show them as metadata. */
const OF_THE_CALL = new Set(["ResponseMetadata", "requestId"]);
const MARKER = "[masked:countersign]";
/** S3's client makes ExpiresString of Expires; a marker is no name of a header: sdk-gaps.test.ts. */
const ELSEWHERE = /^(Expires|ExpiresString|Metadata\.a-key)$/;
/** The client compares digests with what it sent: sdk-gaps.test.ts. */
const DIGESTED = new Set(["ReceiveMessage", "SendMessage", "SendMessageBatch"]);

function some<T>(all: readonly T[], most: number): readonly T[] {
  if (EVERY || all.length <= most) return all;
  const step = all.length / most;
  return Array.from({ length: most }, (_, index) => all[Math.floor(index * step)] as T);
}

function callOf({ service, signingName }: SdkService, { client }: Parser, { name }: SdkOperation) {
  const protocol = PROTOCOLS[client.config.protocol.getShapeId().split("#")[1] ?? ""];
  if (protocol === undefined) throw new Error("another protocol");
  return { service, signingName, operation: name, protocol };
}

function expected(before: unknown, { path, type }: AnswerLeaf): unknown {
  const after = structuredClone(before);
  if (path[0]?.kind === "member" && OF_THE_CALL.has(path[0].name)) return after;
  const names = path.map((step) =>
    step.kind === "member" ? step.name : step.kind === "item" ? step.index : step.key,
  );
  let at = after as Record<string | number, unknown>;
  for (const name of names.slice(0, -1)) at = at[name] as typeof at;
  const last = names.at(-1) ?? "";
  const value = at[last];
  if (path.at(-1)?.kind !== "key") at[last] = changed(value, type);
  else {
    delete at[last];
    at[MARKER] = value;
  }
  return after;
}

function changed(value: unknown, type: string): unknown {
  if (value instanceof Date) return new Date(0);
  if (typeof value === "bigint") return 0n;
  // Route 53's MaxItems: botocore, and so the model, calls it a string
  if (typeof value === "number" && type === "string") return Number.NaN;
  if (type === "number") return typeof value === "number" ? 0 : "0";
  return type === "boolean" ? false : MARKER;
}

function replacement({ type, text }: AnswerLeaf): string {
  if (type === "number") return "0";
  if (type === "boolean") return "false";
  if (type === "blob") return Buffer.from(MARKER).toString("base64");
  if (type !== "timestamp") return MARKER;
  if (/^[A-Z]/.test(text)) return "Thu, 01 Jan 1970 00:00:00 GMT";
  return /^\d{4}-/.test(text) ? "1970-01-01T00:00:00Z" : "0";
}

interface Case {
  readonly operation: SdkOperation;
  readonly answer: AwsAnswer;
  readonly before: Record<string, unknown>;
}

async function cases(service: SdkService, parser: Parser, most: number) {
  const made: Case[] = [];
  const wrong: string[] = [];
  const streams = service.operations.filter((operation) => eventMember(operation) !== undefined);
  for (const operation of new Set([...some(service.operations, most), ...streams])) {
    if (DIGESTED.has(operation.name)) continue;
    try {
      const answer = await answerHolding(parser.client, operation, outputOf(operation));
      made.push({ operation, answer, before: await parser.parse(operation, answer) });
    } catch (error) {
      wrong.push(`${operation.name}: ${(error as Error).message.slice(0, 200)}`);
    }
  }
  return { made, wrong };
}

/** The leaves that may be edited. */
function identityOf(
  call: ReturnType<typeof callOf>,
  { operation: { name }, answer }: Case,
  wrong: string[],
): readonly AnswerLeaf[] {
  const reading = readAnswer(call, answer, models);
  if (reading.kind === "unreadable") {
    wrong.push(`${name}: ${reading.reason}`);
    return [];
  }
  if (reading.unknown.length > 0) wrong.push(`${name}: ${reading.unknown[0]} is unknown`);
  const { headers, body } = reading.write([]);
  if (!Buffer.from(body).equals(Buffer.from(answer.body))) wrong.push(`${name}: other bytes`);
  expect(headers).toEqual(answer.headers);
  writers.set(answer, (edit) => reading.write([edit]));
  return reading.leaves.filter(
    ({ type, known, path }) => type !== "null" && known && !ELSEWHERE.test(shownPath(path)),
  );
}

const writers = new WeakMap<AwsAnswer, (edit: Edit) => AnswerParts>();

async function edited(parser: Parser, one: Case, leaf: AnswerLeaf, wrong: string[]): Promise<void> {
  const { operation, answer, before } = one;
  const parts = writers.get(answer)?.({ kind: "replace", leaf, text: replacement(leaf) });
  const after = parts && (await parser.parse(operation, { status: 200, ...parts }).catch(String));
  try {
    expect(after).toEqual(expected(before, leaf));
  } catch (error) {
    wrong.push(`${operation.name} ${shownPath(leaf.path)}: ${(error as Error).message.slice(0, 600)}`);
  }
}

const SPEAKERS = [
  ...SDK_SERVICES.map((service) => [service.service, service, {}] as const),
  ["cloudwatch in CBOR", sdkService("cloudwatch"), { protocol: cborProtocol("cloudwatch") }] as const,
];

describe.each(SPEAKERS)("answers of %s", (_, service, settings) => {
  const parser = parserOf(service, settings);

  it("are written as they came, and an edit of one leaf changes that member and no other", async () => {
    const { made, wrong } = await cases(service, parser, 12);
    let edits = 0;
    for (const one of made) {
      const leaves = identityOf(callOf(service, parser, one.operation), one, wrong);
      for (const leaf of some(leaves, 10)) {
        edits += 1;
        await edited(parser, one, leaf, wrong);
      }
    }
    expect(wrong.slice(0, 6)).toEqual([]);
    expect(made.length).toBeGreaterThan(4);
    expect(edits).toBeGreaterThan(7);
  }, 60_000);
});
