import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostOf } from "../../lambdas/ingress/gateway-host.ts";

const OWN_DOMAIN = "https://gateway.example";
const CLOUDFRONT = "https://d111111abcdef8.cloudfront.net";

function host(publicUrl: string, ...hosts: readonly string[]): ReturnType<typeof hostOf> {
  return hostOf({ headers: new Map(hosts.length === 0 ? [] : [["host", hosts]]) }, publicUrl);
}

describe("a host that is the gateway's", () => {
  test.each(["gateway.example", "gateway.example:443", "GateWay.Example", "gateway.example:8788"])(
    "passes as `%s`, with nothing before it",
    (named) => expect(host(OWN_DOMAIN, named)).toEqual({ kind: "host", prefix: "" }),
  );

  test("passes on a developer's machine whatever its port, since HTTP and TLS have one each", () => {
    expect(host("http://127.0.0.1:8787", "127.0.0.1:8788")).toEqual({ kind: "host", prefix: "" });
    expect(host("http://127.0.0.1:8787", "127.0.0.1")).toEqual({ kind: "host", prefix: "" });
  });
});

describe("what stands before the name of an own domain", () => {
  test.each([
    ["bucket.gateway.example", "bucket."],
    ["bucket.gateway.example:443", "bucket."],
    ["bucket.GATEWAY.example", "bucket."],
    ["111122223333.gateway.example", "111122223333."],
    ["data-gateway.example", "data-"],
    ["cp.tracking.gateway.example", "cp.tracking."],
    ["control-storage-gateway.example", "control-storage-"],
  ])("is told of `%s` as `%s`", (named, prefix) => {
    expect(host(OWN_DOMAIN, named)).toEqual({ kind: "host", prefix });
  });

  test.each([
    "Bucket.gateway.example",
    "bucket..gateway.example",
    ".gateway.example",
    "my_bucket.gateway.example",
    "-bucket.gateway.example",
    "bucket-.gateway.example",
    "b%2e.gateway.example",
    "a b.gateway.example",
    "bücket.gateway.example",
    "user@bucket.gateway.example",
    "bucket:80.gateway.example",
    "a.b.c.d.e.gateway.example",
    `${"a".repeat(64)}.gateway.example`,
  ])("is refused as `%s` with the way to path-style addresses", (named) => {
    expect(host(OWN_DOMAIN, named)).toMatchObject({
      code: "ValidationError",
      message: expect.stringMatching(/forcePathStyle.*disableHostPrefix/),
    });
  });

  test("is what was sent, or a refusal: never anything else", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab9.-_%A:@/ "), maxLength: 12 });
    fc.assert(
      fc.property(text, (before) => {
        const found = host(OWN_DOMAIN, `${before}gateway.example`);
        if (found.kind === "refused") return true;
        return found.prefix === before && (before === "" || /^[a-z0-9][a-z0-9.-]*[.-]$/.test(before));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("before a name that has no wildcard certificate, a bucket is refused with the way to path-style addresses", () => {
  test.each([
    [CLOUDFRONT, "bucket.d111111abcdef8.cloudfront.net"],
    ["https://127.0.0.1:8788", "bucket.127.0.0.1:8788"],
    ["https://[::1]:8788", "bucket.[::1]:8788"],
    ["http://localhost:8787", "bucket.localhost:8787"],
    ["http://gateway.localhost:8787", "bucket.gateway.localhost"],
    [
      "https://abcdef.execute-api.eu-west-1.amazonaws.com",
      "bucket.abcdef.execute-api.eu-west-1.amazonaws.com",
    ],
    ["http://gateway", "bucket.gateway"],
    ["http://10.0.0.1:8787", "bucket.10.0.0.1:8787"],
  ])("of %s", (publicUrl, named) => {
    expect(host(publicUrl, named)).toMatchObject({
      code: "ValidationError",
      message: expect.stringMatching(/forcePathStyle.*disableHostPrefix/),
    });
  });
});

describe("a host that is not the gateway's", () => {
  test.each([
    "",
    "other.example",
    "gateway.example.gateway.other",
    "gateway.example.",
    "gateway.example.evil.example",
    "notgateway.example",
    ".gateway.example ",
    "gateway.example:443:80",
    "gateway.example@evil.example",
    "gateway.example:",
    "bucket.s3.eu-west-1.amazonaws.com",
  ])("is refused as `%s`", (named) => {
    expect(host(OWN_DOMAIN, named)).toMatchObject({ code: "ValidationError" });
  });

  test("is refused when it is missing or there twice", () => {
    expect(host(OWN_DOMAIN)).toMatchObject({
      message: expect.stringContaining("`https://gateway.example/aws`"),
    });
    expect(host(OWN_DOMAIN, "gateway.example", "gateway.example")).toMatchObject({ code: "ValidationError" });
  });

  test("is refused whatever it is, and is never repeated in the answer", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (named) => {
        const refusal = host(OWN_DOMAIN, named);
        return refusal.kind === "refused" && (named.trim() === "" || !refusal.message.includes(named));
      }),
      { examples: [["xgateway.example"], ["gateway.examplex"]] },
    );
  });
});
