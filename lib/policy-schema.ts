// Cedar's schema for Countersign's entities, made for one policy at a time: IAM has more actions than a validator
// should walk through, so the schema holds those that the policy names and a stand-in for each level of each service.

import type { PolicyJson, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { AccessLevel } from "../lambdas/model/aws-call.ts";
import { iamActions } from "./iam-actions.ts";
import { entitiesOf } from "./policy-syntax.ts";
import { guessRecord, type RecordType } from "./policy-types.ts";

export const ACCESS_LEVELS: readonly AccessLevel[] = ["list", "read", "tagging", "write", "permissions"];

const STRING = { type: "String" } as const;
const LONG = { type: "Long" } as const;
const IP = { type: "Extension", name: "ipaddr" } as const;
const DATETIME = { type: "Extension", name: "datetime" } as const;
const NOTHING: RecordType = { type: "Record", attributes: {} };

/** The schema without any policy's guesses: what the bundle carries for editors and explanations. */
export function baseSchema(): SchemaJson<string> {
  return schemaOf(new Map(), { params: NOTHING, claims: NOTHING, tags: NOTHING });
}

export function schemaFor(policy: PolicyJson): SchemaJson<string> {
  const named = entitiesOf(policy)
    .filter(({ type }) => type === "AWS::Action")
    .map(({ id }) => id);
  const levels = new Map<string, AccessLevel>();
  for (const id of named.filter((each) => !each.startsWith("level:"))) {
    const [service = ""] = id.split(":", 1);
    for (const level of ACCESS_LEVELS) levels.set(`${service}:(${level})`, level);
    const level = iamActions(service).get(id);
    if (level !== undefined) levels.set(id, level);
  }
  return schemaOf(levels, {
    params: guessRecord(policy, ["context", "params"]),
    claims: guessRecord(policy, ["context", "claims"]),
    tags: guessRecord(policy, ["resource", "tags"]),
  });
}

interface OpenRecords {
  readonly params: RecordType;
  readonly claims: RecordType;
  readonly tags: RecordType;
}

function schemaOf(levels: ReadonlyMap<string, AccessLevel>, open: OpenRecords): SchemaJson<string> {
  return {
    AWS: {
      entityTypes: {
        Resource: {
          memberOfTypes: ["Countersign::ResourceSet"],
          shape: record({
            service: STRING,
            type: STRING,
            account: STRING,
            region: STRING,
            complete: { type: "Boolean" },
            tags: open.tags,
          }),
        },
      },
      actions: awsActions(levels, open),
    },
    Countersign: {
      entityTypes: {
        Agent: { memberOfTypes: ["Group"], shape: record({ issuer: STRING, subject: STRING }) },
        Group: {},
        ResourceSet: {},
        Role: { shape: record({ account: STRING, name: STRING }) },
      },
      actions: {
        AssumeRole: {
          appliesTo: {
            principalTypes: ["Agent"],
            resourceTypes: ["Role"],
            context: record({
              ...commonContext(open),
              session: record({
                openedAt: { ...DATETIME, required: false },
                age: { ...LONG, required: false },
              }),
            }),
          },
        },
      },
    },
  };
}

function awsActions(levels: ReadonlyMap<string, AccessLevel>, open: OpenRecords) {
  const members = new Map(levels);
  for (const level of ACCESS_LEVELS) members.set(`any:(${level})`, level);
  const services = new Set([...members.keys()].map((id) => id.slice(0, id.indexOf(":"))));
  const groups = [
    ...[...services].map((service) => `${service}:*`),
    ...ACCESS_LEVELS.map((level) => `level:${level}`),
  ];
  const appliesTo = {
    principalTypes: ["Countersign::Agent"],
    resourceTypes: ["Resource"],
    context: record({
      ...commonContext(open),
      operation: STRING,
      params: open.params,
      session: record({ openedAt: DATETIME, age: LONG, sourceIp: IP }),
    }),
  };
  return Object.fromEntries<object>([
    ...groups.map((group) => [group, {}] as const),
    ...[...members].map(([id, level]) => {
      const memberOf = [{ id: `${id.slice(0, id.indexOf(":"))}:*` }, { id: `level:${level}` }];
      return [id, { memberOf, appliesTo }] as const;
    }),
  ]);
}

function commonContext({ claims }: OpenRecords) {
  return { sourceIp: IP, userAgent: STRING, userAgentAppId: STRING, now: DATETIME, claims };
}

function record<Attributes extends object>(attributes: Attributes) {
  return { type: "Record" as const, attributes };
}
