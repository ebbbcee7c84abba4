// What the models know of AWS's services, for synth and the tools: which operations there are, which IAM actions each
// needs, which parameters each takes. Read from the recogniser's own shards, so that what a policy is checked against is
// what it will meet. Decides nothing.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { modelFiles } from "../lambdas/boundary/model-files.ts";
import { type OperationModel, type ServiceModel, servicesOf } from "../lambdas/recognition/model.ts";
import type { AnswerSource, ModelSource } from "../lambdas/recognition/shard.ts";

const DIRECTORY = join(import.meta.dirname, "../lambdas/recognition/models");

/** What the recogniser makes of a PartiQL statement, which the shards leave to it. */
const PARTIQL_ACTIONS = ["Select", "Insert", "Update", "Delete"].map((verb) => `dynamodb:PartiQL${verb}`);

/** The shards of this repository. */
export const MODELS: ModelSource & AnswerSource = modelFiles(DIRECTORY);

let services: ReadonlyMap<string, ServiceModel> | undefined;
let requiring: ReadonlyMap<string, readonly OperationModel[]> | undefined;

/** Every service by botocore's name, e.g. `rds-data`. The first call reads all shards: a fifth of a second. */
export function allServices(): ReadonlyMap<string, ServiceModel> {
  services ??= readServices();
  return services;
}

/** The operations that may need this IAM action, e.g. `s3:PutObject`: also CopyObject and the multipart uploads. */
export function operationsRequiring(action: string): readonly OperationModel[] {
  return byAction().get(action) ?? [];
}

/** The operations that may need any action of this IAM service. */
export function operationsOfIamService(prefix: string): readonly OperationModel[] {
  const found = [...byAction()].filter(([action]) => action.startsWith(`${prefix}:`));
  return [...new Set(found.flatMap(([, operations]) => operations))];
}

export function operationNames({ file }: ServiceModel): readonly string[] {
  // `<name>#2` is the same operation by another method or path.
  return Object.keys(file.operations).filter((name) => !name.includes("#"));
}

/** The IAM actions that an operation may need, whatever its parameters. */
function actionsOfOperation({ name: operation, actions, service }: OperationModel): readonly string[] {
  const names = actions.flatMap(([name]) => {
    if (name === "@partiql") return PARTIQL_ACTIONS;
    return name === "" ? [`${service.file.iam}:${operation}`] : [name];
  });
  return [...new Set(names)];
}

function readServices(): ReadonlyMap<string, ServiceModel> {
  const found = new Map<string, ServiceModel>();
  const names = readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(".json") && file !== "index.json")
    .map((file) => file.slice(0, -".json".length))
    .sort();
  for (const name of names) {
    const shard = MODELS.shard(name);
    for (const service of shard === undefined ? [] : servicesOf(shard)) {
      // S3 has shards for its other signing names too; the first, `s3`, is the plain one.
      if (!found.has(service.file.service)) found.set(service.file.service, service);
    }
  }
  return found;
}

function byAction(): ReadonlyMap<string, readonly OperationModel[]> {
  requiring ??= indexActions();
  return requiring;
}

function indexActions(): ReadonlyMap<string, readonly OperationModel[]> {
  const index = new Map<string, OperationModel[]>();
  for (const service of allServices().values()) {
    for (const operation of operationNames(service).flatMap((name) => service.operation(name) ?? [])) {
      for (const action of actionsOfOperation(operation)) {
        const known = index.get(action);
        if (known === undefined) index.set(action, [operation]);
        else known.push(operation);
      }
    }
  }
  return index;
}
