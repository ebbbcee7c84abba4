// Who hands a role to a service passes it, however it is named. Broke: ECS, Glue and others take a bare name, for which no
// `iam:PassRole` was asked, so that neither a forbid nor a missing permit on it stood in the way.

import { describe, expect, it } from "vitest";
import { displayArn } from "../../lambdas/model/aws-call.ts";
import { jsonRequest, recognised } from "./requests.ts";

function passed(signingName: string, target: string, body: object): readonly string[] {
  const { actions } = recognised(jsonRequest(signingName, target, JSON.stringify(body)));
  return actions
    .filter(({ action }) => action === "iam:PassRole")
    .flatMap(({ resources }) => resources.map(displayArn));
}

const ECS = "AmazonEC2ContainerServiceV20141113";
const ADMIN = "arn:aws:iam::111122223333:role/admin";
const ANY = "arn:aws:iam::111122223333:role/*";

describe("a role that is passed", () => {
  it.each<[string, string, object]>([
    ["ecs", `${ECS}.RegisterTaskDefinition`, { family: "f", containerDefinitions: [], taskRoleArn: "admin" }],
    ["ecs", `${ECS}.RunTask`, { taskDefinition: "f", overrides: { executionRoleArn: "admin" } }],
    ["glue", "AWSGlue.CreateJob", { Name: "j", Role: "service-role/admin", Command: {} }],
  ])("by its bare name could be any: %s %s", (service, target, body) => {
    expect(passed(service, target, body)).toEqual([ANY]);
  });

  it("to an automation stands among the automation's own parameters", () => {
    const run = (Parameters: object) =>
      passed("ssm", "AmazonSSM.StartAutomationExecution", { DocumentName: "d", Parameters });
    expect(run({ AutomationAssumeRole: [ADMIN] })).toEqual([ADMIN]);
    expect(run({ AutomationAssumeRole: ["admin"] })).toEqual([ANY]);
    expect(run({ InstanceId: ["i-1"] })).toEqual([]);
  });

  it("to a cluster is its service role, and whichever its instance profile holds", () => {
    const run = (roles: object) =>
      passed("elasticmapreduce", "ElasticMapReduce.RunJobFlow", { Name: "n", Instances: {}, ...roles });
    expect(run({ ServiceRole: ADMIN })).toEqual([ADMIN]);
    expect(run({ JobFlowRole: "profile" })).toEqual([ANY]);
    expect(run({})).toEqual([]);
  });

  it("by its ARN is that one", () => {
    const body = { family: "f", containerDefinitions: [], taskRoleArn: ADMIN };
    expect(passed("ecs", `${ECS}.RegisterTaskDefinition`, body)).toEqual([ADMIN]);
  });

  it("is none where none is named", () => {
    const body = { family: "f", containerDefinitions: [] };
    expect(passed("ecs", `${ECS}.RegisterTaskDefinition`, body)).toEqual([]);
  });
});
