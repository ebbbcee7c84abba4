// A missing key may be told to be missing only by a credential that may list the bucket, and only under that key.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM writes its escapes like that

import { describe, expect, it } from "vitest";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import { absenceCallOf } from "../../lambdas/upstream/absence.ts";
import { sessionPolicyFor } from "../../lambdas/upstream/session-policy.ts";
import { parseIdentityPolicy } from "../../lib/local/aws/iam-policy.ts";
import { recognised, request } from "../recognition/requests.ts";

function read(
  method: "GET" | "HEAD",
  key: string,
  query: readonly (readonly [string, string])[] = [],
): AwsCall {
  const path = `/bucket/${encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("*", "%2A")}`;
  return recognised(request("s3", { method, path, query }));
}

function statements(call: AwsCall, absence: AwsCall | undefined): unknown[] {
  const result = sessionPolicyFor(call, "call", absence ?? null);
  if (result.kind !== "policy" || result.policy === null) throw new Error("no policy");
  return JSON.parse(result.policy).Statement;
}

describe("the listing that tells the same as a missing key", () => {
  it.each(["GET", "HEAD"] as const)("of a %s is what recognition makes of that listing", (method) => {
    const listed = recognised(
      request("s3", {
        method: "GET",
        path: "/bucket",
        query: [
          ["list-type", "2"],
          ["prefix", "dir/key"],
        ],
      }),
    );
    expect(absenceCallOf(read(method, "dir/key"))).toMatchObject({
      ...listed,
      upstream: { ...listed.upstream, path: "/bucket" },
    });
  });

  it("is none for a write, a version, a listing, another service or a call that may be two", () => {
    const get = read("GET", "key");
    expect(absenceCallOf(recognised(request("s3", { method: "PUT", path: "/bucket/key" })))).toBeUndefined();
    expect(absenceCallOf(read("GET", "key", [["versionId", "v1"]]))).toBeUndefined();
    expect(absenceCallOf(read("GET", "key", [["acl", ""]]))).toBeUndefined();
    expect(
      absenceCallOf(
        recognised(request("s3", { method: "GET", path: "/bucket", query: [["list-type", "2"]] })),
      ),
    ).toBeUndefined();
    expect(absenceCallOf({ ...get, service: "s3control" })).toBeUndefined();
    const twice = [get.candidates[0], get.candidates[0]] as const;
    expect(absenceCallOf({ ...get, candidates: twice })).toBeUndefined();
  });
});

describe("the credential of a read whose agent may list the key", () => {
  it("may list the bucket under no other prefix than the key, and nothing else is added", () => {
    const call = read("GET", "dir/a*b?${x}");
    const plain = statements(call, undefined);
    expect(statements(call, absenceCallOf(call))).toEqual([
      ...plain,
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: "arn:aws:s3:::bucket",
        Condition: { StringEqualsIfExists: { "s3:prefix": "dir/a${*}b${?}${$}{x}" } },
      },
    ]);
  });

  it("is as before where policy does not permit the listing", () => {
    expect(JSON.stringify(statements(read("GET", "key"), undefined))).not.toContain("ListBucket");
  });

  it("leaves the listing out where there is no room for it", () => {
    const call = read("GET", "é".repeat(150));
    expect(statements(call, absenceCallOf(call))).toEqual(statements(call, undefined));
  });

  it("is one that the local cloud's evaluator reads", () => {
    const call = read("GET", "key");
    const result = sessionPolicyFor(call, "call", absenceCallOf(call) ?? null);
    if (result.kind !== "policy") throw new Error("no policy");
    expect(parseIdentityPolicy(JSON.parse(result.policy ?? ""))).toHaveLength(3);
  });
});
