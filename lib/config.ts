// The configuration of one deployment: the key `countersign` of cdk.json's context. Decides whether it may be deployed:
// parsed whole, unknown keys refused, every fault named at once. What a wrong guess would make insecure (audience,
// algorithms, groups claim, external id, administrators) has no default and must be stated.
// Left to others: the constructs use the stack-only settings; deploymentOf() is what the functions carry.

import type { z } from "zod";
import type { Deployment } from "../lambdas/model/deployment.ts";
import { relationFaults } from "./config-relations.ts";
import { configSchema, type ParsedConfig } from "./config-schema.ts";

/** What the stack alone needs. */
type StackSettings = Omit<ParsedConfig, keyof Deployment>;

/** The configuration as parsed. */
export type CountersignConfig = Deployment & Readonly<StackSettings>;

/** Every fault of a configuration, one line each: the field's path and what to do. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(subject: string, faults: readonly string[]) {
    super(`${subject} cannot be used:\n${faults.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/**
 * Parses the value of the context key `countersign`.
 * @throws ConfigError with every fault found.
 */
export function parseConfig(context: unknown): CountersignConfig {
  const subject = "the configuration `countersign` in cdk.json's context";
  const relations = relationFaults(context);
  const parsed = parseWith(configSchema, context, subject, relations);
  // The schema's `min(1)` made these lists non-empty.
  return parsed as ParsedConfig & CountersignConfig;
}

/** The part of the configuration that the functions read at request time. */
export function deploymentOf(config: CountersignConfig): Deployment {
  const { mode, issuers, agents, roles, resourceSets, sessionSeconds, retentionDays } = config;
  const { limits, readers, administrators, approvals, detectors } = config;
  return {
    mode,
    issuers,
    agents,
    roles,
    resourceSets,
    sessionSeconds,
    retentionDays,
    limits,
    readers,
    administrators,
    approvals,
    detectors,
  };
}

/**
 * Parses `value` by a schema, naming all its faults together with those already known.
 * @throws ConfigError
 */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  subject: string,
  known: readonly string[] = [],
): z.output<Schema> {
  const result = schema.safeParse(value);
  const faults = [...(result.success ? [] : result.error.issues.flatMap(linesOf)), ...known];
  if (!result.success || faults.length > 0) {
    throw new ConfigError(subject, faults);
  }
  return result.data;
}

function linesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map(
      (key) => `${pathOf([...issue.path, key])}: unknown key, remove it or correct its spelling`,
    );
  }
  return [`${pathOf(issue.path)}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`];
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "(the whole value)" : text.replace(/^\./, "");
}
