import { describe, expect, it } from "vitest";
import type { OperationModel } from "../../lambdas/recognition/model.ts";
import { recognise } from "../../lambdas/recognition/recognise.ts";
import type { StructureType, Type } from "../../lambdas/recognition/shapes.ts";
import { buildRequest } from "../../lib/aws-request.ts";
import { allServices, MODELS, operationNames } from "../../lib/model-catalogue.ts";

const TARGET = { account: "111122223333", partition: "aws" };
const recognised = (service: string, operation: string, params: Readonly<Record<string, unknown>>) =>
  recognise(buildRequest({ service, operation, params, region: "us-east-1" }), TARGET, MODELS);

/** A value of the type: all members of the input, the required ones below it. */
function example(type: Type, depth: number): unknown {
  switch (type.kind) {
    case "structure":
      return exampleOf(type, depth);
    case "list":
      return depth > 6 ? [] : [example(type.element.type, depth + 1)];
    case "map":
      return depth > 6 ? {} : { k: example(type.value.type, depth + 1) };
    case "scalar":
      return SCALARS[type.scalar];
  }
}

const SCALARS: Readonly<Record<string, unknown>> = {
  integer: 7,
  float: 1.5,
  boolean: true,
  timestamp: "2026-07-01T12:00:00.000Z",
  blob: "eA==",
  document: { a: 1 },
  string: "abc",
};

function exampleOf({ members }: StructureType, depth: number): Record<string, unknown> {
  const needed = members.filter(({ required }) => required || depth === 0);
  // An empty structure leaves no trace in a form, so it gets a member.
  const chosen = needed.length > 0 ? needed : members.slice(0, 1);
  const entries = chosen.map((member) => [member.name, example(member.type, depth + 1)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

// What the recogniser refuses for what the example says, not for how it is written.
const REFUSED_FOR_ITS_CONTENT =
  /no IAM action is known|services have such an operation|has no endpoint in|PartiQL statement|copy source/;

function fault({ service, name, input }: OperationModel): string[] {
  const params = input === undefined ? {} : exampleOf(input, 0);
  const found = recognised(service.file.service, name, params);
  if (found.kind === "refused") return REFUSED_FOR_ITS_CONTENT.test(found.message) ? [] : [found.message];
  const { candidates, parameters, service: chosen } = found.call;
  const isIt = candidates.some((each) => each.service === service.file.service && each.operation === name);
  // Of two operations that the wire does not tell apart, the other may call its parameters by other names.
  if (isIt && (chosen !== service.file.service || found.call.operation !== name)) return [];
  const isWhole = Object.keys(parameters).sort().join() === Object.keys(params).sort().join();
  return isIt && isWhole ? [] : [`${service.file.service}:${name} has ${Object.keys(parameters).join()}`];
}

describe("a request that is written from the models", () => {
  it("is recognised as its operation with the same parameters, for every operation of every service", () => {
    const operations = [...allServices().values()].flatMap((service) =>
      operationNames(service).flatMap((name) => service.operation(name) ?? []),
    );
    expect(operations.length).toBeGreaterThan(18_000);
    expect(operations.flatMap(fault)).toEqual([]);
  });

  it.each([
    ["json", "dynamodb", "GetItem", { TableName: "t", Key: { id: { S: 'ä"\\\n' } }, ConsistentRead: true }],
    [
      "a form",
      "sns",
      "Publish",
      {
        TopicArn: "arn:aws:sns:us-east-1:111122223333:t",
        Message: "a&b=c +%",
        MessageAttributes: { k: { DataType: "String", StringValue: "v" } },
      },
    ],
    [
      "EC2's form",
      "ec2",
      "RunInstances",
      {
        ImageId: "ami-1",
        MinCount: 1,
        MaxCount: 2,
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "a", Value: "b" }] }],
      },
    ],
    ["a path and a query", "s3", "GetObject", { Bucket: "b12", Key: "a b/../ü*?.csv", PartNumber: 2 }],
    [
      "a body of XML",
      "s3",
      "DeleteObjects",
      { Bucket: "b12", Delete: { Objects: [{ Key: '<a>&"' }, { Key: "b" }], Quiet: true } },
    ],
    [
      "XML with an attribute",
      "s3",
      "PutObjectAcl",
      {
        Bucket: "b12",
        Key: "k",
        AccessControlPolicy: { Grants: [{ Grantee: { Type: "Group", URI: "x" }, Permission: "READ" }] },
      },
    ],
    [
      "headers",
      "s3",
      "PutObject",
      { Bucket: "b12", Key: "k", ContentType: "text/csv", Metadata: { a: "b" } },
    ],
    [
      "a body of JSON beside a path",
      "lambda",
      "UpdateFunctionConfiguration",
      { FunctionName: "f", Environment: { Variables: { A: "b" } } },
    ],
  ])("carries its values through %s", (_, service, operation, params) => {
    expect(recognised(service, operation, params)).toMatchObject({
      call: { service, operation, parameters: params },
    });
  });

  it.each([
    [
      "a service",
      () => recognised("dynamdb", "GetItem", {}),
      "there is no service `dynamdb`; did you mean `dynamodb`?",
    ],
    [
      "an operation",
      () => recognised("dynamodb", "GetItme", {}),
      "`dynamodb` has no operation `GetItme`; did you mean `GetItem`?",
    ],
    [
      "a parameter",
      () => recognised("dynamodb", "GetItem", { TabelName: "t" }),
      "the operation has no parameter `TabelName`; did you mean `TableName`?",
    ],
    [
      "a parameter below another",
      () => recognised("s3", "DeleteObjects", { Bucket: "b", Delete: { Object: [] } }),
      "`Delete` has no parameter `Object`; did you mean `Objects`?",
    ],
    [
      "a list that is none",
      () => recognised("ec2", "TerminateInstances", { InstanceIds: "i-1" }),
      "`InstanceIds` must be a list",
    ],
    [
      "a text that is none",
      () => recognised("dynamodb", "GetItem", { TableName: {} }),
      "`TableName` must be a text",
    ],
    [
      "a label that is missing",
      () => recognised("s3", "GetObject", { Bucket: "b" }),
      "the parameter `Key` is missing",
    ],
  ])("is refused with a sentence for %s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
