// From identifiers to ARNs: names, ARNs, URLs and partial forms; what is not known leaves the resource a pattern.

import { describe, expect, it } from "vitest";
import { displayArn } from "../../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { formRequest, jsonRequest, recognised, refused, request } from "./requests.ts";

const at = (service: string, rest: string) => `arn:aws:${service}:eu-west-1:111122223333:${rest}`;

function needs(signed: SignedRequest): Record<string, string[]> {
  return Object.fromEntries(
    recognised(signed).actions.map(({ action, resources }) => [action, resources.map(displayArn)]),
  );
}

const invoke = (name: string, query: SignedRequest["query"] = []) =>
  request("lambda", {
    path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
    query,
    body: "{}",
  });
const json = (service: string, target: string, body: object, version = "1.1") =>
  jsonRequest(service, target, JSON.stringify(body), version);

describe("Lambda functions", () => {
  it.each([
    ["f", at("lambda", "function:f")],
    ["f:live", at("lambda", "function:f:live")],
    ["999988887777:function:f", "arn:aws:lambda:eu-west-1:999988887777:function:f"],
    [at("lambda", "function:f:7"), at("lambda", "function:f:7")],
    ["what/is this", at("lambda", "function:*")],
  ])("%s", (name, arn) => {
    expect(needs(invoke(name))).toEqual({ "lambda:InvokeFunction": [arn] });
  });

  it("adds a qualifier", () => {
    expect(needs(invoke("f", [["Qualifier", "live"]]))).toEqual({
      "lambda:InvokeFunction": [at("lambda", "function:f:live")],
    });
  });
});

describe("other identifiers", () => {
  it.each<[string, SignedRequest, Record<string, string[]>]>([
    [
      "a queue's URL, with the account that it names",
      json(
        "sqs",
        "AmazonSQS.SendMessage",
        { QueueUrl: "https://sqs.eu-west-1.amazonaws.com/999988887777/q", MessageBody: "x" },
        "1.0",
      ),
      { "sqs:SendMessage": ["arn:aws:sqs:eu-west-1:999988887777:q"] },
    ],
    [
      "a stream by name",
      json("kinesis", "Kinesis_20131202.PutRecord", { StreamName: "s", Data: "", PartitionKey: "k" }),
      { "kinesis:PutRecord": [at("kinesis", "stream/s")] },
    ],
    [
      "a stream by ARN",
      json("kinesis", "Kinesis_20131202.PutRecord", {
        StreamARN: at("kinesis", "stream/s"),
        Data: "",
        PartitionKey: "k",
      }),
      { "kinesis:PutRecord": [at("kinesis", "stream/s")] },
    ],
    [
      "a key by alias, which does not tell the key",
      json("kms", "TrentService.Encrypt", { KeyId: "alias/mine", Plaintext: "" }),
      { "kms:Encrypt": [at("kms", "key/*")] },
    ],
    [
      "parameters below a path",
      json("ssm", "AmazonSSM.GetParametersByPath", { Path: "/a/b/", Recursive: true }),
      { "ssm:GetParametersByPath": [at("ssm", "parameter/a/b"), at("ssm", "parameter/a/b/*")] },
    ],
    [
      "an index of a table in another account",
      json(
        "dynamodb",
        "DynamoDB_20120810.Query",
        { TableName: "arn:aws:dynamodb:eu-west-1:999988887777:table/T", IndexName: "I" },
        "1.0",
      ),
      { "dynamodb:Query": ["arn:aws:dynamodb:eu-west-1:999988887777:table/T/index/I"] },
    ],
    [
      "a service of a cluster by ARN",
      json("ecs", "AmazonEC2ContainerServiceV20141113.UpdateService", {
        cluster: at("ecs", "cluster/c"),
        service: "s",
      }),
      { "ecs:UpdateService": [at("ecs", "service/c/s")] },
    ],
    [
      "a task definition without a revision",
      json("ecs", "AmazonEC2ContainerServiceV20141113.RunTask", { taskDefinition: "family" }),
      { "ecs:RunTask": [at("ecs", "task-definition/family:*")] },
    ],
    [
      "an API Gateway resource, by the path",
      request("apigateway", { method: "GET", path: "/restapis/abc/stages/prod" }),
      { "apigateway:GET": ["arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod"] },
    ],
    [
      "EC2 tags, by the form of the ids",
      formRequest(
        "ec2",
        "Action=CreateTags&Version=2016-11-15&ResourceId.1=i-0123456789abcdef0&ResourceId.2=new-1&Tag.1.Key=a&Tag.1.Value=b",
      ),
      { "ec2:CreateTags": [at("ec2", "instance/i-0123456789abcdef0"), at("ec2", "*")] },
    ],
    [
      "a secret's whole ARN and a partial one",
      json("secretsmanager", "secretsmanager.BatchGetSecretValue", {
        SecretIdList: [at("secretsmanager", "secret:a-Ab12Cd"), at("secretsmanager", "secret:b")],
      }),
      {
        "secretsmanager:BatchGetSecretValue": ["*"],
        "secretsmanager:GetSecretValue": [
          at("secretsmanager", "secret:a-Ab12Cd"),
          at("secretsmanager", "secret:b-*"),
        ],
      },
    ],
  ])("%s", (_, signed, expected) => {
    expect(needs(signed)).toEqual(expected);
  });

  it("keeps a star in a name apart from a part that is not known", () => {
    const star = recognised(
      json("dynamodb", "DynamoDB_20120810.GetItem", { TableName: "a*", Key: {} }, "1.0"),
    );
    expect(star.actions[0].resources[0].literals).toEqual([at("dynamodb", "table/a*")]);
    const unknown = recognised(json("dynamodb", "DynamoDB_20120810.GetItem", { Key: {} }, "1.0"));
    expect(unknown.actions[0].resources[0].literals).toEqual([at("dynamodb", "table/"), ""]);
  });
});

describe("several actions", () => {
  const role = "arn:aws:iam::111122223333:role/r";

  it("asks for PassRole on the very role that is sent, and only when one is sent", () => {
    const path = "/2015-03-31/functions";
    const create = (body: object) =>
      request("lambda", { path, body: JSON.stringify({ FunctionName: "f", ...body }) });
    expect(needs(create({ Role: role }))).toEqual({
      "lambda:CreateFunction": [at("lambda", "function:f")],
      "iam:PassRole": [role],
    });
    expect(needs(create({}))).toEqual({ "lambda:CreateFunction": [at("lambda", "function:f")] });
  });

  it("asks for tagging when tags are sent with a creation", () => {
    const create = (body: object) =>
      json("dynamodb", "DynamoDB_20120810.CreateTable", { TableName: "T", ...body }, "1.0");
    expect(Object.keys(needs(create({ Tags: [{ Key: "a", Value: "b" }] })))).toEqual([
      "dynamodb:CreateTable",
      "dynamodb:TagResource",
    ]);
    expect(Object.keys(needs(create({})))).toEqual(["dynamodb:CreateTable"]);
  });

  it("unites the actions of all candidates", () => {
    const call = recognised(
      formRequest("rds", "Action=StartDBCluster&Version=2014-10-31&DBClusterIdentifier=c"),
    );
    expect(call.candidates.map(({ service }) => service)).toEqual(["rds", "docdb", "neptune"]);
    expect(call.actions.map(({ action }) => action)).toEqual(["rds:StartDBCluster"]);
  });

  it("refuses a call that names more than 1,000 resources", () => {
    const Names = Array.from({ length: 1001 }, (_, index) => `p${index}`);
    expect(refused(json("ssm", "AmazonSSM.GetParameters", { Names })).message).toMatch(/1000 resources/);
  });

  it("refuses an operation whose IAM action is not known", () => {
    const signed = request("finspace-api", { method: "GET", path: "/datasetsv2" });
    expect(refused(signed)).toMatchObject({
      code: "UnknownOperation",
      message: expect.stringMatching(/no IAM action/),
    });
  });
});

describe("hosts", () => {
  it.each([
    ["iam", "Action=ListUsers&Version=2010-05-08", "iam.amazonaws.com", "us-east-1"],
    ["sts", "Action=GetCallerIdentity&Version=2011-06-15", "sts.eu-west-1.amazonaws.com", "eu-west-1"],
  ])("%s", (service, body, host, region) => {
    const call = recognised(formRequest(service, body));
    expect({ host: call.upstream.host, region: call.region }).toEqual({ host, region });
  });

  it("puts a modelled label before the host, and refuses one that is more than a label", () => {
    const get = (account: string) =>
      request("s3", {
        method: "GET",
        path: "/v20180820/accesspoint/a",
        headers: { "x-amz-account-id": account },
      });
    expect(recognised(get("111122223333")).upstream.host).toBe(
      "111122223333.s3-control.eu-west-1.amazonaws.com",
    );
    for (const account of ["evil.example/", "a.b", "x@y", "", "a:80"]) {
      expect(refused(get(account)).message).toMatch(/host name/);
    }
  });
});
