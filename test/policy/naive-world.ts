// Random worlds and requests, from one seed: small alphabets, so that names meet often.

import type { AccessLevel, AwsCall, AwsResource, ParameterTree } from "../../lambdas/model/aws-call.ts";
import type { NaiveRequest, NaiveWorld } from "./naive-decide.ts";
import type { Condition, NaivePolicy, NaiveTerms, Path } from "./naive-policy.ts";

export type Random = () => number;

/** mulberry32: small, fast, good enough to meet every branch. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ISSUER = "https://idp.example.com";
export const NAIVE_ROLES = ["arn:aws:iam::111122223333:role/reader", "arn:aws:iam::444455556666:role/admin"];
const STRANGER = "arn:aws:iam::999999999999:role/reader";
const GROUPS = ["readers", "writers", "Readers"];
const LEVELS: Readonly<Record<string, AccessLevel>> = {
  "s3:GetObject": "read",
  "s3:PutObject": "write",
  "s3:ListBucket": "list",
  "s3:PutBucketPolicy": "permissions",
  "dynamodb:GetItem": "read",
  "dynamodb:PutItem": "write",
  "dynamodb:TagResource": "tagging",
};
const ACTIONS = Object.keys(LEVELS);
const GROUPS_OF_ACTIONS = ["s3:*", "dynamodb:*", "level:read", "level:write", "level:list"];
const S3 = "arn:aws:s3:::";
const TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/";
const ARNS = [
  `${S3}a`,
  `${S3}a/x`,
  `${S3}a/x/1`,
  `${S3}ab/x`,
  `${S3}b/*`,
  `${S3}b/y`,
  `${TABLE}T`,
  `${TABLE}Tt`,
  `${TABLE}T/index/i`,
];
const PREFIXES = [`${S3}*`, `${S3}a*`, `${S3}a/*`, `${S3}b/*`, `${TABLE}*`, `${TABLE}T*`, `${TABLE}T/*`];
const PATTERNS: readonly (readonly [string, ...string[]])[] = [
  ["", ""],
  [S3, ""],
  [`${S3}a/`, ""],
  [`${S3}a`, "x"],
  [`${S3}b/`, "/1"],
  [TABLE, ""],
  [`${TABLE}T`, ""],
  ["arn:aws:dynamodb:eu-west-1:", ":table/T"],
];
const SETS = ["critical", "public"];
const OPERATIONS = ["Get", "Put", "Other"];
const TEXTS = ["x", "xy", "1", "", "a/x"];
const NOON = 1_795_000_000;

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

function some<T>(random: Random, values: readonly T[], most: number): readonly T[] {
  return Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(random, values));
}

export function randomWorld(random: Random): NaiveWorld {
  const sets = SETS.map((name) => ({ name, arns: some(random, [...ARNS, ...PREFIXES], 3) }));
  // Without these most calls would fall at the role, and show nothing.
  const usual = random() < 0.9 ? [{ ...useRoles, approve: random() < 0.1 ? randomTerms(random) : null }] : [];
  const wide = random() < 0.4 ? [readAll] : [];
  const others = Array.from({ length: 1 + Math.floor(random() * 8) }, (_, index) =>
    randomPolicy(random, `p${index}`),
  );
  const approvers = random() < 0.05 ? null : random() < 0.1 ? ["ops"] : APPROVERS;
  return { policies: [...usual, ...wide, ...others], sets, roles: NAIVE_ROLES, approvers };
}

const APPROVERS = ["ops", "security"];

function randomTerms(random: Random): NaiveTerms {
  return {
    group: pick(random, APPROVERS),
    ...(random() < 0.5 && { quorum: pick(random, [1, 2, 9]) }),
    ...(random() < 0.5 && { minutes: pick(random, [5, 60, 90, 1_440]) }),
    ...(random() < 0.5 && { otherwise: pick(random, ["reject", "queue"] as const) }),
    ...(random() < 0.5 && { run: pick(random, ["attended", "stored"] as const) }),
  };
}

const plain = {
  scopeOfCredential: null,
  approve: null,
  group: null,
  actions: null,
  onlyRoles: false,
  when: null,
  unless: null,
} as const;
const useRoles: NaivePolicy = {
  ...plain,
  id: "use-roles",
  effect: "permit",
  onlyRoles: true,
  resource: { kind: "any" },
};
const readAll: NaivePolicy = { ...plain, id: "all", effect: "permit", resource: { kind: "call" } };

function randomPolicy(random: Random, id: string): NaivePolicy {
  const onlyRoles = random() < 0.08;
  const condition = (share: number) => (random() < share ? randomCondition(random, 2) : null);
  const effect = random() < 0.7 ? "permit" : "forbid";
  return {
    id,
    effect,
    approve: effect === "permit" && random() < 0.3 ? randomTerms(random) : null,
    scopeOfCredential: pick(random, [null, null, "call", "role"] as const),
    group: random() < 0.3 ? pick(random, GROUPS) : null,
    actions: random() < 0.25 ? null : some(random, [...ACTIONS, ...GROUPS_OF_ACTIONS], 3),
    onlyRoles,
    resource: onlyRoles ? { kind: pick(random, ["any", "role"] as const) } : randomResource(random),
    when: condition(0.45),
    unless: condition(0.2),
  };
}

function randomResource(random: Random): NaivePolicy["resource"] {
  const kind = pick(random, ["any", "call", "call", "call", "arn", "set"] as const);
  if (kind === "arn") return { kind, name: pick(random, ARNS) };
  if (kind === "set") return { kind, name: pick(random, SETS) };
  return { kind };
}

const MEMBERS: readonly Path[] = [
  ["context", "operation"],
  ["context", "params", "Key"],
  ["context", "params", "Limit"],
  ["context", "params", "Deep", "Flag"],
  ["context", "userAgent"],
  ["context", "claims", "team"],
  ["context", "session", "age"],
  ["resource", "service"],
  ["resource", "type"],
  ["resource", "account"],
  ["resource", "complete"],
  ["principal", "subject"],
];
const TESTABLE: readonly Path[] = [
  ["context", "params", "Key"],
  ["context", "params", "Limit"],
  ["context", "params", "Deep"],
  ["context", "claims", "team"],
  ["context", "operation"],
];

function randomCondition(random: Random, depth: number): Condition {
  if (depth > 0 && random() < 0.45) {
    const inner = () => randomCondition(random, depth - 1);
    const kind = pick(random, ["and", "and", "or", "not"] as const);
    return kind === "not" ? { kind, inner: inner() } : { kind, left: inner(), right: inner() };
  }
  // A test before the use, as authors write it; and now and then without, which fails where the member is absent.
  if (random() < 0.35) {
    const path = pick(random, [["context", "params", "Key"] as Path, ["context", "params", "Limit"] as Path]);
    return { kind: "and", left: { kind: "has", path }, right: comparison(random, path) };
  }
  return randomLeaf(random);
}

function comparison(random: Random, path: Path): Condition {
  if (random() < 0.3) return { kind: "below", path, value: Math.floor(random() * 4) };
  if (random() < 0.4) return { kind: "begins", path, prefix: pick(random, TEXTS) };
  return { kind: "equals", path, value: pick(random, [...TEXTS, 1, 2, true] as const) };
}

function randomLeaf(random: Random): Condition {
  const kind = pick(random, [
    "oneOf",
    "oneOf",
    "equals",
    "has",
    "inSet",
    "isArn",
    "inGroup",
    "inAction",
    "inNetwork",
    "before",
  ] as const);
  switch (kind) {
    case "oneOf":
      return { kind, path: ["resource", "service"], values: some(random, ["s3", "dynamodb"], 2) };
    case "equals":
      return {
        kind,
        path: pick(random, MEMBERS),
        value: pick(random, ["s3", "x", "Get", "a", 1000, true, ""] as const),
      };
    case "has":
      return { kind, path: pick(random, TESTABLE) };
    case "inSet":
      return { kind, set: pick(random, SETS) };
    case "isArn":
      return { kind, arn: pick(random, ARNS) };
    case "inGroup":
      return { kind, group: pick(random, GROUPS) };
    case "inAction":
      return { kind, action: pick(random, [...ACTIONS, ...GROUPS_OF_ACTIONS]) };
    case "inNetwork":
      return {
        kind,
        path: ["context", "sourceIp"],
        octets: pick(random, [[192, 0], [192, 0, 2], [192, 0, 2, 7], [198]]),
      };
    case "before":
      return { kind, seconds: NOON + Math.floor(random() * 3) - 1 };
  }
}

export function randomRequest(random: Random): NaiveRequest {
  return {
    issuer: ISSUER,
    subject: pick(random, ["x", "agent-1"]),
    groups: random() < 0.2 ? [] : [...new Set(some(random, GROUPS, 2))],
    claims: random() < 0.5 ? { team: pick(random, ["a", "x"]) } : {},
    role: random() < 0.02 ? STRANGER : pick(random, NAIVE_ROLES),
    sourceIp: pick(random, ["192.0.2.7", "192.0.3.7", "198.51.100.1"]),
    userAgent: pick(random, ["x", "Boto3/1.40"]),
    now: NOON,
    openedAt: NOON - pick(random, [0, 60, 1000]),
    call: randomCall(random),
    approvedSession: random() < 0.3,
  };
}

function randomCall(random: Random): AwsCall {
  const names = [...new Set(some(random, ACTIONS, 2))];
  const actions = names.map((action) => {
    const [service = ""] = action.split(":");
    const resources = some(random, [0, 1], 2).map(() => randomTarget(random, service));
    return { action, accessLevel: LEVELS[action] ?? "write", resources };
  });
  const [first = ""] = names;
  const service = first.split(":")[0] ?? "";
  const own = { service, operation: pick(random, OPERATIONS) };
  const others = random() < 0.15 ? [{ service, operation: pick(random, OPERATIONS) }] : [];
  return {
    ...own,
    protocol: "json-1.0",
    signingName: service,
    region: "eu-west-1",
    partition: "aws",
    account: "111122223333",
    candidates: [own, ...others],
    actions: actions as unknown as AwsCall["actions"],
    parameters: randomParameters(random),
    sensitiveParameters: [],
    idempotencyTokens: [],
    vendsCredentials: random() < 0.08,
    upstream: { method: "POST", host: "", path: "/", query: [], headers: [], body: new Uint8Array() },
  };
}

function randomTarget(random: Random, service: string): AwsResource {
  const literals = random() < 0.7 ? ([pick(random, ARNS)] as const) : pick(random, PATTERNS);
  const [, , of, region = "", account = ""] = literals[0].split(":");
  return { literals, type: literals[0] === "" ? "" : "x", service: of ?? service, account, region };
}

function randomParameters(random: Random): ParameterTree {
  return {
    ...(random() < 0.6 && { Key: pick(random, [...TEXTS, 1, null]) }),
    ...(random() < 0.6 && { Limit: pick(random, [0, 1, 2, 3, 1.5, 2 ** 53, "2", null]) }),
    ...(random() < 0.4 && { Deep: random() < 0.5 ? { Flag: random() < 0.5 } : {} }),
  };
}
