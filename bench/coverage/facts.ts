// What the model data itself says about an operation, for the score: where its IAM action comes from, whether that
// action has resource types, and what tells it apart from its twins.

import type { Protocol } from "../../lambdas/model/aws-call.ts";
import type { ModelSource, OperationFile, ServiceFile } from "../../lambdas/recognition/shard.ts";
import { iamService } from "../../lib/models/iam.ts";

/** From AWS's documentation by hand, the action of the operation's own name, or none: then it is refused. */
export type IamSource = "documented" | "same-name" | "unknown";

export interface OperationFacts {
  readonly protocol: Protocol;
  readonly iam: IamSource;
  readonly actions: readonly string[];
  /** Equal for operations that are one and the same call at AWS: same host, same IAM actions on the same resources. */
  readonly call: string;
  readonly hasResourceType: boolean;
  readonly host: string;
}

/** Facts by service and operation, looked up in all shards. */
export function operationFacts(
  signingNames: readonly string[],
  models: ModelSource,
): Map<string, OperationFacts> {
  const all = new Map<string, OperationFacts>();
  for (const signingName of signingNames) {
    for (const file of models.shard(signingName)?.services ?? []) {
      for (const [operation, packed] of Object.entries(file.operations)) {
        all.set(`${file.service}:${operation}`, factsOf(file, operation, packed));
      }
    }
  }
  return all;
}

function factsOf(
  file: ServiceFile,
  operation: string,
  { a, f = "", t = 0, p = "" }: OperationFile,
): OperationFacts {
  const actions = (a ?? []).map(([name]) => (name === "" ? `${file.iam}:${operation}` : name));
  const [protocol = "rest-json"] = file.protocols;
  const host = p + (file.hosts[t]?.[0]?.[0] ?? "");
  return {
    protocol,
    call: JSON.stringify([file.hosts[t], p, actions, (a ?? []).map(([, ...rest]) => rest)]).toLowerCase(),
    iam: actions.length === 0 ? "unknown" : f.includes("c") ? "documented" : "same-name",
    actions: [...new Set(actions)],
    hasResourceType: hasResourceType(actions[0]),
    host,
  };
}

function hasResourceType(action: string | undefined): boolean {
  if (action === undefined) return false;
  if (action.startsWith("@")) return true; // PartiQL's tables
  const [prefix = "", name = ""] = action.split(":");
  const found = iamService(prefix).action(name);
  return found !== undefined && found.required.length + found.optional.length > 0;
}
