// Masks random answers of real operations, bytes to bytes, and counts those that still show a canary (raw, escaped, in
// base64 or in hex) or in which something changed that is not to be hidden.

import { modelFiles } from "../lambdas/boundary/model-files.ts";
import { CURATED } from "../lambdas/masking/curated.ts";
import { maskAnswer } from "../lambdas/masking/mask-answer.ts";
import type { AnswerLeaf, AnswerParts, MaskStyle } from "../lambdas/model/answer.ts";
import type { Protocol } from "../lambdas/model/aws-call.ts";
import { type AnswerModel, answerModel } from "../lambdas/recognition/answers/model.ts";
import { type AnsweredCall, readAnswer } from "../lambdas/recognition/answers/read-answer.ts";
import index from "../lambdas/recognition/models/index.json" with { type: "json" };
import { type Random, randomOf } from "./fuzz/mutate.ts";
import { CANARY, CANARY_NUMBER, type FuzzedAnswer, fuzzedAnswer } from "./fuzz-answers.ts";

const DOCUMENTS = 200_000;
const SHOWN = 5;
const STYLES: readonly MaskStyle[] = ["fixed", "fixed", "hash", "drop", "null"];
const FORMS = [CANARY, CANARY_NUMBER, Buffer.from(CANARY).toString("hex"), ...[0, 1, 2].map(base64Core)];
const models = modelFiles(new URL("../lambdas/recognition/models", import.meta.url).pathname);
const curated = new Set(CURATED.map(({ service }) => service));
const KEY = Buffer.from("a key for the fuzz");

interface Target {
  readonly call: AnsweredCall;
  readonly model: AnswerModel;
}

/** @returns how many documents were masked wrongly */
export function fuzzMasking(seed: number, documents = DOCUMENTS): number {
  const targets = allTargets();
  const counts = { masked: 0, withCanaries: 0, leaves: 0, hidden: 0, wrong: 0 };
  for (let number = 0; counts.masked < documents; number++) {
    const random = randomOf(seed, "masking", number);
    const target = targets[random(targets.length)];
    const document = target && fuzzedAnswer(target.model, target.call, random);
    if (target === undefined || document === undefined) continue;
    counts.masked++;
    if (shownIn(document.answer) !== undefined) counts.withCanaries++;
    const result = resultOf(target.call, document, random);
    counts.leaves += result.leaves;
    counts.hidden += result.hidden;
    if (result.problem === undefined) continue;
    if (counts.wrong++ < SHOWN) console.log(`${number} ${target.call.operation}: ${result.problem}`);
  }
  console.log(
    `${counts.masked} answers masked, ${counts.withCanaries} of them with canaries before, ${counts.leaves} leaves, ${counts.hidden} hidden, ${counts.wrong} answers wrong`,
  );
  return counts.wrong;
}

function allTargets(): readonly Target[] {
  return index.signingNames.flatMap((signingName) =>
    (models.shard(signingName)?.services ?? []).flatMap(({ service, operations, protocols }) =>
      Object.keys(operations).flatMap((operation) =>
        protocols.filter(isText).flatMap((protocol): readonly Target[] => {
          const call = { signingName, service, operation, protocol };
          const model = answerModel(models, call);
          return model === undefined ? [] : [{ call, model }];
        }),
      ),
    ),
  );
}

function isText(protocol: Protocol): boolean {
  return protocol !== "rpc-v2-cbor";
}

interface Result {
  readonly problem?: string;
  readonly leaves: number;
  readonly hidden: number;
}

function resultOf(call: AnsweredCall, { answer, masks }: FuzzedAnswer, random: Random): Result {
  const reading = readAnswer(call, answer, models);
  if (reading.kind !== "structured") {
    return { leaves: 0, hidden: 0, problem: reading.kind === "unreadable" ? reading.reason : reading.kind };
  }
  const style = STYLES[random(STYLES.length)] ?? "fixed";
  const { leaves } = reading;
  const { edits, withheld } = maskAnswer({
    leaves,
    call: { ...call, parameters: {} },
    obligations: { masks: masks.map((path) => ({ path, style })), unmasks: [], detectors: [] },
    hashKey: KEY,
  });
  const counts = { leaves: leaves.length, hidden: edits.length };
  if (withheld !== undefined) return { ...counts, problem: withheld };
  const written = reading.write(edits);
  const problem = shownIn(written) ?? changedIn(call, leaves, written, style);
  return problem === undefined ? counts : { ...counts, problem };
}

/** The canary in any form, in what is written. */
function shownIn({ headers, body }: AnswerParts): string | undefined {
  const text = `${Buffer.from(body).toString("utf8")}\n${headers.join("\n")}`;
  const plain = text
    .replace(/\\+u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/&#x([0-9a-fA-F]{1,6});/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  const found = FORMS.find((form) => text.includes(form) || plain.includes(form));
  return found === undefined ? undefined : `shows \`${found}\` in ${text.slice(0, 600)}`;
}

function changedIn(
  call: AnsweredCall,
  leaves: readonly AnswerLeaf[],
  written: AnswerParts,
  style: MaskStyle,
): string | undefined {
  const reading = readAnswer(call, { status: 200, ...written }, models);
  if (reading.kind === "unreadable") return `cannot be read any more: ${reading.reason}`;
  if (style === "drop" || style === "null") return undefined;
  if (reading.leaves.length !== leaves.length) return "has other members than before";
  const changed = leaves.find((leaf, at) => {
    const text = reading.leaves[at]?.text;
    return !isSecret(leaf) && text !== leaf.text && !mayChange(call, leaf);
  });
  return changed === undefined ? undefined : `changed ${JSON.stringify([changed.path, changed.text])}`;
}

function isSecret({ type, text }: AnswerLeaf): boolean {
  const plain = type === "blob" ? Buffer.from(text, "base64").toString() : text;
  return plain.includes(CANARY) || plain === CANARY_NUMBER;
}

/** What a curated member hides holds no canary here; SQS's digests follow what they are of. */
function mayChange({ service }: AnsweredCall, { path }: AnswerLeaf): boolean {
  const last = path.at(-1);
  return (
    curated.has(service) || (service === "sqs" && last?.kind === "member" && last.name.startsWith("MD5"))
  );
}

/** What of the canary stands in any base64 text that has it at this offset. */
function base64Core(offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(CANARY)]);
  const encoded = bytes.toString("base64").replace(/=+$/, "");
  return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
