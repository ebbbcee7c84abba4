// The published lists, read from where the gateway reads them: the shards, and upstream/'s table of orchestrators.

import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import { type OperationModel, servicesOf } from "../../lambdas/recognition/model.ts";
import index from "../../lambdas/recognition/models/index.json" with { type: "json" };
import { sensitivePaths } from "../../lambdas/recognition/sensitive.ts";
import { ORCHESTRATORS } from "../../lambdas/upstream/orchestrators.ts";

export interface PublishedList {
  readonly name: string;
  readonly criterion: string;
  /** `service:Operation`, with the member behind a space where the list is of members. */
  readonly entries: readonly string[];
}

export function publishedLists(): readonly PublishedList[] {
  const operations = everyOperation();
  const named = ({ service, name }: OperationModel): string => `${service.file.service}:${name}`;
  return [
    {
      name: "credentials",
      criterion:
        "the answer can hold what works at AWS, or in the account, without passing the gateway again",
      entries: operations.filter(({ vendsCredentials }) => vendsCredentials).map(named),
    },
    {
      name: "tokens",
      criterion: "a top member of the input is marked as an idempotency token in the models",
      entries: operations.flatMap((operation) =>
        (operation.input?.members ?? [])
          .filter(({ idempotencyToken }) => idempotencyToken)
          .map(({ name }) => `${named(operation)} ${name}`),
      ),
    },
    {
      name: "sensitive",
      criterion: "a member of the input is marked as sensitive in the models",
      entries: operations.flatMap((operation) =>
        sensitivePaths(operation).map((path) => `${named(operation)} ${path}`),
      ),
    },
    {
      name: "orchestrators",
      criterion: "the service goes on with the caller's own credentials, beyond the one action",
      entries: [...ORCHESTRATORS].flatMap(([service, names]) => names.map((name) => `${service}:${name}`)),
    },
  ];
}

function everyOperation(): OperationModel[] {
  const models = modelFiles(new URL("../../lambdas/recognition/models", import.meta.url).pathname);
  const found = new Map<string, OperationModel>();
  for (const signingName of index.signingNames) {
    const shard = models.shard(signingName);
    for (const service of shard ? servicesOf(shard) : []) {
      for (const key of Object.keys(service.file.operations)) {
        const operation = service.operation(key);
        if (operation) found.set(`${service.file.service}:${operation.name}`, operation);
      }
    }
  }
  return [...found.values()];
}
