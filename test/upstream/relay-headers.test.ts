// What of AWS's headers reaches the agent.

import { describe, expect, it } from "vitest";
import { awsRequestIdOf, relayHeaders } from "../../lambdas/upstream/relay-headers.ts";

describe("relayed headers", () => {
  it.each([
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "expires",
    "last-modified",
    "retry-after",
    "x-amz-id-2",
    "x-amz-meta-a",
    "x-amzn-errortype",
    "x-amzn-requestid",
  ])("hold %s", (name) => {
    expect(relayHeaders([[name, "v"]])).toEqual([[name, "v"]]);
  });

  it.each([
    "connection",
    "keep-alive",
    "location",
    "proxy-authenticate",
    "server",
    "set-cookie",
    "set-cookie2",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "www-authenticate",
    "x-cache",
    "x-amz",
    "alt-svc",
    "strict-transport-security",
    "authorization",
  ])("leave out %s", (name) => {
    expect(relayHeaders([[name, "v"]])).toEqual([]);
  });

  it("keep the order and repeated names", () => {
    const headers = [
      ["x-amz-b", "1"],
      ["etag", "e"],
      ["x-amz-b", "2"],
    ] as const;
    expect(relayHeaders(headers)).toEqual(headers);
  });
});

describe("AWS's request id", () => {
  it("is taken in the services' order of preference", () => {
    expect(
      awsRequestIdOf([
        ["x-amz-id-2", "ext="],
        ["x-amz-request-id", "S3ID"],
      ]),
    ).toBe("S3ID");
    expect(awsRequestIdOf([["x-amzn-requestid", "a-b"]])).toBe("a-b");
    expect(awsRequestIdOf([["x-amz-id-2", "ext="]])).toBe("ext=");
  });

  it("is null where there is none, or one of another form", () => {
    expect(awsRequestIdOf([])).toBeNull();
    expect(awsRequestIdOf([["x-amzn-requestid", "a b"]])).toBeNull();
    expect(awsRequestIdOf([["x-amzn-requestid", "a".repeat(201)]])).toBeNull();
  });
});
