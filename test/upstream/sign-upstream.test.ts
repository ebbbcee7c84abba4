// Signed bytes are the bytes sent: each signature is checked against a canonical request that the test derives, by the
// SigV4 specification, from the wire form alone.

import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UpstreamRequest } from "../../lambdas/model/aws-call.ts";
import { type SignedUpstream, signUpstream } from "../../lambdas/upstream/sign-upstream.ts";
import { callWith } from "./calls.ts";

const CREDENTIALS = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret/key+example",
  sessionToken: "token//example==",
  expiresAt: 2_000_000_000,
};
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const S3 = { signingName: "s3", region: "eu-west-1" };
const DYNAMODB = { signingName: "dynamodb", region: "eu-west-1" };
const BASE = callWith({}).upstream;

function sign(replaced: Partial<UpstreamRequest>, call = S3): Promise<SignedUpstream> {
  return signUpstream({ ...BASE, ...replaced }, call, CREDENTIALS, NOW_MS);
}

const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** The Authorization header that AWS would expect for what goes on the wire. */
function expectedAuthorization(
  { method, path, headers, body }: SignedUpstream,
  { signingName, region }: typeof S3,
): string {
  const [target = "", query = ""] = path.split("?");
  const canonicalPath = signingName === "s3" ? target : target.replaceAll("%", "%25");
  const names = Object.keys(headers)
    .filter((name) => !["authorization", "user-agent", "accept-encoding"].includes(name))
    .sort();
  const canonical = [
    method,
    canonicalPath,
    query === "" ? "" : query.split("&").sort(byNameThenValue).join("&"),
    ...names.map((name) => `${name}:${headers[name]?.trim().replace(/[ \t]+/g, " ")}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = `20260102/${region}/${signingName}/aws4_request`;
  const key = ["20260102", region, signingName, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  const signature = hmac(
    key as Buffer,
    `AWS4-HMAC-SHA256\n20260102T030405Z\n${scope}\n${sha256(canonical)}`,
  ).toString("hex");
  return `AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
}

function byNameThenValue(a: string, b: string): number {
  const [[nameA = "", valueA = ""], [nameB = "", valueB = ""]] = [a.split("="), b.split("=")];
  return nameA === nameB ? Number(valueA > valueB) - Number(valueA < valueB) : nameA < nameB ? -1 : 1;
}

describe("an S3 request", () => {
  it.each([
    "/b/a/../c",
    "/b//x",
    "/b/./y",
    "/b/%2e%2e/c",
    "/b/a%2Fb",
    "/b/%3F%2A%20",
    "/b/%E2%82%AC",
    "/b/a+b",
    "/",
  ])("keeps and signs the path %s byte for byte", async (path) => {
    const signed = await sign({ path });
    expect(signed.path).toBe(path);
    expect(signed.headers.authorization).toBe(expectedAuthorization(signed, S3));
  });

  it("carries the hash of its payload as a signed header", async () => {
    const signed = await sign({ method: "PUT", body: Buffer.from("abc") });
    expect(signed.headers["x-amz-content-sha256"]).toBe(sha256("abc"));
    expect(signed.headers.authorization).toContain("x-amz-content-sha256");
  });
});

describe("any request", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((value) => value.isWellFormed());
  const queryName = text.filter((name) => name !== "__proto__" && !/^x-amz-signature$/i.test(name));

  it("signs the query as it stands on the wire, repeated and hostile names too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(queryName, text), { maxLength: 6 }), async (query) => {
        const signed = await sign({ query });
        expect(signed.headers.authorization).toBe(expectedAuthorization(signed, S3));
        const [, wire] = signed.path.split("?");
        expect([...new URLSearchParams(wire ?? "")]).toEqual(query);
      }),
      { numRuns: 300 },
    );
  });

  it("signs every header of the model, cache-control and expect among them", async () => {
    const signed = await sign({
      headers: [
        ["cache-control", "no-cache"],
        ["content-type", "a/b;  c=d"],
        ["x-amz-meta-__proto__", "v"],
        ["expect", "x"],
      ],
    });
    expect(signed.headers.authorization).toBe(expectedAuthorization(signed, S3));
    for (const name of [
      "cache-control",
      "content-type",
      "expect",
      "host",
      "x-amz-date",
      "x-amz-security-token",
    ]) {
      expect(signed.headers.authorization).toMatch(new RegExp(`[=;]${name}[;,]`));
    }
  });

  it("encodes the path twice in the signature, other than S3", async () => {
    const signed = await sign({ method: "POST", path: "/a%20b/c", body: Buffer.from("{}") }, DYNAMODB);
    expect(signed.path).toBe("/a%20b/c");
    expect(signed.headers.authorization).toBe(expectedAuthorization(signed, DYNAMODB));
    expect(signed.headers).not.toHaveProperty("x-amz-content-sha256");
  });

  it("asks for an answer that is not compressed", async () => {
    expect((await sign({})).headers["accept-encoding"]).toBe("identity");
  });

  it("never carries the secret key", async () => {
    expect(JSON.stringify(await sign({}))).not.toContain(CREDENTIALS.secretAccessKey);
  });
});

describe("what cannot be signed unambiguously", () => {
  it.each([
    ["a line break in a header", { headers: [["x-amz-a", "b\r\nx-amz-c: d"]] }],
    ["a header beyond ASCII", { headers: [["x-amz-a", "é"]] }],
    [
      "a header twice",
      {
        headers: [
          ["x-amz-a", "1"],
          ["x-amz-a", "2"],
        ],
      },
    ],
    ["a header name in upper case", { headers: [["X-Amz-A", "1"]] }],
    ["a header name with a space", { headers: [["x-amz-a ", "1"]] }],
    ["an authorization of its own", { headers: [["authorization", "x"]] }],
    ["a security token of its own", { headers: [["x-amz-security-token", "x"]] }],
    ["a payload hash of its own", { headers: [["x-amz-content-sha256", "UNSIGNED-PAYLOAD"]] }],
    ["a host of its own", { headers: [["host", "evil.example"]] }],
    ["a query in the path", { path: "/b?acl" }],
    ["a fragment in the path", { path: "/b#x" }],
    ["a path that is not encoded", { path: "/b c" }],
    ["a path that is none", { path: "b" }],
    ["a signature in the query", { query: [["X-Amz-Signature", "x"]] }],
    ["a prototype in the query", { query: [["__proto__", "x"]] }],
  ] as const)("throws on %s", async (_what, replaced) => {
    await expect(sign(replaced)).rejects.toThrow();
  });
});
