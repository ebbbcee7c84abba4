// Whether an agent may be told that a key is missing: as far as it may list the bucket under that very key.

import { describe, expect, it } from "vitest";
import { permittedAbsence } from "../../lambdas/flow/absence.ts";
import { type EmergencyForbid, NO_EMERGENCY } from "../../lambdas/model/emergency.ts";
import { agent, CONTEXT, policyOf, READER, sessionOf } from "../policy/fixtures.ts";
import { recognised, request } from "../recognition/requests.ts";

const GET = recognised(request("s3", { method: "GET", path: "/bucket/reports/a" }));
const LIST = `permit(principal, action == AWS::Action::"s3:ListBucket", resource)`;

function absence(
  texts: readonly string[],
  { call = GET, emergency = NO_EMERGENCY as EmergencyForbid, userAgent = "Boto3" } = {},
) {
  const wire = {
    method: "GET",
    path: "/aws/bucket/reports/a",
    query: [],
    headers: new Map([["user-agent", [userAgent]]]),
    body: new Uint8Array(),
    viewerIp: CONTEXT.sourceIp,
    gatewayRequestId: "id",
  };
  const session = sessionOf(agent(), READER);
  const policy = policyOf(...texts);
  return permittedAbsence({ session, emergency, call }, { request: wire }, policy, CONTEXT.now);
}

describe("the listing beside a read", () => {
  it("is permitted where policy permits to list the bucket", () => {
    expect(absence([`${LIST};`])).toMatchObject({
      operation: "ListObjectsV2",
      parameters: { Bucket: "bucket", Prefix: "reports/a" },
    });
  });

  it("is permitted under the key that is read, not under another prefix", () => {
    const below = (prefix: string) => `${LIST} when { context.params.Prefix like "${prefix}" };`;
    expect(absence([below("reports/*")])).not.toBeNull();
    expect(absence([below("other/*")])).toBeNull();
  });

  it.each([
    ["nothing is said of the listing", `permit(principal, action == AWS::Action::"s3:GetObject", resource);`],
    ["another bucket is meant", `${LIST} when { resource == AWS::Resource::"arn:aws:s3:::other" };`],
    ["it would take of a budget", `@limit("calls=10 per=1h") ${LIST};`],
    ["it would depend on tags", `${LIST} when { resource.tags.tier == "open" };`],
  ])("is none where %s", (_, text) => {
    expect(absence([text])).toBeNull();
  });

  it("is none where it is forbidden, also in an emergency", () => {
    const forbid = `forbid(principal, action == AWS::Action::"s3:ListBucket", resource);`;
    expect(absence([`${LIST};`, forbid])).toBeNull();
    expect(absence([`${LIST};`], { emergency: { kind: "unreadable" } })).toBeNull();
  });

  it("is none beside a call that is no read of one key", () => {
    const call = recognised(request("s3", { method: "DELETE", path: "/bucket/reports/a" }));
    expect(absence([`${LIST};`], { call })).toBeNull();
  });
});
