// The form of the configuration, field by field. Decides what one field may hold; what fields mean to each other is in
// lib/config-relations.ts. Trusts nothing: a typing error here would become an identity or a permission.

import { z } from "zod";
import { parseRoleArn } from "../lambdas/model/ids.ts";
import { approvalsSchema } from "./config-approvals.ts";
import { detectorsSchema } from "./config-detectors.ts";
import { apiThrottlingSchema, limitsSchema } from "./config-limits.ts";

/** The retention periods that CloudWatch Logs knows, in days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

// STS takes 900 s as the least; 12 h is the most that any AWS session lasts, so that no SDK is surprised.
const SESSION_SECONDS = { least: 900, most: 43_200, default: 3600 };

// Names become members of objects later; these three would reach a prototype.
const PROTOTYPE_NAMES = ["__proto__", "constructor", "prototype"];

const ARN = /^arn:aws[a-z-]{0,20}:[a-z0-9-]{1,63}:[a-z0-9-]{0,32}:(?:\d{12}|aws)?:(?:[^*\s]+\*?|\*)$/;
const HOST_NAME = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const CERTIFICATE_ARN = /^arn:aws[a-z-]{0,20}:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/;
const WEB_ACL_ARN =
  /^arn:aws[a-z-]{0,20}:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]{1,128}\/[0-9a-f-]{36}$/;

function isHttpsUrl(text: string, query: "query allowed" | "no query"): boolean {
  // `|` separates issuer and subject in policy, so an issuer may not hold one.
  if (!text.startsWith("https://") || /[\s|\\#]/.test(text) || !URL.canParse(text)) {
    return false;
  }
  const { username, password, search } = new URL(text);
  return (
    username === "" &&
    password === "" &&
    (query === "query allowed" || (search === "" && !text.includes("?")))
  );
}

function text(most: number) {
  return (
    z
      .string("must be stated, as text")
      .min(1, "must not be empty")
      .max(most, `must have at most ${most} characters`)
      .refine((value) => value.trim() === value, "must not begin or end with a space")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
      .refine((value) => !/[\u0000-\u001f\u007f]/.test(value), "must not hold control characters")
  );
}

const claimName = text(256).refine(
  (name) => !PROTOTYPE_NAMES.includes(name),
  "is not a name that a claim may have",
);

const names = z.array(text(1024)).min(1, "must name at least one, or be null");

/** Each rule left out or null takes the strict default that `TokenRules` in lambdas/model/deployment.ts tells. */
const tokenRules = z.strictObject({
  type: z.enum(["jwt", "at+jwt"], "must be `jwt` or `at+jwt`").nullable().default(null),
  audienceClaim: z.enum(["aud", "client_id"], "must be `aud` or `client_id`").nullable().default(null),
  authorizedParties: names.nullable().default(null),
  subjects: z
    .array(text(1024).regex(/^[^*]+\*?$/, "must be a subject, with a `*` at its end or none"))
    .min(1, "must name at least one, or be null")
    .nullable()
    .default(null),
  requiredClaims: z
    .record(claimName, z.union([text(1024), z.boolean()], "must be text, true or false"))
    .nullable()
    .default(null),
  groupsForm: z.enum(["array", "spaces"], "must be `array` or `spaces`").nullable().default(null),
});

const issuerUrl = text(1024).refine(
  (value) => isHttpsUrl(value, "no query"),
  "must be the `iss` of the tokens byte for byte: an https URL without user, query or fragment",
);
const jwksUri = text(1024).refine(
  (value) => isHttpsUrl(value, "query allowed"),
  "must be the https URL of `jwks_uri` in the provider's /.well-known/openid-configuration",
);

/** None has a default: an algorithm that the provider does not use is one that others may. */
const algorithms = z
  .array(
    z.enum(
      ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"],
      "must be one of RS256, RS384, RS512, ES256, ES384, ES512, EdDSA",
    ),
    "must be stated: the list of algorithms with which this provider signs",
  )
  .min(1, "must name at least one algorithm");

const issuer = z.strictObject({
  issuer: issuerUrl,
  jwksUri,
  audience: text(1024),
  algorithms,
  groupsClaim: claimName.nullable(),
  claims: z.array(claimName).default([]),
  capAtTokenExpiry: z.boolean("must be true or false").default(false),
  token: tokenRules.nullable().default(null),
});

/** People who read records: their ID tokens, and the groups of those who see everybody's. */
const readers = z.strictObject({
  issuer: issuerUrl,
  jwksUri,
  clientId: text(1024),
  algorithms,
  groupsClaim: claimName.nullable(),
  auditors: z.array(text(256), "must be stated: the list of groups that see all records, or an empty one"),
});

const agent = z.strictObject({
  issuer: text(1024),
  subject: text(1024),
  name: text(128),
  owner: text(256),
  team: text(128).nullable().default(null),
});

const role = z.strictObject({
  arn: z.string("must be stated, as text").transform((value, context) => {
    const arn = parseRoleArn(value);
    if (arn === undefined) {
      context.addIssue(
        "must be the ARN of one IAM role, such as `arn:aws:iam::111122223333:role/mcp-reader`",
      );
      return z.NEVER;
    }
    return arn;
  }),
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, ExternalId
  externalId: z
    .string("must be stated, as text")
    .regex(/^[\w+=,.@:/-]{2,1224}$/, "must have 2 to 1224 characters of letters, digits and `_+=,.@:/-`"),
});

const resourceSet = z.strictObject({
  name: z
    .string("must be stated, as text")
    .regex(
      /^[A-Za-z][\w-]{0,63}$/,
      "must begin with a letter and have at most 64 letters, digits, `_` or `-`",
    ),
  arns: z
    .array(z.string().max(2048).regex(ARN, "must be an ARN; a `*` may stand only at its end"))
    .min(1, "must name at least one ARN"),
});

const domain = z.strictObject({
  name: z
    .string()
    .regex(HOST_NAME, "must be a lower-case host name such as `gateway.example.com`, without `https://`"),
  certificateArn: z
    .string()
    .regex(CERTIFICATE_ARN, "must be a certificate of ACM in us-east-1, where CloudFront looks for it"),
});

/** How long nobody may delete a checkpoint: `governance` can be lifted by an administrator, `compliance` by nobody. */
const checkpointRetention = z.strictObject({
  mode: z.enum(["governance", "compliance"], "must be `governance` or `compliance`").default("governance"),
  days: z
    .int("must be a whole number of days, or null")
    .min(1, "must be at least 1, or null")
    .max(36_500, "must be at most 36500 (100 years), or null")
    .nullable()
    .default(null),
});

export const configSchema = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, "must be the 12 digits of the account, or be left out")
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+){1,3}-\d$/, "must be a region such as `eu-west-1`, or be left out")
    .optional(),
  mode: z.enum(["enforce", "observe"], "must be `enforce` or `observe`").default("enforce"),
  issuers: z.array(issuer, "must be a list of identity providers").min(1, "must name at least one"),
  agents: z.array(agent).default([]),
  roles: z.array(role, "must be the list of roles that agents may ask for").min(1, "must name at least one"),
  resourceSets: z.array(resourceSet).default([]),
  readers: readers.nullable().default(null),
  /** Who may revoke, forbid and hold. It names the issuer, since another one could send a group of the same name. */
  administrators: z.strictObject(
    { issuer: text(1024), group: text(256) },
    "must be stated: `issuer` and `group` of the people who may revoke and forbid",
  ),
  sessionSeconds: z
    .int("must be a whole number of seconds")
    .min(SESSION_SECONDS.least, `must be at least ${SESSION_SECONDS.least} (15 min)`)
    .max(SESSION_SECONDS.most, `must be at most ${SESSION_SECONDS.most} (12 h)`)
    .default(SESSION_SECONDS.default),
  retentionDays: z
    .int("must be a whole number of days")
    .min(1, "must be at least 1")
    .max(3653, "must be at most 3653 (10 years)")
    .default(365),
  checkpointRetention: checkpointRetention.prefault({}),
  logRetentionDays: z
    .literal(LOG_RETENTION_DAYS, `must be what CloudWatch Logs offers: ${LOG_RETENTION_DAYS.join(", ")}`)
    .default(90),
  reservedConcurrency: z
    .int("must be a whole number")
    .min(1, "must be at least 1, or be left out")
    .optional(),
  apiGatewayLogRole: z.enum(["create", "keep"], "must be `create` or `keep`").default("keep"),
  domain: domain.nullable().default(null),
  limits: limitsSchema.prefault({}),
  approvals: approvalsSchema.nullable().default(null),
  detectors: detectorsSchema.default([]),
  apiThrottling: apiThrottlingSchema.prefault({}),
  webAclArn: z
    .string()
    .regex(
      WEB_ACL_ARN,
      "must be the ARN of a WAFv2 web ACL for CloudFront (us-east-1, `global/webacl/...`), or null",
    )
    .nullable()
    .default(null),
});

export type ParsedConfig = z.output<typeof configSchema>;
