// Where `countersign policy` finds what it works on: the folder of policies, the deployment's configuration, recorded calls.
// Reads files of whoever asks; decides nothing.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { UsageError } from "./cli/exit.ts";
import { type CountersignConfig, deploymentOf, parseConfig } from "./config.ts";
import { fileLines } from "./file-lines.ts";
import { demoConfig } from "./local/demo-world.ts";
import { bundlePolicies } from "./policy-bundle.ts";
import { collectCalls, parseSince, type ReadCalls, type RecordedCalls } from "./recorded-calls.ts";

export const ROOT = join(import.meta.dirname, "..");

export const PLACES = { policies: { type: "string" }, config: { type: "string" } } as const;

/** Which recorded calls a command is about, and the policies and configuration beside them. */
export const CALL_OPTIONS = {
  ...PLACES,
  local: { type: "boolean" },
  agent: { type: "string" },
  since: { type: "string" },
  session: { type: "string" },
  url: { type: "string" },
  json: { type: "boolean" },
} as const;

export interface CallValues {
  readonly config?: string | undefined;
  readonly local?: boolean | undefined;
  readonly agent?: string | undefined;
  readonly since?: string | undefined;
  readonly session?: string | undefined;
  readonly url?: string | undefined;
}

interface CallWorld {
  readonly recordedCalls?: RecordedCalls;
  now(): number;
}

/**
 * Reads the wanted calls from files (`-` is stdin), or else by the port.
 * @throws UsageError where it is not said what to read
 */
export async function readCalls(
  files: readonly string[],
  values: CallValues,
  { recordedCalls, now }: CallWorld,
): Promise<ReadCalls> {
  const { agent, session, url } = values;
  const sinceMs = values.since === undefined ? undefined : sinceOf(values.since, now());
  const wanted = { agent, sinceMs, session, url };
  if (files.length > 0) return collectCalls(linesOf(files), wanted);
  const isNamed = [agent, values.since, session, url].some((value) => value !== undefined);
  if (!isNamed || recordedCalls === undefined) {
    throw new UsageError("say which recorded calls: files or `-`, `--session`, `--agent` or `--since`");
  }
  return collectCalls(recordedCalls(wanted), wanted);
}

/**
 * The configuration that the records belong to: cdk.json's, or that of the local cloud, whose issuer the records name.
 * @throws Error when there is none, or it has faults
 */
export function configOfCalls(
  values: CallValues,
  isFromFiles: boolean,
  { calls }: ReadCalls,
): CountersignConfig {
  const isElsewhere = isFromFiles || values.url !== undefined || values.config !== undefined;
  const issuer = calls.find(({ record }) => record.caller !== null)?.record.caller?.issuer;
  return (values.local ?? !isElsewhere) && issuer !== undefined
    ? localConfig(issuer)
    : readConfig(values.config);
}

export function localConfig(issuer: string): CountersignConfig {
  return parseConfig(demoConfig({ issuer, jwksUri: `${issuer}/jwks`, audience: "countersign" }));
}

export function readConfig(file: string | undefined): CountersignConfig {
  const value: unknown = JSON.parse(readFileSync(file ?? join(ROOT, "cdk.json"), "utf8"));
  const context = memberOf(value, "context");
  return parseConfig(memberOf(context, "countersign") ?? value);
}

export function bundleOf(policies: string | undefined, config: CountersignConfig): PolicyBundle {
  return bundlePolicies(policies ?? join(ROOT, "policies"), deploymentOf(config));
}

/** Counts on stderr, where somebody looks at it; what is printed on stdout stays whole. */
export function progressOf(what: string, total: number): { tick(): void; end(): void } {
  const isShown = process.stderr.isTTY === true && total > 0;
  let done = 0;
  return {
    tick: () => {
      done += 1;
      if (isShown && done % 100 === 0) process.stderr.write(`\r${what} ${done} of ${total}`);
    },
    end: () => {
      if (isShown) process.stderr.write("\r\u001b[K");
    },
  };
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    if (file === "-") yield* (await text(process.stdin)).split("\n");
    else yield* fileLines(file);
  }
}

function sinceOf(text: string, now: number): number {
  try {
    return parseSince(text, now);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : "");
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
