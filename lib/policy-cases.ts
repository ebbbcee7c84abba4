// The cases in policies/tests/*.json: requests with the decision that is expected of the policies. Parsed strictly, so
// that a misspelt field is an error and never a case that passes for want of a question. docs/policy.md tells the form.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type CountersignConfig, parseConfig, parseWith } from "./config.ts";

/** The file with what cdk.json has under `countersign`: the deployment that the cases happen in. */
const DEPLOYMENT_FILE = "deployment.json";

const params = z.record(z.string(), z.unknown());

const expected = z.enum(
  [
    "permit",
    "hold",
    "no_policy",
    "forbidden",
    "policy_error",
    "credential_vending",
    "role_not_permitted",
    "obligation_unsupported",
    "unrecognised",
  ],
  "must be `permit`, `hold`, a reason of a denial, or `unrecognised`",
);

const context = z.strictObject({
  sourceIp: z.string().optional(),
  userAgent: z.string().optional(),
  /** ISO 8601. */
  now: z.iso.datetime({ offset: true }).optional(),
  /** Seconds. */
  sessionAge: z.int().min(0).optional(),
});

const asker = {
  groups: z.array(z.string()).optional(),
  /** The name or ARN of a role. */
  role: z.string().optional(),
  issuer: z.string().optional(),
  subject: z.string().optional(),
  claims: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .optional(),
  region: z.string().optional(),
  context: context.optional(),
};

const policyCase = z.strictObject({
  name: z.string().min(1),
  ...asker,
  /** A command line of the AWS CLI, or `{ "service:Operation": { parameters } }`; without it, the use of the role. */
  call: z.union([z.string(), z.record(z.string().regex(/^[a-z0-9-]+:\w+$/), params)]).optional(),
  expect: expected,
  /** Tags of the call's resources, as they would be looked up. */
  tags: z.record(z.string(), z.string()).optional(),
  /** The policies that decide, all of them; of a permitted call without those that permit the role. */
  by: z.array(z.string()).optional(),
  /** A part of what the agent is told. */
  says: z.string().optional(),
  /** True asks as if people had approved that this session uses its role. */
  approvedSession: z.boolean().optional(),
  /** Of a hold: the groups that must approve, all of them. */
  approvers: z.array(z.string()).optional(),
  quorum: z.int().min(1).optional(),
  /** Of a hold: true where the use of the role is what has to be approved. */
  holdsSession: z.boolean().optional(),
  /** The member paths that are masked, all of them. */
  masks: z.array(z.string()).optional(),
});

const caseFile = z.strictObject({
  about: z.string(),
  /** What each case of the file has if it says nothing else. */
  as: z.strictObject(asker).optional(),
  cases: z.array(policyCase).min(1),
});

export type PolicyCase = z.output<typeof policyCase>;

interface CaseFile {
  readonly file: string;
  readonly cases: readonly PolicyCase[];
}

export interface PolicyCases {
  readonly config: CountersignConfig;
  readonly files: readonly CaseFile[];
}

/** Reads `policies/tests`. @throws ConfigError that names file and field of everything that is wrong in a file */
export function readPolicyCases(policies: string): PolicyCases {
  const directory = join(policies, "tests");
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort();
  return {
    config: parseConfig(parseJson(directory, DEPLOYMENT_FILE)),
    files: files
      .filter((file) => file !== DEPLOYMENT_FILE)
      .map((file) => ({ file, cases: parseFile(directory, file) })),
  };
}

function parseFile(directory: string, file: string): readonly PolicyCase[] {
  const { as = {}, cases } = parseWith(caseFile, parseJson(directory, file), `policies/tests/${file}`);
  return cases.map((each) => ({ ...as, ...each, context: { ...as.context, ...each.context } }));
}

function parseJson(directory: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(join(directory, file), "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`policies/tests/${file} cannot be read: ${why}`, { cause });
  }
}
