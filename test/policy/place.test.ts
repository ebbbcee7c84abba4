// Whose is the resource of a call? What policy is told must be what the ARN says, on calls as recognition really makes
// them. Broke: recognition fills an empty account field with the role's account, and a permit for that account reached
// everybody's buckets.

import { describe, expect, it } from "vitest";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import { jsonRequest, recognised, request } from "../recognition/requests.ts";
import { decide, policyOf } from "./fixtures.ts";

const OWN = "111122223333";
const FAR = "999988887777";

function permitWhen(condition: string) {
  return policyOf(`permit(principal, action, resource is AWS::Resource) when { ${condition} };`);
}

function getItem(table: string): AwsCall {
  return recognised(
    jsonRequest(
      "dynamodb",
      "DynamoDB_20120810.GetItem",
      JSON.stringify({ TableName: table, Key: { id: { S: "A-1" } } }),
      "1.0",
    ),
  );
}

describe("a permit for the role's own account", () => {
  const own = permitWhen(`resource.account == "${OWN}"`);

  it("reaches no bucket and no object: anybody's can have that name", () => {
    const put = recognised(request("s3", { method: "PUT", path: "/somebodys-bucket/key", body: "data" }));
    expect(decide(own, put)).toMatchObject({ kind: "deny", reason: "no_policy" });
    const read = recognised(request("s3", { method: "GET", path: "/somebodys-bucket/key" }));
    expect(decide(own, read)).toMatchObject({ kind: "deny", reason: "no_policy" });
  });

  it("reaches a table that is named, also by its ARN, and not one of another account", () => {
    expect(decide(own, getItem("orders")).kind).toBe("permit");
    expect(decide(own, getItem(`arn:aws:dynamodb:eu-west-1:${OWN}:table/orders`)).kind).toBe("permit");
    const far = getItem(`arn:aws:dynamodb:eu-west-1:${FAR}:table/orders`);
    expect(decide(own, far)).toMatchObject({ kind: "deny", reason: "no_policy" });
  });

  it("reaches a call that has no resource, which is about the role's account", () => {
    expect(decide(own, recognised(request("s3", { method: "GET", path: "/" }))).kind).toBe("permit");
  });
});

describe("the account of a bucket", () => {
  it("is empty, as in its ARN", () => {
    const call = recognised(request("s3", { method: "GET", path: "/bucket/key" }));
    expect(decide(permitWhen(`resource.account == ""`), call).kind).toBe("permit");
  });
});
