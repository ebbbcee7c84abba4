// Reads a synthesised template as CloudFormation would deploy it: every value resolved, every resource seen by a view
// that knows it. What no view knows throws, so nothing that is deployed is left out here without anybody noticing.

import type { RoleSpec } from "./aws/contract.ts";
import { type Identity, identityOf, type Place } from "./identities.ts";
import { NO_VALUE, type References, resolveValue } from "./intrinsics.ts";
import { Members, TemplateError } from "./members.ts";
import { type RestApi, readApi } from "./template-api.ts";
import { type Buckets, readBuckets } from "./template-buckets.ts";
import { type DataResources, readData, readRoles, readSecretValues } from "./template-data.ts";
import { type Distribution, readDistribution } from "./template-distribution.ts";
import { type Functions, readFunctions } from "./template-functions.ts";
import { type Machines, readMachines } from "./template-machines.ts";
import { readSchedules, type Schedules } from "./template-schedules.ts";

/** A template as JSON. Mutable, so that the mutation suite can take something out of it. */
export interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
}

/** One resource with its properties resolved. */
export interface Resource {
  readonly id: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: Members;
}

/** The resources of one type, in the order of the template. */
export type ResourcesOf = (type: string) => readonly Resource[];

export interface ResolvedStack extends DataResources, Functions, Machines, Buckets, Schedules {
  readonly api: RestApi;
  readonly distribution: Distribution;
}

export interface TemplateOptions extends Place {
  /** The cloud assembly's folder, where the assets lie. */
  readonly assembly: string;
}

const SECTIONS = new Set([
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Outputs",
  "Parameters",
  "Resources",
  "Rules",
]);
const RESOURCE_MEMBERS = new Set([
  "Type",
  "Properties",
  "DependsOn",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "Metadata",
]);

/** Copies a template out of its assembly. @throws TemplateError when a section is not served, such as Conditions */
export function parseTemplate(value: unknown): Template {
  const template = new Members(value, "the template");
  template.ignore(...SECTIONS);
  template.done();
  const resources = template.any("Resources") as Template["Resources"];
  for (const [id, resource] of Object.entries(resources)) {
    const unknown = Object.keys(resource).filter((name) => !RESOURCE_MEMBERS.has(name));
    if (unknown.length > 0) throw new TemplateError(id, `has \`${unknown.join(", ")}\`, which is not served`);
  }
  return { Resources: structuredClone(resources) };
}

/** Resolves the whole template. @throws TemplateError on any type, property, attribute or intrinsic it does not know. */
export function resolveStack(template: Template, options: TemplateOptions): ResolvedStack {
  const { references, resourcesOf, finish } = viewsOf(template, options);
  const data = readData(resourcesOf, references);
  const functions = readFunctions(resourcesOf, options.assembly);
  const stack = {
    ...data,
    ...functions,
    ...readMachines(resourcesOf),
    ...readBuckets(resourcesOf),
    ...readSchedules(resourcesOf),
    api: readApi(resourcesOf),
    distribution: readDistribution(resourcesOf),
  };
  finish();
  return stack;
}

interface Views {
  readonly references: References;
  readonly resourcesOf: ResourcesOf;
  /** @throws TemplateError when a resource is of a type that nobody asked for */
  finish(): void;
}

function viewsOf(template: Template, options: TemplateOptions): Views {
  const { references, identity } = referencesOf(template, options);
  const seen = new Set<string>();
  const resourcesOf: ResourcesOf = (type) => {
    seen.add(type);
    return Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, { Properties = {} }]) => ({
        id,
        ...identity(id, id),
        properties: new Members(resolveValue(Properties, id, references), id),
      }));
  };
  const finish = (): void => {
    for (const type of WITHOUT_A_VIEW) resourcesOf(type);
    for (const [id, { Type }] of Object.entries(template.Resources)) {
      if (!seen.has(Type)) throw new TemplateError(id, `is of type \`${Type}\`, which is not served`);
    }
  };
  return { references, resourcesOf, finish };
}

/** The roles of a template that declares nothing else. @throws TemplateError as `resolveStack` does */
export function resolveRoles(template: Template, options: TemplateOptions): readonly RoleSpec[] {
  const { resourcesOf, finish } = viewsOf(template, options);
  const roles = readRoles(resourcesOf);
  finish();
  return roles;
}

// Where logs and alarms go has no counterpart on one machine.
const WITHOUT_A_VIEW = [
  "AWS::CloudWatch::Alarm",
  "AWS::Logs::LogGroup",
  "AWS::Lambda::EventInvokeConfig", // here nobody repeats an invocation
  "AWS::S3::BucketPolicy",
  "AWS::ApiGateway::Deployment",
];

interface Lookup {
  readonly references: References;
  readonly identity: (id: string, path: string) => Identity;
}

function referencesOf(template: Template, place: TemplateOptions): Lookup {
  const open = new Set<string>();
  const identity = (id: string, path: string): Identity => {
    const resource = template.Resources[id];
    if (resource === undefined)
      throw new TemplateError(path, `refers to \`${id}\`, which is not in the template`);
    if (open.has(id)) throw new TemplateError(path, `is part of a circle of references through \`${id}\``);
    open.add(id);
    try {
      const text = (property: string): string | undefined => {
        const value = resource.Properties?.[property];
        return value === undefined ? undefined : String(resolveValue(value, `${id}.${property}`, references));
      };
      return identityOf(resource.Type, { id, place, text }, id);
    } finally {
      open.delete(id);
    }
  };
  const secretValues = readSecretValues(template, (id) => identity(id, id).ref);
  const pseudo: Readonly<Record<string, string | typeof NO_VALUE>> = {
    "AWS::AccountId": place.account,
    "AWS::Region": place.region,
    "AWS::Partition": place.partition,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": place.stackName,
    "AWS::NoValue": NO_VALUE,
  };
  const references: References = {
    ref: (name, path) => pseudo[name] ?? identity(name, path).ref,
    attribute: (id, attribute, path) => {
      const { [attribute]: value } = identity(id, path).attributes;
      if (value === undefined)
        throw new TemplateError(path, `reads \`${id}.${attribute}\`, which is not served`);
      return value;
    },
    secret: (secret, jsonKey, path) => {
      const value = secretValues.get(secret);
      if (value === undefined)
        throw new TemplateError(path, `refers to the secret \`${secret}\`, which is not in the template`);
      return jsonKey === "" ? value : new Members(JSON.parse(value), path).text(jsonKey);
    },
  };
  return { references, identity };
}
