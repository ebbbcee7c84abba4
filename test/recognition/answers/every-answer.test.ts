// Answers of operations of every service, made from the models, are read whole and written back byte for byte.
// `EVERY_ANSWER=1` takes all operations instead of some of each service.

import { expect, test } from "vitest";
import { modelFiles } from "../../../lambdas/boundary/model-files.ts";
import type { Protocol } from "../../../lambdas/model/aws-call.ts";
import { answerModel } from "../../../lambdas/recognition/answers/model.ts";
import { readAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";
import index from "../../../lambdas/recognition/models/index.json" with { type: "json" };
import { madeAnswer } from "./made-answers.ts";

const models = modelFiles(new URL("../../../lambdas/recognition/models", import.meta.url).pathname);
const SOME = process.env.EVERY_ANSWER ? Number.POSITIVE_INFINITY : 3;

interface Seen {
  answers: number;
  leaves: number;
  readonly services: Set<string>;
  readonly protocols: Set<Protocol>;
  readonly wrong: string[];
}

function look(
  seen: Seen,
  call: { signingName: string; service: string; operation: string; protocol: Protocol },
): void {
  const model = answerModel(models, call);
  if (!model) throw new Error(`no model of ${call.operation}`);
  const answer = madeAnswer(model, call.operation, call.protocol);
  const reading = readAnswer(call, answer, models);
  const where = `${call.service} ${call.operation} ${call.protocol}`;
  seen.answers += 1;
  seen.services.add(call.service);
  seen.protocols.add(call.protocol);
  if (reading.kind === "unreadable") {
    seen.wrong.push(`${where}: ${reading.reason}`);
    return;
  }
  seen.leaves += reading.leaves.length;
  if (reading.unknown.length > 0) seen.wrong.push(`${where}: ${reading.unknown[0]} is unknown`);
  if (!Buffer.from(reading.write([]).body).equals(answer.body)) seen.wrong.push(`${where}: not identical`);
  // what is written goes through every leaf's place: a replacement by the same value must be the same answer
  const first = reading.leaves.find(({ type }) => type === "string");
  if (!first || reading.kind !== "structured") return;
  const again = readAnswer(
    call,
    { ...answer, ...reading.write([{ kind: "replace", leaf: first, text: first.text }]) },
    models,
  );
  const texts = again.kind === "unreadable" ? again.reason : again.leaves.map(({ text }) => text);
  if (JSON.stringify(texts) !== JSON.stringify(reading.leaves.map(({ text }) => text))) {
    seen.wrong.push(`${where}: another answer after a replacement by the same`);
  }
}

test("an answer of every service in every protocol is read without an unknown member and is written as it was", () => {
  const seen: Seen = { answers: 0, leaves: 0, services: new Set(), protocols: new Set(), wrong: [] };
  for (const signingName of index.signingNames) {
    for (const file of models.shard(signingName)?.services ?? []) {
      for (const operation of Object.keys(file.operations).slice(0, SOME)) {
        for (const protocol of file.protocols)
          look(seen, { signingName, service: file.service, operation, protocol });
      }
    }
  }
  if (process.env.EVERY_ANSWER) console.log(seen.answers, seen.leaves, seen.services.size, seen.wrong.length);
  expect(seen.wrong.slice(0, 40)).toEqual([]);
  expect(seen.services.size).toBeGreaterThan(400);
  expect(seen.protocols.size).toBe(7);
}, 120_000);
