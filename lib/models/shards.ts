// Puts one service's facts together: shapes, operations with their IAM actions, hosts. And groups services by the name
// they sign with: what a request says about its service is the signing name, so that is what a shard is loaded by.

import type { Protocol } from "../../lambdas/model/aws-call.ts";
import type {
  ActionFile,
  AnswerShard,
  HostFile,
  OperationFile,
  ServiceFile,
  Shard,
} from "../../lambdas/recognition/shard.ts";
import { actionsOf, type FoundAction } from "./actions.ts";
import { packAnswers } from "./answers.ts";
import type { BotocoreService, RawOperation, RawService } from "./botocore.ts";
import { type Partition, resolveEndpoint } from "./endpoint-rules.ts";
import { ACCOUNT, hostTable } from "./hosts.ts";
import { iamPrefix, iamService } from "./iam.ts";
import { ShapePacker } from "./shapes.ts";
import { vendsCredentials } from "./vending.ts";

export function packShards(services: readonly BotocoreService[], partitions: readonly Partition[]): Shard[] {
  const byName = new Map<string, ServiceFile[]>();
  for (const service of services) {
    for (const [name, operations] of operationsBySigningName(service, partitions)) {
      const file = packService({ service, signingName: name, operations, partitions });
      byName.set(name, [...(byName.get(name) ?? []), file]);
    }
  }
  return [...byName].map(([signingName, files]) => ({ signingName, services: files }));
}

/** The answers of the same operations under the same signing names, from models merged with the SDK's outputs. */
export function packAnswerShards(
  services: readonly BotocoreService[],
  partitions: readonly Partition[],
): AnswerShard[] {
  const byName = new Map<string, AnswerShard["services"][number][]>();
  for (const service of services) {
    for (const [name, operations] of operationsBySigningName(service, partitions)) {
      const plain = operations.filter(([key]) => !isMoved(key));
      byName.set(name, [...(byName.get(name) ?? []), packAnswers(service, plain)]);
    }
  }
  return [...byName].map(([signingName, files]) => ({ signingName, services: files }));
}

/**
 * The endpoint rules say with which name an operation is signed: mostly the service's own, for some operations of S3
 * another, and for some of S3 Control another when they name an outpost.
 */
function operationsBySigningName(
  { model, rules }: BotocoreService,
  partitions: readonly Partition[],
): Map<string, [string, RawOperation][]> {
  const own = signingNameOf(model);
  const ruled = (parameters: Record<string, unknown>): string =>
    resolveEndpoint(rules, { ...parameters, Region: "us-east-1" }, partitions)?.signingName ?? own;
  const usual = ruled({});
  const byName = new Map<string, [string, RawOperation][]>();
  for (const [name, operation] of Object.entries(model.operations)) {
    const fixed = fixedParameters(operation, model);
    const plain = operation.staticContextParams === undefined ? usual : ruled(fixed);
    const outpost = takes(operation, model, "OutpostId") ? ruled({ ...fixed, OutpostId: OUTPOST }) : plain;
    // a name that the rules never give (Import/Export's) is the service's own all the same
    for (const signingName of new Set([plain, outpost, usual === own ? plain : own])) {
      byName.set(signingName, [...(byName.get(signingName) ?? []), [name, operation]]);
    }
  }
  return byName;
}

/** Stands for any outpost. */
const OUTPOST = "op-01234567890123456";

function takes({ input }: RawOperation, { shapes }: RawService, name: string): boolean {
  const members = Object.values((input && shapes[input.shape]?.members) ?? {});
  return members.some(({ contextParam }) => contextParam?.name === name);
}

function signingNameOf({ metadata }: RawService): string {
  return metadata.signingName ?? metadata.endpointPrefix;
}

interface ServiceFacts {
  readonly service: BotocoreService;
  readonly signingName: string;
  readonly operations: readonly (readonly [string, RawOperation])[];
  readonly partitions: readonly Partition[];
}

function packService({ service, signingName, operations, partitions }: ServiceFacts): ServiceFile {
  const { name, model, rules } = service;
  const packer = new ShapePacker(model.shapes);
  const prefix = iamPrefix(name, signingNameOf(model));
  const arns: Record<string, string> = {};
  const hosts = new HostTables((fixed) => hostTable(rules, fixed, partitions));
  if (signingName === signingNameOf(model)) hosts.number({}); // the first is the service's own
  const packed = operations.map(([key, raw]): [string, OperationFile] => {
    const operation = nameOf(key);
    const outpost = signingName !== signingNameOf(model) && takes(raw, model, "OutpostId");
    const host = hosts.number({ ...fixedParameters(raw, model), ...(outpost && { OutpostId: OUTPOST }) });
    const { endpoint, ...plain } = raw;
    const sent = outpost || endpoint === undefined ? plain : { ...plain, endpoint }; // an outpost's host has no account
    return [key, packOperation({ service: name, prefix, operation, raw: sent, model, packer, arns, host })];
  });
  return {
    service: name,
    version: model.metadata.apiVersion,
    protocols: protocolsOf(model),
    ...(model.metadata.targetPrefix !== undefined && { target: model.metadata.targetPrefix }),
    iam: prefix,
    hosts: hosts.tables,
    arns,
    shapes: packer.shapes,
    operations: Object.fromEntries(packed.filter(([key]) => !isMoved(key))),
    ...(packed.some(([key]) => isMoved(key)) && {
      moved: Object.fromEntries(
        packed.flatMap(([key, operation]) => (isMoved(key) ? [[nameOf(key), operation]] : [])),
      ),
    }),
  };
}

/** The merged models write an operation's second method or path as `<name>#2`. */
function isMoved(key: string): boolean {
  return key.endsWith("#2");
}

function nameOf(key: string): string {
  return key.replace(/#2$/, "");
}

/** The different host tables of a service, each once. Rules often ignore a fixed parameter. */
class HostTables {
  readonly tables: HostFile[][] = [];
  readonly #make: (fixed: Record<string, unknown>) => HostFile[];

  constructor(make: (fixed: Record<string, unknown>) => HostFile[]) {
    this.#make = make;
  }

  number(fixed: Record<string, unknown>): number {
    const table = this.#make(fixed);
    const text = JSON.stringify(table);
    const known = this.tables.findIndex((other) => JSON.stringify(other) === text);
    return known < 0 ? this.tables.push(table) - 1 : known;
  }
}

/** What the rules know of an operation beside the region. A bucket or account of any name gives the same host. */
function fixedParameters(operation: RawOperation, model: RawService): Record<string, unknown> {
  const { staticContextParams: fixed = {} } = operation;
  const takesBucket = model.metadata.endpointPrefix === "s3" && takes(operation, model, "Bucket");
  return {
    ...Object.fromEntries(Object.entries(fixed).map(([name, { value }]) => [name, value])),
    ...(takesBucket && { Bucket: "bucket", ForcePathStyle: true }),
    ...(fixed.RequiresAccountId && { AccountId: ACCOUNT }),
  };
}

function protocolsOf({ metadata }: RawService): Protocol[] {
  const json = metadata.jsonVersion === "1.1" ? "json-1.1" : "json-1.0";
  return (metadata.protocols ?? [metadata.protocol]).map((protocol) => {
    if (protocol === "json") return json;
    if (protocol === "smithy-rpc-v2-cbor") return "rpc-v2-cbor";
    if (["query", "ec2", "rest-json", "rest-xml"].includes(protocol)) return protocol as Protocol;
    throw new Error(`the model speaks \`${protocol}\`, which the recogniser does not know`);
  });
}

interface OperationFacts {
  readonly service: string;
  readonly prefix: string;
  readonly operation: string;
  readonly raw: RawOperation;
  readonly model: RawService;
  readonly packer: ShapePacker;
  readonly arns: Record<string, string>;
  readonly host: number;
}

function packOperation(facts: OperationFacts): OperationFile {
  const { service, operation, raw, model, packer, prefix, host } = facts;
  const rest = /^rest-/.test(model.metadata.protocol);
  const found = actionsOf({ service, operation, raw, model, prefix });
  for (const { action, plans } of found.actions) addTemplates(facts, action, plans);
  const flags = flagsOf(facts, found.documented);
  return {
    ...(rest && { h: `${raw.http.method} ${raw.http.requestUri}` }),
    ...(raw.input && { i: packer.number(raw.input.shape) }),
    ...(raw.input?.locationName !== undefined && { x: raw.input.locationName }),
    ...(raw.endpoint && { p: raw.endpoint.hostPrefix }),
    ...(host > 0 && { t: host }),
    ...(found.actions.length > 0 && { a: found.actions.map((action) => packAction(action, facts)) }),
    ...(flags !== "" && { f: flags }),
  };
}

function flagsOf({ service, operation, raw }: OperationFacts, documented: boolean): string {
  return [
    vendsCredentials(service, operation) ? "v" : "",
    raw.deprecated ? "d" : "",
    raw.authtype === "v4-unsigned-body" ? "u" : "",
    raw.authtype === "none" ? "n" : "",
    documented ? "c" : "",
  ].join("");
}

function packAction(
  { action, level, plans, condition }: FoundAction,
  { prefix, operation }: OperationFacts,
): ActionFile {
  const name = action === `${prefix}:${operation}` ? "" : action;
  return condition === undefined ? [name, level, plans] : [name, level, plans, condition];
}

/** Puts the ARN templates that the plans name into the service's table, named parts reduced to `{}`. */
function addTemplates({ prefix, arns }: OperationFacts, action: string, plans: readonly string[]): void {
  if (action.startsWith("@")) return; // made from the statement's text at request time
  for (const plan of plans) {
    const type = plan.replace(/^\?/, "").split(" ", 1)[0] ?? "";
    for (const [name, template] of templatesOf(type, action, prefix)) {
      if (template === undefined) {
        throw new Error(`\`${action}\` names resource type \`${type}\`, which is unknown`);
      }
      arns[name] = template.replaceAll(/\{(?:\w{2,}|\*)\}/g, "{}");
    }
  }
}

/** The templates that a plan's type stands for: one, or with `*` each that the action knows. */
function templatesOf(type: string, action: string, own: string): [string, string | undefined][] {
  const [actionPrefix = "", actionName = ""] = action.split(":");
  if (type === "*") {
    const service = iamService(actionPrefix);
    const found = service.action(actionName);
    const types = found ? [...found.required, ...found.optional] : [];
    return types.map((name) => [name, service.template(name)]);
  }
  const [prefix, name] = type.includes(":") ? type.split(":") : [own, type];
  return [[type, iamService(prefix ?? own).template(name ?? "")]];
}
