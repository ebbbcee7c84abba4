// JSON lines in and out: the form that scripts use.

import { describe, expect, it } from "vitest";
import { recogniseLine } from "../../lib/recognise-lines.ts";
import { models } from "./requests.ts";

const scope = (service: string, signed: string) =>
  `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=${signed}, Signature=0`;

function answer(line: object | string): Record<string, unknown> {
  const text = typeof line === "string" ? line : JSON.stringify(line);
  return JSON.parse(recogniseLine(text, models)) as Record<string, unknown>;
}

describe("one line", () => {
  it("answers service, operation, actions, resources and parameters", () => {
    const body = Buffer.from('{"TableName":"Orders","Limit":9007199254740993}').toString("base64");
    const headers = {
      Authorization: scope("dynamodb", "content-type;host;x-amz-target"),
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": "DynamoDB_20120810.Scan",
      "X-Unsigned": "ignored",
    };
    const line = JSON.stringify({ method: "POST", path: "/", query: "", headers, body });
    expect(answer(line)).toEqual({
      service: "dynamodb",
      operation: "Scan",
      candidates: [{ service: "dynamodb", operation: "Scan" }],
      iamActions: ["dynamodb:Scan"],
      resources: ["arn:aws:dynamodb:eu-west-1:111122223333:table/Orders"],
      complete: true,
      accessLevel: "read",
      params: { TableName: "Orders", Limit: Number("9007199254740993") },
    });
    expect(recogniseLine(line, models)).toContain('"Limit":9007199254740993');
  });

  it.each([
    ["as text", "versionId=a%20b"],
    ["as pairs", [["versionId", "a b"]]],
    ["as an object", { versionId: "a b" }],
  ])("takes the query %s", (_, query) => {
    const line = { method: "GET", path: "/bkt/k", query, headers: { authorization: scope("s3", "host") } };
    expect(answer(line)).toMatchObject({ operation: "GetObject", params: { VersionId: "a b" } });
  });

  it("takes the bucket from a virtual host", () => {
    const headers = { authorization: scope("s3", "host"), host: "bkt.s3.eu-west-1.amazonaws.com" };
    expect(answer({ method: "GET", path: "/k", headers })).toMatchObject({
      params: { Bucket: "bkt", Key: "k" },
    });
  });

  it("takes chunk framing apart", () => {
    const headers = {
      authorization: scope("s3", "host;x-amz-content-sha256"),
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    };
    const body = Buffer.from("3\r\nabc\r\n0\r\n\r\n").toString("base64");
    const found = answer({ method: "PUT", path: "/bkt/k", headers, body });
    expect(found).toMatchObject({
      operation: "PutObject",
      params: { Body: Buffer.from("abc").toString("base64") },
    });
  });

  it.each([
    ["no JSON", "{", /no JSON object/],
    ["no object", "[]", /no JSON object/],
    ["an unsigned request", { method: "GET", path: "/", headers: {} }, /no SigV4/],
    [
      "an unknown operation",
      { method: "GET", path: "/", headers: { authorization: scope("iam", "host") } },
      /npm run models/,
    ],
  ])("answers a refusal for %s", (_, line, message) => {
    expect(answer(line)).toEqual({ refused: expect.stringMatching(message) });
  });
});
