// The configuration of lib/target-role.ts, from the context key `target`: an object in cdk.json, or on the command line
// the path of a JSON file. Parsed strictly, all faults at once; what a statement may say is IAM's to judge.

import { z } from "zod";
import { ConfigError, parseWith } from "./config.ts";
import { contextValue } from "./context-value.ts";

const role = z.strictObject({
  name: z
    .string("must be stated, as text")
    .regex(/^[\w+=,.@-]{1,64}$/, "must have 1 to 64 characters of letters, digits and `_+=,.@-`"),
  externalId: z
    .string("must be stated, as text")
    .regex(/^[\w+=,.@:/-]{2,1224}$/, "must have 2 to 1224 characters of letters, digits and `_+=,.@:/-`"),
  managedPolicyArns: z
    .array(
      z
        .string()
        .regex(
          /^arn:aws[a-z-]{0,20}:iam::(?:aws|\d{12}):policy\/[\w+=,.@/-]{1,512}$/,
          "must be a policy's ARN",
        ),
    )
    .default([]),
  statements: z.array(z.record(z.string(), z.unknown())).default([]),
});

const targetSchema = z.strictObject({
  gatewayAccount: z
    .string("must be stated, as text")
    .regex(/^\d{12}$/, "must be the 12 digits of the account that Countersign runs in"),
  account: z
    .string()
    .regex(/^\d{12}$/, "must be the 12 digits of the target account, or be left out")
    .optional(),
  region: z.string().min(1).optional(),
  roles: z.array(role, "must be the list of roles to make").min(1, "must name at least one"),
});

export type TargetConfig = z.output<typeof targetSchema>;
export type TargetRoleConfig = TargetConfig["roles"][number];

/**
 * Parses the value of the context key `target`.
 * @throws ConfigError with every fault found.
 */
export function parseTarget(context: unknown): TargetConfig {
  const subject = "the target configuration `target`";
  const target = parseWith(targetSchema, contextValue(context, subject), subject);
  const names = target.roles.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) {
    throw new ConfigError(subject, [`roles: \`${repeated.join("`, `")}\` stands there twice, remove one`]);
  }
  return target;
}
