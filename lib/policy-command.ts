// `countersign policy <test|check|explain>`: reads arguments, asks, and gives the lines to print and the exit code.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import type { EmergencyForbid, EmergencyRule } from "../lambdas/model/emergency.ts";
import { parseAwsCommand } from "./aws-command.ts";
import { UsageError } from "./cli/exit.ts";
import type { FoundRecord } from "./cli/records.ts";
import { type CountersignConfig, deploymentOf, parseConfig } from "./config.ts";
import { demoConfig } from "./local/demo-world.ts";
import { bundlePolicies } from "./policy-bundle.ts";
import { runPolicyCases } from "./policy-case-run.ts";
import { caseRunText, isCleanRun } from "./policy-case-text.ts";
import {
  type AskerText,
  type Explained,
  type ExplainRequest,
  explainRequest,
  parseJsonRequest,
} from "./policy-explain.ts";
import { explanationText } from "./policy-explain-text.ts";
import { type RecordedRequest, recordedRequest, recordedText } from "./policy-recorded.ts";

const ROOT = join(import.meta.dirname, "..");

export const POLICY_HELP = `countersign policy <command>

  test               run policies/tests/*.json; exit code 1 when a case is not as expected or a policy decides none
  check              check the policies as \`cdk synth\` does
  explain            why a request is permitted or denied, and which policies nearly matched
                     ... explain [options] -- aws dynamodb get-item --table-name orders --key '{"id":{"S":"1"}}'
                     ... explain [options] --json request.json      (\`-\`: from stdin) with
                         {"service","operation","params","region","role","principal":{"subject","groups","claims"}}
                     ... explain --session <id> --call <number in \`replay\`, or key> [--url <url>] [--claim] [--tag]
                         (the gateway where you signed in, or the local cloud that runs here)
    --group <name>        a group of the agent; once for each       --claim <name=value>  likewise
    --subject <text>      the agent's subject                       --issuer <url>        its issuer
    --role <name|arn>     the role asked for                        --region <region>
    --tag <key=value>     a tag of the resources; without one, tags are unknown, and policies that read them fail
    --source-ip <ip>      --user-agent <text>     --at <ISO 8601>   --session-age <seconds>
    --emergency           counts the emergency forbid of the local cloud, or of the table in --state-table <name>
    --output <form>       text (default) or json

  --policies <folder>     default: policies           --config <file>  default: cdk.json
`;

/** What the command reads outside. */
export interface PolicyWorld {
  /** The records of a session at the gateway under this address. @throws when there is none */
  readSession(url: string | undefined, session: string): Promise<readonly FoundRecord[]>;
  /** The rules of the emergency forbid. @throws when they cannot be read, and every call is refused */
  readEmergency(stateTable: string | undefined): Promise<readonly EmergencyRule[]>;
  /** Epoch milliseconds. */
  now(): number;
}

export interface CommandOutput {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/** @throws Error with a sentence for the person at the terminal */
export async function policyCommand(
  [name = "help", ...args]: readonly string[],
  world: PolicyWorld,
): Promise<CommandOutput> {
  switch (name) {
    case "test":
      return test(args);
    case "check":
      return check(args);
    case "explain":
      return explain(args, world);
    case "help":
      return { lines: [POLICY_HELP], exitCode: 0 };
    default:
      throw new UsageError(`there is no command \`policy ${name}\`\n\n${POLICY_HELP}`);
  }
}

const PLACES = { policies: { type: "string" }, config: { type: "string" } } as const;

function test(args: readonly string[]): CommandOutput {
  const { values } = parseArgs({ args: [...args], options: { policies: PLACES.policies } });
  const run = runPolicyCases(values.policies ?? join(ROOT, "policies"));
  return { lines: caseRunText(run), exitCode: isCleanRun(run) ? 0 : 1 };
}

function check(args: readonly string[]): CommandOutput {
  const { values } = parseArgs({ args: [...args], options: PLACES });
  const { policies, warnings } = bundleOf(values.policies, readConfig(values.config));
  const count = `${policies.length} policies, ${warnings.length} ${warnings.length === 1 ? "warning" : "warnings"}`;
  return { lines: [...warnings, count], exitCode: 0 };
}

const EXPLAIN_OPTIONS = {
  ...PLACES,
  json: { type: "string" },
  session: { type: "string" },
  call: { type: "string" },
  url: { type: "string" },
  group: { type: "string", multiple: true },
  claim: { type: "string", multiple: true },
  tag: { type: "string", multiple: true },
  subject: { type: "string" },
  issuer: { type: "string" },
  role: { type: "string" },
  region: { type: "string" },
  "source-ip": { type: "string" },
  "user-agent": { type: "string" },
  at: { type: "string" },
  "session-age": { type: "string" },
  emergency: { type: "boolean" },
  "state-table": { type: "string" },
  output: { type: "string" },
} as const;

type ExplainValues = ReturnType<typeof parseExplain>["values"];

function parseExplain(args: readonly string[]) {
  return parseArgs({ args: [...args], options: EXPLAIN_OPTIONS });
}

async function explain(args: readonly string[], world: PolicyWorld): Promise<CommandOutput> {
  // What follows `--` is AWS's command line, with options of its own.
  const at = args.indexOf("--");
  const { values } = parseExplain(at < 0 ? args : args.slice(0, at));
  const words = at < 0 ? [] : args.slice(at + 1);
  const request = await requestOf(values, words, world);
  const config = configFor(values, request);
  const bundle = bundleOf(values.policies, config);
  const explained = explainRequest(request, bundle, deploymentOf(config), await emergencyOf(values, world));
  if (values.output === "json") {
    return { lines: [JSON.stringify(shownAsJson(explained), null, 2)], exitCode: 0 };
  }
  return { lines: [explanationText(explained), ...recordedText(request, explained)], exitCode: 0 };
}

function shownAsJson(explained: Explained): object {
  if (explained.kind === "unrecognised") return explained;
  const { service, operation } = explained.call;
  return { kind: explained.kind, service, operation, ...explained.explanation };
}

async function emergencyOf(
  values: ExplainValues,
  { readEmergency }: PolicyWorld,
): Promise<EmergencyForbid | undefined> {
  const stateTable = values["state-table"];
  if (values.emergency !== true && stateTable === undefined) return undefined;
  return { kind: "rules", rules: await readEmergency(stateTable) };
}

async function requestOf(
  values: ExplainValues,
  words: readonly string[],
  { readSession, now }: PolicyWorld,
): Promise<ExplainRequest | RecordedRequest> {
  const given = [words.length > 0, values.json !== undefined, values.session !== undefined];
  if (given.filter(Boolean).length !== 1) {
    throw new UsageError(`say what to explain, in one of three forms\n\n${POLICY_HELP}`);
  }
  const region = values.region ?? "eu-west-1";
  const asker = askerOf(values, now);
  if (values.session !== undefined) {
    if (values.call === undefined) throw new UsageError("`--session` needs `--call`");
    const recorded = recordedRequest(await readSession(values.url, values.session), values.call);
    // Neither is recorded.
    return { ...recorded, asker: { ...recorded.asker, claims: asker.claims, tags: asker.tags } };
  }
  if (values.json !== undefined) {
    const source = values.json === "-" ? await text(process.stdin) : readFileSync(values.json, "utf8");
    return parseJsonRequest(source, asker, region);
  }
  const parsed = parseAwsCommand(words);
  return { request: { ...parsed, region: parsed.region ?? region }, asker };
}

function askerOf(values: ExplainValues, now: () => number): AskerText {
  const at = values.at === undefined ? now() : Date.parse(values.at);
  const sessionAge = Number(values["session-age"] ?? 0);
  if (Number.isNaN(at)) throw new UsageError("`--at` takes a time such as `2026-07-01T12:00:00Z`");
  if (!Number.isSafeInteger(sessionAge)) throw new UsageError("`--session-age` takes whole seconds");
  return {
    issuer: values.issuer ?? null,
    subject: values.subject ?? "agent",
    groups: values.group ?? [],
    claims: Object.fromEntries((values.claim ?? []).map((claim) => pairOf(claim, "--claim"))),
    tags: values.tag && Object.fromEntries(values.tag.map((tag) => pairOf(tag, "--tag"))),
    role: values.role ?? null,
    sourceIp: values["source-ip"] ?? "192.0.2.1",
    userAgent: values["user-agent"] ?? "",
    now: Math.floor(at / 1000),
    sessionAge,
  };
}

function pairOf(text: string, option: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`\`${option}\` takes \`name=value\``);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** The records of the local cloud belong to its own configuration, whose issuer the record names. */
function configFor(values: ExplainValues, { asker }: ExplainRequest): CountersignConfig {
  const isLocal = values.session !== undefined && values.url === undefined && values.config === undefined;
  if (!isLocal || asker.issuer === null) return readConfig(values.config);
  const { issuer } = asker;
  return parseConfig(demoConfig({ issuer, jwksUri: `${issuer}/jwks`, audience: "countersign" }));
}

function readConfig(file: string | undefined): CountersignConfig {
  const value: unknown = JSON.parse(readFileSync(file ?? join(ROOT, "cdk.json"), "utf8"));
  const context = memberOf(value, "context");
  return parseConfig(memberOf(context, "countersign") ?? value);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function bundleOf(policies: string | undefined, config: CountersignConfig) {
  return bundlePolicies(policies ?? join(ROOT, "policies"), deploymentOf(config));
}
