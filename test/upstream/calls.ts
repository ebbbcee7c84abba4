// A call for the tests of upstream: everything in it can be replaced.

import type { AwsCall, AwsResource, RequiredAction } from "../../lambdas/model/aws-call.ts";

export function resource(literals: readonly [string, ...string[]], service = "s3"): AwsResource {
  return { literals, type: "object", service, account: "111122223333", region: "eu-west-1" };
}

export function required(
  action: string,
  ...resources: readonly [AwsResource, ...AwsResource[]]
): RequiredAction {
  return { action, accessLevel: "read", resources };
}

export function callWith(replaced: Partial<AwsCall>): AwsCall {
  return {
    service: "s3",
    operation: "GetObject",
    protocol: "rest-xml",
    signingName: "s3",
    region: "eu-west-1",
    partition: "aws",
    account: "111122223333",
    candidates: [{ service: "s3", operation: "GetObject" }],
    actions: [required("s3:GetObject", resource(["arn:aws:s3:::bucket/key"]))],
    parameters: {},
    sensitiveParameters: [],
    idempotencyTokens: [],
    vendsCredentials: false,
    upstream: {
      method: "GET",
      host: "s3.eu-west-1.amazonaws.com",
      path: "/bucket/key",
      query: [],
      headers: [],
      body: new Uint8Array(),
    },
    ...replaced,
  };
}
