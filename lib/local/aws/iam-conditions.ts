// Decides whether the Condition of a statement holds for one request. Pure. Throws on every operator and key it does
// not know: an evaluator that skipped one would say "allowed" where AWS says no.

import {
  type ArnPattern,
  matchesArn,
  matchesPattern,
  parseArnPattern,
  parseLiteral,
  parsePattern,
} from "./iam-patterns.ts";

/** Condition keys in lower case (AWS ignores their case) with their values; an absent key is not in the map. */
export type ConditionContext = ReadonlyMap<string, readonly string[]>;

export type Condition = (context: ConditionContext) => boolean;

interface Operator {
  readonly negated: boolean;
  /** Compiles one value of the policy. */
  readonly parse: (value: string) => (actual: string) => boolean;
}

const KNOWN_KEYS = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:requestedregion",
  "aws:securetransport",
  "aws:sourceidentity",
  "aws:tagkeys",
  "dynamodb:leadingkeys",
  "kms:calleraccount",
  "kms:encryptioncontextkeys",
  "kms:signingalgorithm",
  "kms:viaservice",
  "s3:delimiter",
  "s3:if-none-match",
  "s3:max-keys",
  "s3:object-lock-legal-hold",
  "s3:prefix",
  "ses:fromaddress",
  "sts:durationseconds",
  "sts:externalid",
  "sts:rolesessionname",
  "sts:sourceidentity",
]);
const KNOWN_KEY_PREFIXES = ["aws:principaltag/", "aws:requesttag/", "kms:encryptioncontext:"];
/** Keys with a list of values: AWS wants ForAnyValue or ForAllValues before their operator. */
const MULTIVALUED = new Set(["aws:tagkeys", "dynamodb:leadingkeys", "kms:encryptioncontextkeys"]);

const equals = (value: string): ((actual: string) => boolean) => {
  const wanted = parseLiteral(value);
  return (actual) => actual === wanted;
};
const like = (value: string): ((actual: string) => boolean) => {
  const pattern = parsePattern(value);
  return (actual) => matchesPattern(pattern, actual);
};
const arn = (value: string): ((actual: string) => boolean) => {
  const pattern: ArnPattern = parseArnPattern(value);
  return (actual) => matchesArn(pattern, actual);
};
const bool = (value: string): ((actual: string) => boolean) => {
  if (value !== "true" && value !== "false") throw new Error(`Bool wants true or false, not \`${value}\``);
  return (actual) => actual === value;
};

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["StringEquals", { negated: false, parse: equals }],
  ["StringNotEquals", { negated: true, parse: equals }],
  ["StringLike", { negated: false, parse: like }],
  ["StringNotLike", { negated: true, parse: like }],
  ["ArnEquals", { negated: false, parse: arn }],
  ["ArnLike", { negated: false, parse: arn }],
  ["ArnNotEquals", { negated: true, parse: arn }],
  ["ArnNotLike", { negated: true, parse: arn }],
  ["Bool", { negated: false, parse: bool }],
  ["NumericEquals", { negated: false, parse: numeric((actual, limit) => actual === limit) }],
  ["NumericNotEquals", { negated: true, parse: numeric((actual, limit) => actual === limit) }],
  ["NumericLessThan", { negated: false, parse: numeric((actual, limit) => actual < limit) }],
  ["NumericLessThanEquals", { negated: false, parse: numeric((actual, limit) => actual <= limit) }],
  ["NumericGreaterThan", { negated: false, parse: numeric((actual, limit) => actual > limit) }],
  ["NumericGreaterThanEquals", { negated: false, parse: numeric((actual, limit) => actual >= limit) }],
]);

function numeric(compare: (actual: number, limit: number) => boolean): Operator["parse"] {
  return (value) => {
    const limit = Number(value);
    if (value.trim() === "" || Number.isNaN(limit)) throw new Error(`\`${value}\` is not a number`);
    return (actual) => actual !== "" && compare(Number(actual), limit);
  };
}

/** Compiles `{ Operator: { key: value | values } }`. All of it must hold. */
export function parseConditions(block: Readonly<Record<string, unknown>>): Condition {
  const conditions = Object.entries(block).flatMap(([operator, keys]) => {
    if (typeof keys !== "object" || keys === null || Array.isArray(keys)) {
      throw new Error(`the condition \`${operator}\` must hold an object of keys`);
    }
    return Object.entries(keys).map(([key, values]) => parseCondition(operator, key, texts(values)));
  });
  return (context) => conditions.every((holds) => holds(context));
}

function parseCondition(operatorText: string, keyText: string, values: readonly string[]): Condition {
  const key = knownKey(keyText);
  if (operatorText === "Null") return nullCondition(key, values);
  const [, quantifier, name = "", ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/.exec(operatorText) ?? [];
  const operator = OPERATORS.get(name);
  if (operator === undefined) {
    throw new Error(`the local IAM evaluator does not know the condition operator \`${operatorText}\``);
  }
  if (quantifier === undefined && MULTIVALUED.has(key)) {
    throw new Error(`\`${keyText}\` has several values: use ForAnyValue or ForAllValues`);
  }
  const tests = values.map(operator.parse);
  const one = (actual: string): boolean => tests.some((test) => test(actual)) !== operator.negated;
  return (context) => {
    const actual = context.get(key);
    if (quantifier === "ForAllValues") return (actual ?? []).every(one);
    if (quantifier === "ForAnyValue") return (actual ?? []).some(one);
    if (actual === undefined) return operator.negated || ifExists !== undefined;
    return actual.every(one);
  };
}

function nullCondition(key: string, values: readonly string[]): Condition {
  const [wanted] = values;
  if (values.length !== 1 || (wanted !== "true" && wanted !== "false")) {
    throw new Error("the condition `Null` wants one of true or false");
  }
  return (context) => (context.get(key) === undefined) === (wanted === "true");
}

function knownKey(text: string): string {
  const key = text.toLowerCase();
  if (KNOWN_KEYS.has(key) || KNOWN_KEY_PREFIXES.some((prefix) => key.startsWith(prefix))) return key;
  throw new Error(`the local IAM evaluator does not know the condition key \`${text}\``);
}

function texts(values: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  return list.map((value) => {
    if (typeof value === "string") return value;
    if (typeof value === "boolean" || typeof value === "number") return String(value);
    throw new Error("a condition's value must be a string, a number or a boolean");
  });
}
