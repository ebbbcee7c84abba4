// Tags are what the service wrote in its one form, or unreadable: never fewer tags than there are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsResource } from "../../lambdas/model/aws-call.ts";
import { tagReadOf } from "../../lambdas/upstream/tag-reads.ts";
import { readTagXml } from "../../lambdas/upstream/tag-xml.ts";

const PLACE = { partition: "aws", region: "eu-west-1", account: "111122223333" };
const HERE = "eu-west-1:111122223333";

function resource(...literals: [string, ...string[]]): AwsResource {
  return { literals, type: "", service: "", account: "", region: "" };
}

function read(...literals: [string, ...string[]]) {
  const found = tagReadOf(resource(...literals), PLACE);
  if (found === undefined) throw new Error("there is no read for this resource");
  return found;
}

describe("the read", () => {
  it.each([
    ["arn:aws:s3:::b-1", "arn:aws:s3:::b-1"],
    ["arn:aws:s3:::b-1/k/*", "arn:aws:s3:::b-1"],
    [`arn:aws:dynamodb:${HERE}:table/Tab`, `arn:aws:dynamodb:${HERE}:table/Tab`],
    [`arn:aws:dynamodb:${HERE}:table/Tab/index/I`, `arn:aws:dynamodb:${HERE}:table/Tab`],
    [`arn:aws:lambda:${HERE}:function:f`, `arn:aws:lambda:${HERE}:function:f`],
    [`arn:aws:ec2:${HERE}:instance/i-1`, `arn:aws:ec2:${HERE}:instance/i-1`],
  ])("of %s is about %s", (arn, subject) => {
    expect(read(arn).subject).toBe(subject);
  });

  it("of a pattern is there when the bucket or table surely ends in its beginning", () => {
    expect(read("arn:aws:s3:::b-1/", "").subject).toBe("arn:aws:s3:::b-1");
    expect(read(`arn:aws:dynamodb:${HERE}:table/Tab/`, "").subject).toBe(
      `arn:aws:dynamodb:${HERE}:table/Tab`,
    );
    expect(tagReadOf(resource("arn:aws:s3:::b-1", ""), PLACE)).toBeUndefined();
    expect(tagReadOf(resource(`arn:aws:dynamodb:${HERE}:table/Tab`, ""), PLACE)).toBeUndefined();
    expect(tagReadOf(resource(`arn:aws:lambda:${HERE}:function:f`, ""), PLACE)).toBeUndefined();
  });

  it.each([
    ["", ""],
    ["arn:aws:s3:::B/../x"],
    ["arn:aws:s3:::*"],
    ["arn:aws:dynamodb:eu-west-2:111122223333:table/Tab"],
    ["arn:aws:dynamodb:eu-west-1:999988887777:table/Tab"],
    ["arn:aws:lambda:eu-west-2:111122223333:function:f"],
    ["arn:aws:iam::111122223333:role/r"],
    [`arn:aws:lambda:${HERE}:function:f:1`],
    [`arn:aws:kms:${HERE}:key/k`],
  ] as [string, ...string[]][])("is not there for %s", (...literals) => {
    expect(tagReadOf(resource(...literals), PLACE)).toBeUndefined();
  });

  it("goes to the service's own host in the call's region, and nowhere in a partition that is not known", () => {
    expect(read("arn:aws:s3:::b-1/k").upstream).toMatchObject({
      host: "s3.eu-west-1.amazonaws.com",
      path: "/b-1",
    });
    const china = { ...PLACE, partition: "aws-cn", region: "cn-north-1" };
    expect(tagReadOf(resource("arn:aws-cn:s3:::b-1"), china)?.upstream.host).toBe(
      "s3.cn-north-1.amazonaws.com.cn",
    );
    expect(tagReadOf(resource("arn:aws-x:s3:::b-1"), { ...PLACE, partition: "aws-x" })).toBeUndefined();
    expect(tagReadOf(resource("arn:aws:s3:::b-1"), { ...PLACE, region: "evil.example/" })).toBeUndefined();
  });
});

describe("the answer", () => {
  const bucket = read("arn:aws:s3:::b-1");
  const table = read(`arn:aws:dynamodb:${HERE}:table/Tab`);
  const lambda = read(`arn:aws:lambda:${HERE}:function:f`);
  const mapping = (arn: string) =>
    JSON.stringify({ ResourceTagMappingList: [{ ResourceARN: arn, Tags: [{ Key: "a", Value: "1" }] }] });

  it("tells no tags from no resource from no answer", () => {
    expect(bucket.parse(404, "<Error><Code>NoSuchTagSet</Code></Error>")).toEqual({});
    expect(bucket.parse(404, "<Error><Code>NoSuchBucket</Code></Error>")).toBe("absent");
    expect(bucket.parse(403, "<Error><Code>NoSuchTagSet</Code></Error>")).toBe("unreadable");
    expect(bucket.parse(301, "")).toBe("unreadable");
    expect(table.parse(200, `{"Tags":[]}`)).toEqual({});
    expect(table.parse(400, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}`)).toBe(
      "absent",
    );
    expect(table.parse(400, `{"__type":"com.amazon.coral.service#AccessDeniedException"}`)).toBe(
      "unreadable",
    );
    expect(table.parse(200, "{}")).toBe("unreadable");
    expect(lambda.parse(200, `{"ResourceTagMappingList":[]}`)).toBe("absent");
  });

  it("is unreadable when it is only a part, or about something else", () => {
    expect(table.parse(200, `{"Tags":[],"NextToken":"t"}`)).toBe("unreadable");
    expect(lambda.parse(200, `{"ResourceTagMappingList":[],"PaginationToken":"t"}`)).toBe("unreadable");
    expect(lambda.parse(200, mapping(`arn:aws:lambda:${HERE}:function:f`))).toEqual({ a: "1" });
    expect(lambda.parse(200, mapping(`arn:aws:lambda:${HERE}:function:g`))).toBe("unreadable");
  });
});

describe("S3's tags", () => {
  const escaped = (text: string) => text.replace(/[&<>]/g, (found) => `&#${found.codePointAt(0)};`);
  const xml = (tags: Readonly<Record<string, string>>) => {
    const each = Object.entries(tags).map(
      ([k, v]) => `<Tag><Key>${escaped(k)}</Key><Value>${escaped(v)}</Value></Tag>`,
    );
    return `<?xml version="1.0"?>\n<Tagging xmlns="http://s3"><TagSet>${each.join("")}</TagSet></Tagging>`;
  };

  it("come back as they were written, whatever they hold", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" })),
        (tags) => {
          expect({ ...(readTagXml(xml(tags)) as object) }).toEqual({ ...tags });
        },
      ),
    );
  });

  it.each([
    ["nothing", ""],
    ["another root", "<Tags/>"],
    ["a tag of another form", xml({ a: "1" }).replace("<Key>", "<Key x='1'>")],
    ["a comment", xml({ a: "1" }).replace("<Tag>", "<!-- --><Tag>")],
    ["an entity that is not XML's own", xml({ a: "1" }).replace(">1<", ">&x;<")],
    [
      "one key twice",
      xml({ a: "1" }).replace("</TagSet>", "<Tag><Key>a</Key><Value>2</Value></Tag></TagSet>"),
    ],
    ["something behind it", `${xml({ a: "1" })}<Tagging/>`],
    ["its end cut off", xml({ a: "1" }).slice(0, -3)],
  ])("are unreadable with %s", (_, text) => {
    expect(readTagXml(text)).toBe("unreadable");
  });
});
