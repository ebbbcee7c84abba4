// The hand-written entries: operations whose IAM actions or resources do not follow from names. One file per service
// in curated/. An entry is a list of sentences: `<action> [if <condition>] [on <plan>; <plan>]`, the plan as in the
// shard (see lambdas/recognition/plan.ts). Without `on`, the plan is found by name; `on *` is the resource `*`.

import { DYNAMODB } from "./curated/dynamodb.ts";
import { EC2 } from "./curated/ec2.ts";
import { IDENTITY } from "./curated/identity.ts";
import { OTHERS } from "./curated/others.ts";
import { S3 } from "./curated/s3.ts";

export type ActionTable = Readonly<Record<string, readonly string[]>>;

export interface ActionEntry {
  readonly action: string;
  readonly condition: string | undefined;
  readonly plans: readonly string[] | undefined;
}

const TABLES: Readonly<Record<string, ActionTable>> = {
  ec2: EC2,
  s3: S3,
  dynamodb: DYNAMODB,
  ...IDENTITY,
  ...OTHERS,
};

/** The documented entry of an operation, or `undefined` where its own name is the action. */
export function documentedActions(service: string, operation: string): ActionEntry[] | undefined {
  const table = TABLES[service];
  return table && Object.hasOwn(table, operation) ? table[operation]?.map(parseEntry) : undefined;
}

/** Every entry of the tables, for the check that the models have it. */
export function documentedOperations(): { service: string; operation: string }[] {
  return Object.entries(TABLES).flatMap(([service, table]) =>
    Object.keys(table).map((operation) => ({ service, operation })),
  );
}

function parseEntry(text: string): ActionEntry {
  const [, action = "", condition, plans] = /^(\S+)(?: if (\S+))?(?: on (.+))?$/.exec(text) ?? [];
  if (action === "")
    throw new Error(`the action table holds \`${text}\`, which is not a sentence of its language`);
  return { action, condition, plans: plans === "*" ? [] : plans?.split("; ") };
}
