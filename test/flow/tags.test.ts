// Tags are read only for policies that need them, only under a role that the agent may use, and a failure is no answer.

import { describe, expect, it } from "vitest";
import { createTagReader } from "../../lambdas/flow/tags.ts";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import type { Policy } from "../../lambdas/policy/policy.ts";
import type { SendResult } from "../../lambdas/upstream/ports.ts";
import { fakeAnswer, fakeCredentialSource, fakeSender } from "../fakes/upstream.ts";
import { CONTEXT, callOf, DEPLOYMENT } from "../policy/fixtures.ts";
import { decided, onlyPolicy, policyWith } from "./deciding.ts";

const READS = `permit(principal, action in AWS::Action::"s3:*", resource);`;
const GUARD = `@id("guard") @reason("critical") forbid(principal, action == AWS::Action::"s3:PutObject", resource) when { resource.tags has tier && resource.tags.tier == "critical" };`;
const put = (...keys: string[]) =>
  callOf({ actions: { "s3:PutObject": keys.map((key) => `arn:aws:s3:::${key}`) } });

function tagged(tier: string): SendResult {
  return fakeAnswer(
    200,
    `<Tagging><TagSet><Tag><Key>tier</Key><Value>${tier}</Value></Tag></TagSet></Tagging>`,
  );
}

function world(answer: (path: string) => SendResult) {
  const credentials = fakeCredentialSource({
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "example",
    sessionToken: "example",
    expiresAt: CONTEXT.now + 900,
  });
  const sender = fakeSender(({ path }) => answer(path));
  const clock = { ms: CONTEXT.now * 1_000, nowMs: () => clock.ms };
  const tags = createTagReader({ clock, deployment: DEPLOYMENT, credentials, sender });
  const ask = (call: AwsCall, policy: Policy) => decided(call, policy, { tags });
  return { ask, sender, credentials, clock };
}

describe("tags", () => {
  const policy = policyWith(READS, GUARD);

  it("decide, for objects by their bucket's", async () => {
    const { ask } = world((path) => tagged(path.startsWith("/ledger") ? "critical" : "usual"));
    expect((await ask(put("reports/a"), policy)).result.kind).toBe("permitted");
    expect(await ask(put("ledger/a"), policy)).toMatchObject({
      result: { message: "critical" },
      decision: { reason: "forbidden", policies: ["guard"] },
    });
    expect(await ask(put("reports/a", "ledger/a"), policy)).toMatchObject({
      decision: { reason: "forbidden" },
    });
  });

  it("are read under the session's role with a session policy for this one read", async () => {
    const { ask, credentials } = world(() => tagged("usual"));
    await ask(put("reports/a"), policy);
    expect(credentials.requests).toHaveLength(1);
    const [{ policy: text } = { policy: null }] = credentials.requests;
    expect(JSON.parse(text ?? "").Statement).toEqual([
      { Effect: "Allow", Action: "s3:GetBucketTagging", Resource: "arn:aws:s3:::reports" },
    ]);
  });

  it("are not read for calls that no policy asks them of, nor under a role that may not be used", async () => {
    const { ask, sender } = world(() => tagged("critical"));
    const get = callOf({ actions: { "s3:GetObject": ["arn:aws:s3:::ledger/a"] } });
    expect((await ask(get, policy)).result.kind).toBe("permitted");
    expect(await ask(put("ledger/a"), onlyPolicy(READS, GUARD))).toMatchObject({
      decision: { reason: "role_not_permitted" },
    });
    expect(sender.sent).toEqual([]);
  });

  it("are believed for a minute, and read again in its last moment", async () => {
    let tier = "usual";
    const { ask, sender, clock } = world(() => tagged(tier));
    await ask(put("reports/a"), policy);
    tier = "critical";
    clock.ms += 59_999;
    expect((await ask(put("reports/b"), policy)).result.kind).toBe("permitted");
    clock.ms += 1;
    expect((await ask(put("reports/b"), policy)).result.kind).toBe("refused");
    expect(sender.sent).toHaveLength(2);
  });

  it.each<[string, SendResult]>([
    ["is denied", fakeAnswer(403, "<Error><Code>AccessDenied</Code></Error>")],
    ["is not understood", fakeAnswer(200, "<Tagging>")],
    ["does not come", { kind: "unknown", reason: "reset" }],
  ])("whose read %s refuse the call, and are asked for again", async (_, result) => {
    let answer = result;
    const { ask } = world(() => answer);
    expect(await ask(put("reports/a"), policy)).toMatchObject({
      result: { message: expect.stringContaining("allow the role `s3:GetBucketTagging`") },
      decision: { reason: "policy_error" },
    });
    answer = tagged("usual");
    expect((await ask(put("reports/a"), policy)).result.kind).toBe("permitted");
  });

  it("that nobody can know fail the policy that reads them", async () => {
    const { ask, sender } = world(() => tagged("usual"));
    const pattern = callOf({ actions: { "s3:PutObject": [["arn:aws:s3:::rep", "/a"]] } });
    expect(await ask(pattern, policy)).toMatchObject({
      decision: { reason: "policy_error", policies: ["guard"] },
    });
    expect(sender.sent).toEqual([]);
  });

  it("of more than twenty resources are too many", async () => {
    const { ask } = world(() => tagged("usual"));
    const buckets = (count: number) =>
      put(...Array.from({ length: count }, (_, index) => `bucket-${index}/a`));
    expect((await ask(buckets(20), policy)).result.kind).toBe("permitted");
    expect(await ask(buckets(21), policy)).toMatchObject({
      result: { message: expect.stringContaining("split the call") },
    });
  });
});
