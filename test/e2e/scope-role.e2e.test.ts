// Services that work in the caller's name: under `@scope("role")` they do, and without it the refusal says to add it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AthenaClient, GetQueryResultsCommand, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { describe, expect, it } from "vitest";
import { ADMIN_ROLE, REGION } from "../../lib/local/demo-world.ts";
import { agentClients, assumed, failureOf, forwarded, useDemo } from "./demo.ts";
import { type RawAnswer, send } from "./raw-request.ts";

const demo = useDemo(() => ({ policies: join(import.meta.dirname, "engine-policies") }));

const TEMPLATE = JSON.stringify({
  Resources: { Made: { Type: "AWS::S3::Bucket", Properties: { BucketName: "made-by-a-stack" } } },
});

function clients() {
  const { s3 } = agentClients(demo(), { role: ADMIN_ROLE });
  const shared = {
    endpoint: `${demo().cloud.gatewayUrl}/aws`,
    region: REGION,
    credentials: s3.config.credentials,
    maxAttempts: 1,
  };
  return { cloudFormation: new CloudFormationClient(shared), athena: new AthenaClient(shared) };
}

/** A call without an SDK: the token vouches for it. */
function glue(operation: string, input: object): Promise<RawAnswer> {
  const environment = demo().environment(ADMIN_ROLE);
  const body = JSON.stringify(input);
  return send(demo(), {
    method: "POST",
    target: "/aws",
    headers: [
      ["host", new URL(demo().cloud.gatewayUrl).host],
      ["content-length", String(body.length)],
      ["authorization", `Bearer ${readFileSync(environment.AWS_WEB_IDENTITY_TOKEN_FILE, "utf8")}`],
      ["countersign-service", "glue"],
      ["countersign-region", REGION],
      ["countersign-role", ADMIN_ROLE],
      ["content-type", "application/x-amz-json-1.1"],
      ["x-amz-target", `AWSGlue.${operation}`],
    ],
    body,
  });
}

describe('under @scope("role")', () => {
  it("a stack is made, by a credential without a session policy", async () => {
    const since = demo().cloud.aws.requests.length;
    const { StackId } = await clients().cloudFormation.send(
      new CreateStackCommand({ StackName: "made", TemplateBody: TEMPLATE }),
    );
    expect(StackId).toMatch(/^arn:aws:cloudformation:.*:stack\/made\//);
    const [sent] = forwarded(demo(), since);
    expect(sent).toMatchObject({ operation: "CreateStack", sessionPolicy: false });
    expect(assumed(demo(), since)).toHaveLength(1);
  });

  it("a query runs and writes its result", async () => {
    const { QueryExecutionId } = await clients().athena.send(
      new StartQueryExecutionCommand({
        QueryString: "SELECT 1",
        WorkGroup: "primary",
        ResultConfiguration: { OutputLocation: "s3://reports/athena/" },
      }),
    );
    expect(QueryExecutionId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("a table of the Glue catalog is read with Lake Formation's leave", async () => {
    const answer = await glue("GetUnfilteredTableMetadata", {
      CatalogId: "444455556666",
      DatabaseName: "sales",
      Name: "orders",
      SupportedPermissionTypes: ["COLUMN_PERMISSION"],
    });
    expect(answer.text).toContain("orders");
    expect(answer.status).toBe(200);
  });
});

describe("without it", () => {
  const told = (operation: string) =>
    `\`${operation}\` makes aws act on other resources in the caller's name, which a credential for this one call does not allow: every permit that matches it has to say \`@scope("role")\`, or the call has to name a role of its own where it can`;

  it("CloudFormation, Athena and Glue are refused in words that say to add it, and nothing reaches AWS", async () => {
    const since = demo().cloud.aws.requests.length;
    const { cloudFormation, athena } = clients();
    const stack = await failureOf(cloudFormation.send(new DeleteStackCommand({ StackName: "made" })));
    expect(stack.message).toBe(told("cloudformation:DeleteStack"));
    const query = await failureOf(
      athena.send(new GetQueryResultsCommand({ QueryExecutionId: "0f3c8a52-6b1d-4e7f-9a3b-2c5d8e1f4a70" })),
    );
    expect(query.message).toBe(told("athena:GetQueryResults"));
    const connection = await glue("TestConnection", { ConnectionName: "orders" });
    expect(JSON.parse(connection.text).message).toBe(told("glue:TestConnection"));
    expect(forwarded(demo(), since)).toEqual([]);
  });
});
