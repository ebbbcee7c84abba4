// What is hidden in an operation's answer whatever the policies say, and whether a policy's mask meets it: for explanations
// and for the checks at synth. Reads the models and the curated list as masking does; decides nothing, hides nothing.

import { CURATED } from "../../masking/curated.ts";
import type { AnsweredOperation, MaskKnowledge } from "../../policy/explain.ts";
import { isDataPath } from "../../policy/mask-terms.ts";
import { resolveAnswerPath, sensitiveAnswerPaths } from "../../recognition/answers/paths.ts";
import type { AnswerSource } from "../../recognition/shard.ts";

/** Operations whose answers hold attributes of a table's items, which a path can name by the table. */
const HOLDS_ITEMS = new Set([
  "BatchExecuteStatement",
  "BatchGetItem",
  "DeleteItem",
  "ExecuteStatement",
  "ExecuteTransaction",
  "GetItem",
  "GetRecords",
  "PutItem",
  "Query",
  "Scan",
  "TransactGetItems",
  "UpdateItem",
]);

export function createMaskKnowledge(models: AnswerSource): MaskKnowledge {
  const has = (of: AnsweredOperation, path: string): boolean =>
    resolveAnswerPath(models, of, path).kind === "found";
  return {
    meets: (of, path) => (isDataPath(path) ? holdsItems(of) : has(of, path)),
    defaults: (of) => [
      ...sensitiveAnswerPaths(models, of),
      ...curatedPaths(of).filter((path) => has(of, path)),
    ],
  };
}

/** True for answers that masks of a table's data can meet. */
export function holdsItems({ service, operation }: AnsweredOperation): boolean {
  return ["dynamodb", "dynamodbstreams"].includes(service) && HOLDS_ITEMS.has(operation);
}

function curatedPaths({ service }: AnsweredOperation): readonly string[] {
  return CURATED.filter((entry) => entry.service === service).flatMap(({ paths }) => paths);
}
