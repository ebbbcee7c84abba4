// S3: every byte of a key reaches AWS, sub-resources decide the operation, and nothing unknown is let through.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayArn } from "../../lambdas/model/aws-call.ts";
import { type RequestParts, recognised, refused, request } from "./requests.ts";

function s3(method: string, path: string, parts: RequestParts = {}) {
  return request("s3", { method, path, ...parts });
}

function query(...pairs: [string, string][]): RequestParts {
  return { query: pairs };
}

/** Percent-encoding as AWS's own signature rules have it. */
function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

describe("keys", () => {
  it("sends every key on byte for byte, and authorises exactly that key", () => {
    const key = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(key, (text) => {
        const path = `/bkt/${encodeKey(text)}`;
        const call = recognised(s3("GET", path));
        expect(call.operation).toBe("GetObject");
        expect(call.upstream.path).toBe(path);
        expect(call.parameters.Key).toBe(text);
        expect(call.actions[0].resources[0].literals).toEqual([`arn:aws:s3:::bkt/${text}`]);
      }),
    );
  });

  it.each([
    "/bkt/a/../b",
    "/bkt/%2e%2e/b",
    "/bkt//",
    "/bkt/a//b",
    "/bkt/./x",
    "/bkt/a%2Fb",
    "/bkt/dir/",
    "/bkt/%3Facl",
  ])("keeps %s as it is", (path) => {
    expect(recognised(s3("GET", path))).toMatchObject({ operation: "GetObject", upstream: { path } });
  });

  it("decodes a key exactly once", () => {
    expect(recognised(s3("GET", "/bkt/a%2541")).parameters.Key).toBe("a%41");
  });

  it.each(["/bkt/%zz", "/bkt/%", "/bkt/%ff", "/bkt/a b", "/bkt/a\u0000", "/bkt/ü"])("refuses %j", (path) => {
    expect(refused(s3("GET", path)).code).toBe("ValidationError");
  });

  it.each([
    "/ab/k",
    "/bkt%2Fother/k",
    "/..%2Fx/k",
    "/arn%3Aaws%3As3%3A%3A%3Ax/k",
    "/-x-/k",
    "/name--use1-az4--x-s3/k",
  ])("refuses the bucket of %s", (path) => {
    expect(refused(s3("GET", path)).code).toBe("ValidationError");
  });
});

describe("sub-resources", () => {
  it.each([
    ["GET", "/bkt", query(["policy", ""]), "GetBucketPolicy", "s3:GetBucketPolicy"],
    ["PUT", "/bkt", query(["policy", ""]), "PutBucketPolicy", "s3:PutBucketPolicy"],
    ["DELETE", "/bkt", query(["policy", ""]), "DeleteBucketPolicy", "s3:DeleteBucketPolicy"],
    ["GET", "/bkt/", query(["versioning", ""]), "GetBucketVersioning", "s3:GetBucketVersioning"],
    ["GET", "/bkt", query(["versions", ""]), "ListObjectVersions", "s3:ListBucketVersions"],
    ["GET", "/bkt/k", query(["acl", ""]), "GetObjectAcl", "s3:GetObjectAcl"],
    ["GET", "/bkt/k", query(["acl", ""], ["versionId", "1"]), "GetObjectAcl", "s3:GetObjectVersionAcl"],
    ["DELETE", "/bkt/k", query(["versionId", "1"]), "DeleteObject", "s3:DeleteObjectVersion"],
    ["DELETE", "/bkt/k", query(["uploadId", "1"]), "AbortMultipartUpload", "s3:AbortMultipartUpload"],
    [
      "GET",
      "/bkt",
      query(["analytics", ""], ["id", "1"]),
      "GetBucketAnalyticsConfiguration",
      "s3:GetAnalyticsConfiguration",
    ],
    [
      "GET",
      "/bkt",
      query(["analytics", ""]),
      "ListBucketAnalyticsConfigurations",
      "s3:GetAnalyticsConfiguration",
    ],
    ["DELETE", "/bkt", {}, "DeleteBucket", "s3:DeleteBucket"],
    ["DELETE", "/bkt", query(["tagging", ""]), "DeleteBucketTagging", "s3:PutBucketTagging"],
  ] as const)("%s %s %o is %s", (method, path, parts, operation, action) => {
    const call = recognised(s3(method, path, parts));
    expect(call.operation).toBe(operation);
    expect(call.actions[0].action).toBe(action);
  });

  it.each([
    query(["brand-new", ""]),
    query(["acl", ""], ["policy", ""]),
    query(["acl", "x"]),
    query(["acl", ""], ["acl", ""]),
    query(["ACL", ""]),
    query(["policy", ""], ["x-id", "DeleteBucketPolicy"]),
    query(["X-Amz-Signature", "1"]),
  ])("refuses %o", (parts) => {
    expect(["UnknownOperation", "ValidationError"]).toContain(refused(s3("GET", "/bkt/k", parts)).code);
  });

  it("does not forward the hint that the JavaScript SDK adds", () => {
    const { upstream } = recognised(s3("GET", "/bkt/k", query(["x-id", "GetObject"], ["versionId", "1"])));
    expect(upstream.query).toEqual([["versionId", "1"]]);
  });

  it("returns both twins where two operations cannot be told apart, with what both need", () => {
    const call = recognised(s3("GET", "/bkt", query(["lifecycle", ""])));
    expect(call.candidates.map(({ operation }) => operation)).toEqual([
      "GetBucketLifecycleConfiguration",
      "GetBucketLifecycle",
    ]);
    expect(call.actions.map(({ action }) => action)).toEqual(["s3:GetLifecycleConfiguration"]);
  });
});

describe("copy source", () => {
  const copy = (source: string) => s3("PUT", "/bkt/to", { headers: { "x-amz-copy-source": source } });

  it.each([
    ["src/k", "src/k"],
    ["/src/k", "src/k"],
    ["src/a%20b%2Fc", "src/a b/c"],
    ["src/k?versionId=v1", "src/k"],
  ])("reads %s", (source, expected) => {
    const read = recognised(copy(source)).actions.find(({ action }) => action.startsWith("s3:GetObject"));
    expect(read?.resources.map(displayArn)).toEqual([`arn:aws:s3:::${expected}`]);
  });

  it.each([
    "src",
    "src/",
    "//k",
    "src/a+b",
    "src/%zz",
    "arn:aws:s3:eu-west-1:1:accesspoint/a/object/k",
    "src/k?acl",
  ])("refuses %s", (source) => {
    expect(refused(copy(source)).message).toMatch(/copy source/);
  });

  it("asks for the version's action when the source names a version", () => {
    const actions = recognised(copy("src/k?versionId=v1")).actions.map(({ action }) => action);
    expect(actions).toEqual(["s3:PutObject", "s3:GetObjectVersion"]);
  });
});

describe("XML bodies", () => {
  const deletion = (inner: string, root = "Delete") =>
    s3("POST", "/bkt", {
      query: [["delete", ""]],
      body: `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`,
    });
  const one = "<Object><Key>a</Key></Object>";

  it("reads what an SDK writes", () => {
    const call = recognised(deletion("<Object><Key>a&amp;&#xD;</Key></Object><Quiet>true</Quiet>"));
    expect(call.parameters.Delete).toEqual({ Objects: [{ Key: "a&\r" }], Quiet: true });
  });

  it.each([
    ["a document type", '<!DOCTYPE x [<!ENTITY a "b">]>'],
    ["an entity of its own", "<Object><Key>&a;</Key></Object>"],
    ["a comment", `${one}<!-- x -->`],
    ["CDATA", "<Object><Key><![CDATA[a]]></Key></Object>"],
    ["a processing instruction", `${one}<?x y?>`],
    ["a prefixed element", '<s:Object xmlns:s="x"><s:Key>a</s:Key></s:Object>'],
    ["an unknown element", `${one}<Extra>1</Extra>`],
    ["an element in another case", "<object><Key>a</Key></object>"],
    ["an unknown attribute", '<Object a="b"><Key>a</Key></Object>'],
    ["a single member twice", "<Object><Key>a</Key><Key>b</Key></Object>"],
    ["text beside elements", `${one}text`],
    ["an open element", "<Object><Key>a</Key>"],
    ["nesting without end", "<Object>".repeat(80)],
    ["a null character", "<Object><Key>&#0;</Key></Object>"],
  ])("refuses %s", (_, inner) => {
    expect(["UnknownOperation", "ValidationError"]).toContain(refused(deletion(inner)).code);
  });

  it("refuses another root, a second root and an empty body where members are needed", () => {
    expect(refused(deletion(one, "Remove")).message).toMatch(/`Remove`/);
    const twice = s3("POST", "/bkt", { query: [["delete", ""]], body: `<Delete>${one}</Delete><Delete/>` });
    expect(refused(twice).message).toMatch(/root/);
  });

  it("refuses a body where the operation has none", () => {
    expect(refused(s3("DELETE", "/bkt/k", { body: "x" })).message).toMatch(/no body/);
  });
});

describe("headers", () => {
  it("refuses an x-amz header that the model lacks, and drops what says nothing", () => {
    const headers = {
      host: "x",
      "user-agent": "y",
      "amz-sdk-request": "attempt=1",
      "x-amz-date": "z",
      accept: "*/*",
    };
    expect(recognised(s3("GET", "/bkt/k", { headers })).upstream.headers).toEqual([]);
    expect(refused(s3("GET", "/bkt/k", { headers: { "x-amz-new": "1" } })).message).toMatch(/`x-amz-new`/);
    expect(refused(s3("DELETE", "/bkt/k", { headers: { range: "bytes=0-1" } })).message).toMatch(/`range`/);
  });

  it("refuses a modelled header that stands twice or holds a line break", () => {
    expect(refused(s3("GET", "/bkt/k", { headers: { range: ["bytes=0-1", "bytes=2-3"] } })).message).toMatch(
      /more than once/,
    );
    expect(refused(s3("GET", "/bkt/k", { headers: { range: "a\r\nb" } })).message).toMatch(/control/);
  });

  it("removes the chunk framing from content-encoding and keeps the rest", () => {
    const put = (coding: string) =>
      recognised(s3("PUT", "/bkt/k", { headers: { "content-encoding": coding }, body: "x" }));
    expect(put("aws-chunked").upstream.headers).toEqual([]);
    expect(put("aws-chunked,gzip").upstream.headers).toEqual([["content-encoding", "gzip"]]);
  });

  it("gives the host from the table, path-style, whatever host was sent", () => {
    const { upstream } = recognised(s3("GET", "/bkt/k", { headers: { host: "evil.example" } }));
    expect(upstream.host).toBe("s3.eu-west-1.amazonaws.com");
  });
});
