// What decides between operations of services that share a signing name, and what a request of theirs is refused for.

import { describe, expect, it } from "vitest";
import { recognised, refused, request } from "./requests.ts";

const arn = (below: string): string => `arn:aws:chime:us-east-1:111122223333:${below}`;

function tagsOf(resource: string) {
  return request("chime", { method: "GET", path: "/tags", query: [["arn", resource]] });
}

function names(signed: ReturnType<typeof request>): string[] {
  return recognised(signed).candidates.map(({ service, operation }) => `${service}:${operation}`);
}

describe("sibling services that tag alike", () => {
  it.each([
    ["app-instance/a", "chime-sdk-identity"],
    ["app-instance/a/user/b", "chime-sdk-identity"],
    ["app-instance/a/channel/b", "chime-sdk-messaging"],
    ["meeting/a", "chime-sdk-meetings"],
    ["media-pipeline/a", "chime-sdk-media-pipelines"],
    ["vc/a", "chime-sdk-voice"],
  ])("are told apart by the ARN of %s", (below, service) => {
    expect(names(tagsOf(arn(below)))).toEqual([`${service}:ListTagsForResource`]);
  });

  it("refuses an ARN that none of five services owns, rather than naming five candidates", () => {
    expect(refused(tagsOf(arn("unheard-of/a"))).message).toMatch(/5 services have such an operation/);
  });

  it("leaves what a sibling does not own to the one without a rule of its own", () => {
    const tags = (below: string) =>
      request("ivs", {
        method: "GET",
        path: `/tags/${encodeURIComponent(`arn:aws:ivs:us-east-1:111122223333:${below}`)}`,
      });
    expect(names(tags("stage/a"))).toEqual(["ivs-realtime:ListTagsForResource"]);
    expect(names(tags("channel/a"))).toEqual(["ivs:ListTagsForResource"]);
  });
});

describe("what an operation requires", () => {
  it("drops a reading that lacks a required member of its body", () => {
    const imports = request("lex", {
      method: "POST",
      path: "/imports/",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(names(imports)).toEqual(["lexv2-models:ListImports"]);
  });

  it("takes a trailing slash as evidence where there is one, and never its absence", () => {
    const bot = (path: string) => names(request("lex", { method: "DELETE", path }));
    expect(bot("/bots/abc/")).toEqual(["lexv2-models:DeleteBot"]);
    expect(bot("/bots/abc")).toEqual(["lexv2-models:DeleteBot", "lex-models:DeleteBot"]);
  });
});

describe("an operation that AWS gave a second path", () => {
  it.each([
    ["GET", "/v2/email/configuration-sets", ""],
    ["POST", "/v2/email/list-configuration-sets", "{}"],
  ])("is recognised by %s %s, under its one name", (method, path, body) => {
    expect(names(request("ses", { method, path, body }))).toEqual(["sesv2:ListConfigurationSets"]);
  });
});

describe("S3 operations that the coverage run found refused", () => {
  it("takes the encoding of a copied object as data, since there is no body that it could encode", () => {
    const { parameters } = recognised(
      request("s3", {
        method: "PUT",
        path: "/bkt/key",
        headers: { "x-amz-copy-source": "src/from", "content-encoding": "gzip" },
      }),
    );
    expect(parameters).toMatchObject({ ContentEncoding: "gzip" });
  });

  it("sends a bucket of an outpost to the outposts' host, which has no account before it", () => {
    const headers = { "x-amz-account-id": "111122223333", "x-amz-outpost-id": "op-01234567890123456" };
    const call = recognised(request("s3-outposts", { method: "GET", path: "/v20180820/bucket", headers }));
    expect(call).toMatchObject({ service: "s3control", operation: "ListRegionalBuckets" });
    expect(call.upstream.host).toBe("s3-outposts.eu-west-1.amazonaws.com");
  });
});

describe("resources", () => {
  it("does not take a database's name for a table's", () => {
    const call = recognised(
      request("glue", {
        headers: { "x-amz-target": "AWSGlue.DeleteDatabase", "content-type": "application/x-amz-json-1.1" },
        body: '{"Name":"sales"}',
      }),
    );
    const arns = call.actions.flatMap(({ resources }) => resources.map(({ literals }) => literals.join("*")));
    expect(arns).toContain("arn:aws:glue:eu-west-1:111122223333:database/sales");
    expect(arns.filter((text) => text.includes("table/"))).toEqual([
      "arn:aws:glue:eu-west-1:111122223333:table/sales/*",
    ]);
  });
});
