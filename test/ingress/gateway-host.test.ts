import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusalOfHost } from "../../lambdas/ingress/gateway-host.ts";
import type { WireRequest } from "../../lambdas/model/wire-request.ts";

const URL_OF_GATEWAY = "https://gateway.example";

function requestTo(...hosts: readonly string[]): WireRequest {
  return {
    method: "GET",
    path: "/aws/key",
    query: [],
    headers: new Map(hosts.length === 0 ? [] : [["host", hosts]]),
    body: new Uint8Array(),
    viewerIp: "192.0.2.1",
    gatewayRequestId: "id",
  };
}

describe("a host that is the gateway's", () => {
  test.each(["gateway.example", "gateway.example:443", "GateWay.Example", "gateway.example:8788"])(
    "passes as `%s`",
    (host) => expect(refusalOfHost(requestTo(host), URL_OF_GATEWAY)).toBeUndefined(),
  );

  test("passes on a developer's machine whatever its port, since HTTP and TLS have one each", () => {
    expect(refusalOfHost(requestTo("127.0.0.1:8788"), "http://127.0.0.1:8787")).toBeUndefined();
    expect(refusalOfHost(requestTo("127.0.0.1"), "http://127.0.0.1:8787")).toBeUndefined();
  });
});

describe("a host that is not the gateway's", () => {
  test.each([
    "bucket.gateway.example",
    "my.dotted.bucket.gateway.example:443",
    "111122223333.s3-control.gateway.example",
  ])("is refused as `%s` with the way to path-style addresses", (host) => {
    expect(refusalOfHost(requestTo(host), URL_OF_GATEWAY)).toMatchObject({
      code: "ValidationError",
      message: expect.stringMatching(/forcePathStyle.*disableHostPrefix/),
    });
  });

  test.each([
    "",
    "other.example",
    "gateway.example.",
    "gateway.example.evil.example",
    "notgateway.example",
    ".gateway.example ",
    "gateway.example:443:80",
    "gateway.example@evil.example",
    "gateway.example:",
    "bucket.s3.eu-west-1.amazonaws.com",
  ])("is refused as `%s`", (host) => {
    expect(refusalOfHost(requestTo(host), URL_OF_GATEWAY)).toMatchObject({ code: "ValidationError" });
  });

  test("is refused when it is missing or there twice", () => {
    expect(refusalOfHost(requestTo(), URL_OF_GATEWAY)).toMatchObject({
      message: expect.stringContaining("`https://gateway.example/aws`"),
    });
    const twice = requestTo("gateway.example", "gateway.example");
    expect(refusalOfHost(twice, URL_OF_GATEWAY)).toMatchObject({ code: "ValidationError" });
  });

  test("is refused whatever it is, and is never repeated in the answer", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (host) => {
        const refusal = refusalOfHost(requestTo(host), URL_OF_GATEWAY);
        return refusal !== undefined && (host.trim() === "" || !refusal.message.includes(host));
      }),
      { examples: [["xgateway.example"], ["gateway.examplex"]] },
    );
  });
});
