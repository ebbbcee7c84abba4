// Stands in for the little of CloudFormation, Athena and Glue that shows what they do in the caller's name: each asks IAM,
// with the caller's own session, for more than the action that was called. AWS does part of it later, when the call was
// answered; here it is asked at once, so that a session that is too narrow is seen. Nothing is kept of what was made.

import { randomUUID } from "node:crypto";
import { type JsonInput, jsonService, textOf, validation } from "./json-service.ts";
import { queryService, required, validationError } from "./query-service.ts";
import type { AwsService, Context } from "./service.ts";
import type { Need } from "./wire.ts";
import { element } from "./xml.ts";

const S3_LOCATION = /^s3:\/\/([a-z0-9.-]{3,63})\/(.*)$/;

export const cloudFormation: AwsService = queryService({
  name: "cloudformation",
  version: "2010-05-15",
  namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
  operations: new Map([
    [
      "CreateStack",
      {
        parameters: ["StackName", "TemplateBody"],
        plan: (form, context) => {
          const id = `${arn("cloudformation", context)}:stack/${required(form, "StackName")}/${randomUUID()}`;
          const made = bucketsOf(required(form, "TemplateBody"));
          return {
            needs: [
              { action: "cloudformation:CreateStack", resource: id },
              ...made.map((name) => ({ action: "s3:CreateBucket", resource: `arn:aws:s3:::${name}` })),
            ],
            run: () => element("StackId", id),
          };
        },
      },
    ],
  ]),
});

export const athena: AwsService = jsonService({
  name: "athena",
  target: "AmazonAthena",
  contentType: "application/x-amz-json-1.1",
  operations: new Map([
    [
      "StartQueryExecution",
      {
        members: ["QueryString", "ClientRequestToken", "ResultConfiguration", "WorkGroup"],
        plan: (input, context) => {
          textOf(input, "QueryString");
          const group = `${arn("athena", context)}:workgroup/${textOf(input, "WorkGroup")}`;
          const id = randomUUID();
          const needs: Need[] = [
            { action: "athena:StartQueryExecution", resource: group },
            { action: "s3:PutObject", resource: `${outputOf(input)}${id}.csv` },
          ];
          return { needs, run: () => ({ QueryExecutionId: id }) };
        },
      },
    ],
  ]),
});

export const glue: AwsService = jsonService({
  name: "glue",
  target: "AWSGlue",
  contentType: "application/x-amz-json-1.1",
  operations: new Map([
    [
      "GetUnfilteredTableMetadata",
      {
        members: ["CatalogId", "DatabaseName", "Name", "SupportedPermissionTypes"],
        plan: (input, context) => {
          const [database, name] = [textOf(input, "DatabaseName"), textOf(input, "Name")];
          const action = "glue:GetTable";
          const here = arn("glue", context);
          const needs: Need[] = [
            { action, resource: `${here}:catalog` },
            { action, resource: `${here}:database/${database}` },
            { action, resource: `${here}:table/${database}/${name}` },
            { action: "lakeformation:GetDataAccess", resource: "*" },
          ];
          return { needs, run: () => ({ Table: { Name: name, DatabaseName: database } }) };
        },
      },
    ],
  ]),
});

function arn(service: string, { region, account }: Context): string {
  return `arn:aws:${service}:${region}:${account.id}`;
}

/** Names of the buckets that a JSON template makes; a template with anything else in it is not served. */
function bucketsOf(template: string): readonly string[] {
  try {
    const { Resources } = JSON.parse(template) as {
      Resources: Record<string, { Type: string; Properties: { BucketName: string } }>;
    };
    return Object.values(Resources).map(({ Type, Properties }) => {
      if (Type !== "AWS::S3::Bucket" || typeof Properties.BucketName !== "string") throw new Error(Type);
      return Properties.BucketName;
    });
  } catch {
    throw validationError("the local cloud takes JSON templates with named buckets only");
  }
}

function outputOf(input: JsonInput): string {
  const { OutputLocation } = (input.ResultConfiguration ?? {}) as { OutputLocation?: unknown };
  const [, bucket, prefix] = S3_LOCATION.exec(String(OutputLocation)) ?? [];
  if (bucket === undefined)
    throw validation("name ResultConfiguration.OutputLocation, `s3://bucket/prefix/`");
  return `arn:aws:s3:::${bucket}/${prefix}`;
}
