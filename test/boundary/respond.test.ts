// The clothes of a refusal: each protocol's error form, with whatever the caller wrote escaped.

import { decode } from "cborg";
import { describe, expect, it } from "vitest";
import { respondRefusal } from "../../lambdas/boundary/respond.ts";
import { refuse } from "../../lambdas/model/refusal.ts";
import type { WireRequest } from "../../lambdas/model/wire-request.ts";

const denied = refuse("AccessDenied", 'no policy permits `<a>&"\u0000`');

describe("respondRefusal", () => {
  it.each([
    ["s3", {}, "<Error><Code>AccessDenied</Code>"],
    [
      "iam",
      { "content-type": "application/x-www-form-urlencoded" },
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>",
    ],
    [
      "ec2",
      { "content-type": "application/x-www-form-urlencoded" },
      "<Response><Errors><Error><Code>AccessDenied</Code>",
    ],
    ["route53", {}, "<ErrorResponse>"],
    ["dynamodb", { "x-amz-target": "DynamoDB_20120810.GetItem" }, '{"__type":"AccessDeniedException"'],
    ["lambda", {}, '{"__type":"AccessDeniedException"'],
  ])("answers a call to %s in the form that its SDK parses", (service, headers, expected) => {
    const { status, body } = respondRefusal(denied, requestTo(service, headers));
    expect(status).toBe(403);
    expect(text(body)).toContain(expected);
  });

  it.each([
    ["an anonymous read, as S3 does", {}, "/aws/bucket/key", "<Error><Code>AccessDenied</Code>"],
    ["an unsigned JSON call in JSON", { "content-type": "application/json" }, "/aws/x", '{"__type"'],
    ["a refused container exchange in JSON", {}, "/aws/credentials", '{"__type"'],
  ])("answers %s", (_what, headers: Record<string, string>, path, expected) => {
    const unsigned = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
    const { body } = respondRefusal(denied, { ...requestTo("s3", {}), path, headers: unsigned });
    expect(text(body)).toContain(expected);
  });

  it("answers rpc-v2-cbor in CBOR", () => {
    const { body, headers } = respondRefusal(
      denied,
      requestTo("cloudwatch", { "smithy-protocol": "rpc-v2-cbor" }),
    );
    expect(headers["smithy-protocol"]).toBe("rpc-v2-cbor");
    expect(decode(body as Uint8Array)).toEqual({ __type: "AccessDeniedException", message: denied.message });
  });

  it("escapes what the caller wrote and replaces what XML cannot hold", () => {
    const { body } = respondRefusal(denied, requestTo("s3", {}));
    expect(text(body)).toContain("<Message>no policy permits `&lt;a&gt;&amp;&quot;\ufffd`</Message>");
  });

  it("gives a HEAD request no body", () => {
    const { status, body } = respondRefusal(denied, { ...requestTo("s3", {}), method: "HEAD" });
    expect(status).toBe(403);
    expect(body).toHaveLength(0);
  });

  it.each(["s3", "iam", "dynamodb"])(
    "answers a call in doubt to %s with a status that SDKs do not retry",
    (service) => {
      expect(respondRefusal(refuse("RequestInDoubt", "unknown"), requestTo(service, {})).status).toBe(400);
    },
  );

  it("lets SDKs retry S3 throttling by its own name and status", () => {
    const { status, body } = respondRefusal(refuse("Throttling", "slow down"), requestTo("s3", {}));
    expect(status).toBe(503);
    expect(text(body)).toContain("<Code>SlowDown</Code>");
  });
});

function requestTo(service: string, headers: Record<string, string>): WireRequest {
  const scope = `CSGNAAAAAAAAAAAAAAAAAAAAAAAAAA/20260101/eu-west-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`;
  return {
    method: "POST",
    path: "/aws/",
    query: [],
    headers: new Map(Object.entries({ authorization, ...headers }).map(([name, value]) => [name, [value]])),
    body: new Uint8Array(),
    viewerIp: "192.0.2.1",
    gatewayRequestId: "r-1",
  };
}

function text(body: unknown): string {
  return new TextDecoder().decode(body as Uint8Array);
}
