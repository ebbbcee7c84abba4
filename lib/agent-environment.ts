// What an agent needs to use a gateway: a handful of environment variables and no AWS keys. Checks the settings, since a
// mistake here shows up much later in somebody's SDK, and writes them in the forms that shells and tools read.

import { resolve } from "node:path";
import { parseRoleArn, type RoleArn } from "../lambdas/model/ids.ts";

/** The variables by which an unmodified SDK comes to use the gateway. */
export interface AgentEnvironment {
  readonly AWS_ENDPOINT_URL: string;
  readonly AWS_WEB_IDENTITY_TOKEN_FILE: string;
  readonly AWS_ROLE_ARN: string;
  readonly AWS_REGION: string;
  readonly AWS_DEFAULT_REGION: string;
}

export interface AgentSettings {
  /** `https://<gateway>/aws`. */
  readonly endpoint: string;
  readonly role: RoleArn;
  /** Absolute. */
  readonly tokenFile: string;
  readonly region: string;
}

/** Options as typed; what is absent is taken from the environment's own variables. */
export type AgentOptions = Partial<Record<"endpoint" | "role" | "token-file" | "region", string | undefined>>;

// Any of these would be used before the token, or send calls past the gateway.
const IN_THE_WAY = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];
const ENDPOINT = /^(?:https:\/\/[A-Za-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|localhost))(?::\d{1,5})?\/aws$/;
const REGION = /^[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/;
/** Needs no quotes in any of the dialects that are called dotenv. */
const BARE = /^[\w@%+=:,./-]+$/;

/**
 * The settings of one agent, from options first. A relative token file is relative to where the command was typed.
 * @throws with a line for each setting that is missing or malformed, and what to do
 */
export function parseAgentSettings(options: AgentOptions, environment: NodeJS.ProcessEnv): AgentSettings {
  const endpoint = options.endpoint ?? environment.AWS_ENDPOINT_URL ?? "";
  const arn = options.role ?? environment.AWS_ROLE_ARN ?? "";
  const role = parseRoleArn(arn);
  const tokenFile = options["token-file"] ?? environment.AWS_WEB_IDENTITY_TOKEN_FILE ?? "";
  const region = options.region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? "";
  const directory = environment.INIT_CWD ?? process.cwd(); // npm runs scripts in the package's own directory
  const problems = [
    problem(
      ENDPOINT.test(endpoint),
      endpoint,
      "--endpoint (or AWS_ENDPOINT_URL) must be `https://<gateway>/aws`",
    ),
    problem(role !== undefined, arn, "--role (or AWS_ROLE_ARN) must be the arn of an iam role"),
    problem(
      isPath(tokenFile),
      tokenFile,
      "--token-file (or AWS_WEB_IDENTITY_TOKEN_FILE) must name the file of the token",
    ),
    problem(REGION.test(region), region, "--region (or AWS_REGION) must be a region such as `eu-west-1`"),
  ].filter((line) => line !== undefined);
  if (role === undefined || problems.length > 0) throw new Error(problems.join("\n"));
  return { endpoint, role, tokenFile: resolve(directory, tokenFile), region };
}

export function environmentOf({ endpoint, role, tokenFile, region }: AgentSettings): AgentEnvironment {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    AWS_ROLE_ARN: role,
    AWS_REGION: region, // most SDKs
    AWS_DEFAULT_REGION: region, // botocore
  };
}

type EnvironmentFormat = "shell" | "dotenv" | "json";

/** @throws for a format that there is not, and for a value that the format cannot hold. */
export function writeEnvironment(environment: AgentEnvironment, format: string): string {
  const entries = Object.entries(environment);
  switch (format as EnvironmentFormat) {
    case "shell":
      return shellExports(environment);
    case "dotenv":
      return entries.map(([name, value]) => `${name}=${bare(name, value)}\n`).join("");
    case "json":
      return `${JSON.stringify(environment, null, 2)}\n`;
  }
  throw new Error("--format must be shell, dotenv or json");
}

/** Lines to source or `eval` in a POSIX shell. What would come before the token is unset. */
export function shellExports(environment: AgentEnvironment): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  return [...lines, `unset ${IN_THE_WAY.join(" ")}`, ""].join("\n");
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

// Docker takes quotes as part of the value, other readers take them off, and each escapes in its own way.
function bare(name: string, value: string): string {
  if (BARE.test(value)) return value;
  throw new Error(
    `${name} holds characters that dotenv readers do not agree on: use another path, or --format json`,
  );
}

function isPath(text: string): boolean {
  return text !== "" && !text.includes("\0");
}

function problem(holds: boolean, value: string, sentence: string): string | undefined {
  if (holds) return undefined;
  return value === "" ? `${sentence}; it is not set` : `${sentence}, not ${JSON.stringify(value)}`;
}
