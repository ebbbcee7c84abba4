// Packs the answers of one service: output shapes by operation, and the errors that say more than a code and a message.
// They lie apart from the request shards, since most calls never read an answer.

import type { AnswerServiceFile } from "../../lambdas/recognition/shard.ts";
import type { BotocoreService, RawOperation } from "./botocore.ts";
import { ShapePacker } from "./shapes.ts";

/** What every reader of errors knows without a model. */
const GENERIC = new Set(["message", "code", "type"]);

export function packAnswers(
  { name, model }: BotocoreService,
  operations: readonly (readonly [string, RawOperation])[],
): AnswerServiceFile {
  const packer = new ShapePacker(model.shapes, "answers");
  const packed = operations.map(([key, { output }]) => {
    if (!output) return [key, []] as const;
    const number = packer.number(output.shape);
    const usual = output.resultWrapper === undefined || output.resultWrapper === `${key}Result`;
    return [key, usual ? [number] : [number, output.resultWrapper]] as const;
  });
  const errors: Record<string, number> = {};
  for (const shape of new Set(
    operations.flatMap(([, { errors: each = [] }]) => each.map((one) => one.shape)),
  )) {
    const { members = {}, error } = model.shapes[shape] ?? {};
    if (Object.keys(members).every((member) => GENERIC.has(member.toLowerCase()))) continue;
    errors[shape] = packer.number(shape);
    if (error?.code !== undefined) errors[error.code] = packer.number(shape);
  }
  return {
    service: name,
    shapes: packer.shapes,
    operations: Object.fromEntries(packed) as AnswerServiceFile["operations"],
    errors,
  };
}
