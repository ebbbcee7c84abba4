// Services that AWS has closed to new customers or ended, and whose pages have left the Service Authorization Reference
// (and so iam-data). There each operation had the action of its own name. Where that should be wrong, AWS refuses: the
// credential of the call allows this one action only. The resource is `*`, so only a permit for everything reaches them.

import type { LevelLetter } from "../../lambdas/recognition/shard.ts";

const WITHDRAWN = new Set(["application-cost-profiler", "cloudhsm", "iotthingsgraph"]);

/** The access level of an operation of a withdrawn service, or `undefined` for any other. */
export function withdrawnLevel(prefix: string, operation: string): LevelLetter | undefined {
  if (!WITHDRAWN.has(prefix)) return undefined;
  if (/^(?:Add|Remove)Tags|^(?:Unt|T)agResource$/.test(operation)) return "t";
  if (operation.startsWith("List")) return "l";
  return /^(?:Get|Describe|Search)/.test(operation) ? "r" : "w";
}
