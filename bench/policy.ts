// Times one warm decision against many policies and resource sets, and shows that memory does not grow with decisions.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { Bench } from "tinybench";
import type { AwsCall } from "../lambdas/model/aws-call.ts";
import type { Deployment, ResourceSetConfig } from "../lambdas/model/deployment.ts";
import type { RoleArn } from "../lambdas/model/ids.ts";
import { callQuestion } from "../lambdas/policy/explain-question.ts";
import { type CallQuestion, createPolicy } from "../lambdas/policy/policy.ts";
import type { PolicyBundle } from "../lambdas/policy/policy-bundle.ts";
import { deploymentOf, parseConfig } from "../lib/config.ts";
import { recogniseOperation } from "../lib/policy-question.ts";
import { factsOf } from "../lib/policy-syntax.ts";

export interface PolicyFigure {
  readonly policies: number;
  readonly resourceSets: number;
  /** Median of one decision: the role and the call. */
  readonly microseconds: number;
}

export interface MemoryFigure {
  readonly decisions: number;
  /** What is alive (heap and WebAssembly) after the first tenth, and at the end. */
  readonly earlyMb: number;
  readonly lateMb: number;
}

export interface PolicyFigures {
  readonly decisions: readonly PolicyFigure[];
  /** `null` unless asked for: a million decisions take minutes. */
  readonly memory: MemoryFigure | null;
}

const SETS = 100;
const NOW = 1_795_000_000;
const ISSUER = "https://idp.example.com";
const READER = "arn:aws:iam::111122223333:role/mcp-reader" as RoleArn;
const MB = 1024 * 1024;

/** @param memoryDecisions how many decisions the memory is watched over; 0 for none, 1,000,000 for the full figure */
export async function policyFigures(memoryDecisions = 0): Promise<PolicyFigures> {
  const decisions: PolicyFigure[] = [];
  for (const count of [100, 1_000]) decisions.push(await decisionFigure(count));
  return { decisions, memory: memoryDecisions === 0 ? null : memoryFigure(memoryDecisions) };
}

async function decisionFigure(count: number): Promise<PolicyFigure> {
  const policy = createPolicy(bundleOf(count), deployment(), cedar);
  const question = questionOf("reports");
  if (policy.decideCall(question).kind !== "permit") throw new Error("the bench's call must be permitted");
  const bench = new Bench({ time: 1_000, warmupTime: 300 });
  bench.add("decision", () => void policy.decideCall(question));
  await bench.run();
  const [task] = bench.tasks;
  if (task === undefined || !("latency" in task.result)) throw new Error("the decision was not measured");
  return { policies: count, resourceSets: SETS, microseconds: task.result.latency.p50 * 1_000 };
}

function memoryFigure(decisions: number): MemoryFigure {
  const policy = createPolicy(bundleOf(100), deployment(), cedar);
  const question = questionOf("reports");
  const ask = (first: number, last: number) => {
    for (let each = first; each < last; each += 1) policy.decideCall(vary(question, each));
    return aliveMb();
  };
  const early = Math.floor(decisions / 10);
  const earlyMb = ask(0, early);
  return { decisions, earlyMb, lateMb: ask(early, decisions) };
}

/** The resident size says more of the collector's habits than of what is kept, so it is asked to collect first. */
function aliveMb(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MB;
}

/** Another key each time, as calls have: what is kept by key would grow. */
function vary(question: CallQuestion, each: number): CallQuestion {
  const [first] = question.call.actions;
  const [resource] = first.resources;
  const named = { ...resource, literals: [`${resource.literals[0]}-${each}`] as const };
  const call: AwsCall = { ...question.call, actions: [{ ...first, resources: [named] }] };
  return { ...question, call };
}

/** Policies as a large team would have them: by group, by named action, by set, with a condition here and there. */
function bundleOf(count: number): PolicyBundle {
  const texts = [
    `permit(principal in Countersign::Group::"readers", action == Countersign::Action::"AssumeRole", resource is Countersign::Role);`,
    `permit(principal in Countersign::Group::"readers", action in AWS::Action::"level:read", resource is AWS::Resource);`,
  ];
  for (let each = texts.length; each < count; each += 1) texts.push(policyText(each));
  const policies = texts.map((text, index) => {
    const parsed = cedar.policyToJson(text);
    if (parsed.type === "failure") throw new Error(`the bench's policy ${index} does not parse`);
    const id = `policy-${index}`;
    return { id, text, file: "bench.cedar", annotations: {}, facts: factsOf(parsed.json) };
  });
  return { version: "bench", schema: {}, policies, warnings: [] };
}

function policyText(each: number): string {
  const set = `Countersign::ResourceSet::"set-${each % SETS}"`;
  switch (each % 4) {
    case 0:
      return `permit(principal in Countersign::Group::"team-${each}", action in AWS::Action::"s3:*", resource in ${set});`;
    case 1:
      return `forbid(principal, action in [AWS::Action::"s3:DeleteObject", AWS::Action::"dynamodb:DeleteItem"], resource in ${set});`;
    case 2:
      return `permit(principal in Countersign::Group::"team-${each}", action in AWS::Action::"level:write", resource is AWS::Resource) when { resource in ${set} && context.sourceIp.isInRange(ip("192.0.2.0/24")) };`;
    default:
      return `forbid(principal in Countersign::Group::"team-${each}", action in AWS::Action::"level:read", resource in ${set}) when { context.params has Key && context.params.Key like "private/*" };`;
  }
}

function deployment(): Deployment {
  const issuer = {
    issuer: ISSUER,
    jwksUri: `${ISSUER}/jwks`,
    audience: "countersign",
    algorithms: ["RS256"],
    groupsClaim: "groups",
    claims: [],
  };
  const resourceSets = Array.from(
    { length: SETS },
    (_, each): ResourceSetConfig => ({
      name: `set-${each}`,
      arns: [`arn:aws:s3:::bucket-${each}`, `arn:aws:s3:::bucket-${each}/*`],
    }),
  );
  return deploymentOf(
    parseConfig({
      issuers: [issuer],
      roles: [{ arn: READER, externalId: "bench" }],
      resourceSets,
      administrators: { issuer: ISSUER, group: "administrators" },
    }),
  );
}

function questionOf(bucket: string): CallQuestion {
  const request = {
    service: "s3",
    operation: "GetObject",
    params: { Bucket: bucket, Key: "2026/q3.csv" },
    region: "eu-west-1",
  };
  const found = recogniseOperation(request, READER);
  if (found.kind === "refused") throw new Error(found.message);
  const principal = { issuer: ISSUER, subject: "agent-1", groups: ["readers", "reports"], claims: {} };
  const context = { sourceIp: "192.0.2.7", userAgent: "bench", now: NOW, sessionOpenedAt: NOW - 60 };
  return callQuestion({ principal, role: READER, context }, found.call);
}
