// What stands before the gateway's name: a bucket becomes the path-style bucket and nothing else, any other prefix has to
// be the recognised operation's own. Upstream hosts come from the model whatever was sent.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { jsonRequest, type RequestParts, recognised, refused, request } from "./requests.ts";

function s3(hostPrefix: string, path: string, parts: RequestParts = {}): SignedRequest {
  return { ...request("s3", { method: "GET", path, ...parts }), hostPrefix };
}

/** The same without a prefix. */
function plain({ hostPrefix: _, ...signed }: SignedRequest): SignedRequest {
  return signed;
}

function meaning({ operation, service, actions, parameters, upstream }: AwsCall): object {
  return { operation, service, actions, parameters, upstream };
}

describe("a bucket before the name", () => {
  it("means byte for byte what the path-style request means", () => {
    const bucket = fc
      .tuple(fc.constantFrom(..."abc019"), fc.stringMatching(/^[a-z0-9-]{1,20}$/), fc.constantFrom(..."xyz9"))
      .map((parts) => parts.join(""))
      .filter((name) => !/^(?:xn--|sthree-)|(?:-s3alias|--ol-s3|--x-s3|--table-s3)$/.test(name));
    const path = fc
      .array(fc.constantFrom("/", "a", "..", ".", "%2F", "%2e%2e", "v20180820", "~", "+"), { maxLength: 8 })
      .map((parts) => `/${parts.join("")}`);
    const query = fc.constantFrom<RequestParts["query"][]>([], [["acl", ""]], [["list-type", "2"]]);
    fc.assert(
      fc.property(bucket, path, query, (name, sent, pairs) => {
        const there = s3(`${name}.`, sent, { query: pairs ?? [] });
        const pathStyle = request("s3", { method: "GET", path: `/${name}${sent}`, query: pairs ?? [] });
        const outcome = (signed: SignedRequest): unknown => {
          try {
            return meaning(recognised(signed));
          } catch (error) {
            return (error as Error).message;
          }
        };
        expect(outcome(there)).toEqual(outcome(pathStyle));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["GET", "/", { query: [["list-type", "2"]] }, "ListObjectsV2", "arn:aws:s3:::bucket", "/bucket"],
    ["GET", "/key", {}, "GetObject", "arn:aws:s3:::bucket/key", "/bucket/key"],
    ["PUT", "/dir/key", {}, "PutObject", "arn:aws:s3:::bucket/dir/key", "/bucket/dir/key"],
    ["GET", "//key", {}, "GetObject", "arn:aws:s3:::bucket//key", "/bucket//key"],
    ["HEAD", "/", {}, "HeadBucket", "arn:aws:s3:::bucket", "/bucket"],
  ] as const)("%s %s of it is %s", (method, path, parts, operation, arn, upstream) => {
    const call = recognised(s3("bucket.", path, { method, ...(parts as RequestParts) }));
    expect(call).toMatchObject({
      operation,
      upstream: { host: "s3.eu-west-1.amazonaws.com", path: upstream },
    });
    expect(call.actions[0].resources[0].literals).toEqual([arn]);
  });

  it("wins over a bucket in the path, which is then the beginning of the key", () => {
    const call = recognised(s3("mine.", "/other/key"));
    expect(call.parameters).toMatchObject({ Bucket: "mine", Key: "other/key" });
    expect(call.actions[0].resources[0].literals).toEqual(["arn:aws:s3:::mine/other/key"]);
    expect(call.upstream.path).toBe("/mine/other/key");
  });

  it("keeps `..` in the key: it cannot leave the bucket", () => {
    const call = recognised(s3("mine.", "/../other/key"));
    expect(call.parameters).toMatchObject({ Bucket: "mine", Key: "../other/key" });
    expect(call.upstream.path).toBe("/mine/../other/key");
  });

  it.each([
    "Bucket.", // host names know no case, bucket names do
    "ab.",
    "my.bucket.",
    "192.168.5.4.",
    "bucket..",
    "..",
    "my_bucket.",
    "-bucket.",
    "bucket-.",
    "bucket-",
    "bucket",
    "bucket%2f.",
    "bucket/other.",
    "xn--bcket-kva.",
    "name-s3alias.",
    "name--ol-s3.",
    "name--use1-az4--x-s3.",
    "amzn-s3-demo-bucket.",
    `${"a".repeat(64)}.`,
  ])("is refused as `%s`", (prefix) => {
    expect(refused(s3(prefix, "/key"))).toMatchObject({
      code: "ValidationError",
      message: expect.stringContaining("path-style"),
    });
  });

  it("is S3's alone: a bucket called like the first word of S3 Control's paths stays a bucket", () => {
    const call = recognised(s3("v20180820.", "/configuration/publicAccessBlock"));
    expect(call).toMatchObject({ service: "s3", operation: "GetObject" });
    expect(call.upstream).toMatchObject({
      host: "s3.eu-west-1.amazonaws.com",
      path: "/v20180820/configuration/publicAccessBlock",
    });
  });
});

describe("the account before the name, of S3 Control", () => {
  const CONTROL = "/v20180820/configuration/publicAccessBlock";
  const by = (account: string): RequestParts => ({ headers: { "x-amz-account-id": account } });

  it("is what the parameter says", () => {
    const signed = s3("111122223333.", CONTROL, by("111122223333"));
    expect(recognised(signed)).toMatchObject({
      service: "s3control",
      operation: "GetPublicAccessBlock",
      upstream: { host: "111122223333.s3-control.eu-west-1.amazonaws.com", path: CONTROL },
    });
    expect(meaning(recognised(signed))).toEqual(meaning(recognised(plain(signed))));
  });

  it.each(["444455556666.", "bucket.", "s3-control.", "111122223333-"])(
    "is refused as `%s` when the parameter says another, and both are named",
    (prefix) => {
      const { message } = refused(s3(prefix, CONTROL, by("111122223333")));
      expect(message).toContain(`\`${prefix}\``);
      expect(message).toContain("`111122223333.`");
    },
  );

  it("is a bucket of twelve digits where no account is signed: S3's own operation on that bucket", () => {
    const call = recognised(s3("111122223333.", CONTROL));
    expect(call).toMatchObject({
      service: "s3",
      operation: "GetObject",
      parameters: { Bucket: "111122223333" },
      upstream: { host: "s3.eu-west-1.amazonaws.com", path: `/111122223333${CONTROL}` },
    });
  });

  it("never makes an operation of S3 one on a bucket that the host does not name", () => {
    // With an account signed, the bucket of the host would be dropped: the operation is S3's and has no prefix.
    expect(refused(s3("mine.", "/other/key", by("111122223333"))).code).toBe("UnknownOperation");
  });
});

describe("the prefix of an operation", () => {
  const sync = (hostPrefix: string, operation: string): SignedRequest => ({
    ...jsonRequest(
      "states",
      `AWSStepFunctions.${operation}`,
      '{"stateMachineArn":"arn:aws:states:eu-west-1:111122223333:stateMachine:orders"}',
      "1.0",
    ),
    hostPrefix,
  });

  it("is undone, and the upstream host is the model's", () => {
    const signed = sync("sync-", "StartSyncExecution");
    expect(recognised(signed).upstream.host).toBe("sync-states.eu-west-1.amazonaws.com");
    expect(meaning(recognised(signed))).toEqual(meaning(recognised(plain(signed))));
  });

  it.each([
    ["sync-", "StartExecution", "none"],
    ["data-", "StartSyncExecution", "`sync-`"],
    ["sync.", "StartSyncExecution", "`sync-`"],
    ["a.sync-", "StartSyncExecution", "`sync-`"],
    ["bucket.", "StartExecution", "none"],
  ])("is refused when `%s` stands before %s, which has %s", (prefix, operation, own) => {
    const { message, code } = refused(sync(prefix, operation));
    expect(code).toBe("ValidationError");
    expect(message).toContain(`\`${prefix}\``);
    expect(message).toContain(`\`${operation}\` is ${own}`);
  });

  it("has its labels filled from the parameters", () => {
    const graph = (hostPrefix: string): SignedRequest => ({
      ...request("neptune-graph", {
        method: "GET",
        path: "/summary",
        headers: { graphidentifier: "g-0123456789" },
      }),
      hostPrefix,
    });
    expect(recognised(graph("g-0123456789."))).toMatchObject({ operation: "GetGraphSummary" });
    expect(refused(graph("g-other.")).message).toContain("`g-0123456789.`");
  });
});
