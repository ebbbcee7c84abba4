// Parses the parameters of AssumeRole by AWS's own bounds and patterns, the session policy included. Pure. Whether the
// role may be assumed is sts.ts's question.

import { parseIdentityPolicy, type Statement } from "./iam-policy.ts";
import { type Form, required, validationError } from "./query-service.ts";
import { AwsError } from "./wire.ts";

export interface Assumption {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId: string | undefined;
  readonly sourceIdentity: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly sessionPolicy: readonly Statement[] | undefined;
  /** Characters of the session policy's text; 0 without one. */
  readonly policyLength: number;
}

// The patterns and bounds of the STS API reference.
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern of the API reference
const POLICY_TEXT = /^[\u0009\u000A\u000D\u0020-\u00FF]+$/;
const MAX_POLICY = 2_048;
const MAX_TAGS = 50;
const MIN_SECONDS = 900;
const MAX_SECONDS = 43_200;
const MAX_CHAINED_SECONDS = 3_600; // a role session that assumes a role gets one hour at most
const DEFAULT_SECONDS = 3_600;

/** Throws ValidationError, MalformedPolicyDocument or PackedPolicyTooLarge as STS does. */
export function parseAssumption(form: Form, callerIsRoleSession: boolean): Assumption {
  const policy = form.get("Policy");
  return {
    roleArn: required(form, "RoleArn"),
    sessionName: matching(required(form, "RoleSessionName"), SESSION_NAME, "roleSessionName"),
    durationSeconds: durationOf(form.get("DurationSeconds"), callerIsRoleSession),
    externalId: optionalMatching(form.get("ExternalId"), EXTERNAL_ID, "externalId"),
    sourceIdentity: optionalMatching(form.get("SourceIdentity"), SESSION_NAME, "sourceIdentity"),
    tags: tagsOf(form),
    sessionPolicy: policy === undefined ? undefined : sessionPolicyOf(policy),
    policyLength: policy?.length ?? 0,
  };
}

function matching(value: string, pattern: RegExp, name: string): string {
  if (pattern.test(value)) return value;
  throw validationError(
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern.source}`,
  );
}

function optionalMatching(value: string | undefined, pattern: RegExp, name: string): string | undefined {
  return value === undefined ? undefined : matching(value, pattern, name);
}

function durationOf(text: string | undefined, callerIsRoleSession: boolean): number {
  if (text === undefined) return DEFAULT_SECONDS;
  const seconds = Number(text);
  if (!/^[0-9]+$/.test(text) || seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw validationError(`durationSeconds must be between ${MIN_SECONDS} and ${MAX_SECONDS}`);
  }
  if (callerIsRoleSession && seconds > MAX_CHAINED_SECONDS) {
    throw validationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  return seconds;
}

function tagsOf(form: Form): ReadonlyMap<string, string> {
  const names = [...form.keys()].filter((name) => name.startsWith("Tags"));
  const tags = new Map<string, string>();
  for (let index = 1; index <= names.length / 2; index += 1) {
    const key = matching(required(form, `Tags.member.${index}.Key`), TAG_KEY, "tags.key");
    const value = matching(form.get(`Tags.member.${index}.Value`) ?? "", TAG_VALUE, "tags.value");
    if (tagNamed(tags, key))
      throw validationError("Duplicate tag keys found. Tag keys are case insensitive.");
    tags.set(key, value);
  }
  // each tag is one Key and one Value, numbered from 1: whatever is left over was not understood
  if (tags.size * 2 !== names.length || tags.size > MAX_TAGS)
    throw validationError("the tags are not well formed");
  return tags;
}

function tagNamed(tags: ReadonlyMap<string, string>, key: string): boolean {
  return [...tags.keys()].some((known) => known.toLowerCase() === key.toLowerCase());
}

function sessionPolicyOf(text: string): readonly Statement[] {
  if (!POLICY_TEXT.test(text))
    throw validationError("policy has characters outside its pattern: escape them in JSON");
  if (text.length > MAX_POLICY) {
    throw new AwsError("PackedPolicyTooLarge", 400, `the session policy has over ${MAX_POLICY} characters`);
  }
  try {
    return parseIdentityPolicy(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsError("MalformedPolicyDocument", 400, reason);
  }
}
