// Parses IAM policy documents into statements that can be judged. Pure. Trusts nothing: throws on every element,
// version and form it does not know, because a part that is skipped would be a part that is not enforced.

import { type Condition, parseConditions } from "./iam-conditions.ts";
import {
  type ArnPattern,
  matchesArn,
  matchesPattern,
  parseArnPattern,
  parsePattern,
} from "./iam-patterns.ts";

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly coversAction: (action: string) => boolean;
  readonly coversResource: (resource: string) => boolean;
  readonly holds: Condition;
}

/** A statement of a trust policy: it names principals instead of resources. */
export interface TrustStatement {
  readonly effect: "Allow" | "Deny";
  readonly coversAction: (action: string) => boolean;
  readonly coversPrincipal: (principal: PrincipalNames) => boolean;
  readonly holds: Condition;
}

export interface PrincipalNames {
  readonly account: string;
  /** The role's or user's ARN. */
  readonly arn: string;
  /** The ARN of the role session. */
  readonly sessionArn: string;
}

type Json = Readonly<Record<string, unknown>>;

const DOCUMENT_ELEMENTS = new Set(["Version", "Id", "Statement"]);
const IDENTITY_ELEMENTS = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const TRUST_ELEMENTS = new Set(["Sid", "Effect", "Action", "Principal", "Condition"]);
const ACTION = /^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const PRINCIPAL_ARN =
  /^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|role\/[^*?]+|user\/[^*?]+|assumed-role\/[^*?]+)$/;

/** Parses a policy that is attached to a role or passed for a session. Throws an Error that names what it refused. */
export function parseIdentityPolicy(document: unknown): readonly Statement[] {
  return statementsOf(document).map((statement) => {
    refuseUnknown(statement, IDENTITY_ELEMENTS);
    return {
      effect: effectOf(statement),
      coversAction: actionTest(statement),
      coversResource: resourceTest(statement),
      holds: conditionOf(statement),
    };
  });
}

/** Parses the trust policy of a role. Throws as `parseIdentityPolicy` does. */
export function parseTrustPolicy(document: unknown): readonly TrustStatement[] {
  return statementsOf(document).map((statement) => {
    refuseUnknown(statement, TRUST_ELEMENTS);
    return {
      effect: effectOf(statement),
      coversAction: actionTest(statement),
      coversPrincipal: principalTest(statement.Principal),
      holds: conditionOf(statement),
    };
  });
}

function statementsOf(document: unknown): readonly Json[] {
  const policy = objectOf(document, "a policy document");
  refuseUnknown(policy, DOCUMENT_ELEMENTS);
  if (policy.Version !== "2012-10-17") {
    throw new Error(
      `the local IAM evaluator knows only version 2012-10-17, not \`${String(policy.Version)}\``,
    );
  }
  const statements: readonly unknown[] = Array.isArray(policy.Statement)
    ? policy.Statement
    : [policy.Statement];
  if (statements.length === 0) throw new Error("a policy document needs a statement");
  return statements.map((statement) => objectOf(statement, "a statement"));
}

function refuseUnknown(value: Json, known: ReadonlySet<string>): void {
  const unknown = Object.keys(value).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`the local IAM evaluator does not know the element \`${unknown}\``);
}

function effectOf(statement: Json): "Allow" | "Deny" {
  if (statement.Effect === "Allow" || statement.Effect === "Deny") return statement.Effect;
  throw new Error("the Effect of a statement is Allow or Deny");
}

function conditionOf(statement: Json): Condition {
  if (statement.Condition === undefined) return () => true;
  return parseConditions(objectOf(statement.Condition, "a condition"));
}

function actionTest(statement: Json): (action: string) => boolean {
  const { names, negated } = oneOf(statement, "Action", "NotAction");
  const patterns = names.map((name) => {
    if (!ACTION.test(name)) throw new Error(`\`${name}\` is not an action`);
    return parsePattern(name.toLowerCase());
  });
  return (action) => patterns.some((pattern) => matchesPattern(pattern, action.toLowerCase())) !== negated;
}

function resourceTest(statement: Json): (resource: string) => boolean {
  const { names, negated } = oneOf(statement, "Resource", "NotResource");
  const patterns: readonly ArnPattern[] = names.map(parseArnPattern);
  return (resource) => patterns.some((pattern) => matchesArn(pattern, resource)) !== negated;
}

function oneOf(statement: Json, plain: string, not: string): { names: readonly string[]; negated: boolean } {
  const negated = statement[plain] === undefined;
  if (!negated && statement[not] !== undefined)
    throw new Error(`a statement has ${plain} or ${not}, not both`);
  const names = namesOf(negated ? statement[not] : statement[plain]);
  if (names.length === 0) throw new Error(`a statement needs ${plain} or ${not}`);
  return { names, negated };
}

function namesOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.map((name) => {
    if (typeof name === "string") return name;
    throw new Error("actions, resources and principals are strings");
  });
}

function principalTest(principal: unknown): (names: PrincipalNames) => boolean {
  if (principal === "*") return () => true;
  const byType = objectOf(principal, "a principal");
  // A service (lambda.amazonaws.com) is never the caller of AssumeRole here.
  refuseUnknown(byType, new Set(["AWS", "Service"]));
  const tests = namesOf(byType.AWS).map(awsPrincipalTest);
  return (names) => tests.some((test) => test(names));
}

function awsPrincipalTest(text: string): (names: PrincipalNames) => boolean {
  if (text === "*") return () => true;
  if (/^[0-9]{12}$/.test(text)) return ({ account }) => account === text;
  if (!PRINCIPAL_ARN.test(text))
    throw new Error(`the local IAM evaluator does not know the principal \`${text}\``);
  if (text.endsWith(":root")) return ({ account }) => account === text.split(":")[4];
  return ({ arn, sessionArn }) => arn === text || sessionArn === text;
}

function objectOf(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`${what} must be an object`);
}
