// One call has one key, whatever its retries; two calls never share one.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AwsCall, UpstreamRequest } from "../../lambdas/model/aws-call.ts";
import { parseSessionId, type RoleArn, type SessionId } from "../../lambdas/model/ids.ts";
import type { Principal } from "../../lambdas/model/principal.ts";
import type { WireRequest } from "../../lambdas/model/wire-request.ts";
import {
  callItemKey,
  callKeyOf,
  fingerprintOf,
  heldFingerprintOf,
  nextAttempt,
  openItemKey,
  refusalItemKey,
  requestDigest,
} from "../../lambdas/recording/keys.ts";
import { callWith } from "../upstream/calls.ts";

const session = parseSessionId("A".repeat(26)) as SessionId;
const role = "arn:aws:iam::111122223333:role/reader" as RoleArn;
const principal: Principal = { issuer: "https://idp.example", subject: "a", groups: [], claims: {} };
const call = callWith({});
const body = Buffer.from("body");
const base = fingerprintOf(principal, role, call, body);
const upstream = (replaced: Partial<UpstreamRequest>): AwsCall =>
  callWith({ upstream: { ...call.upstream, ...replaced } });

describe("the fingerprint", () => {
  it.each<[string, string]>([
    ["issuer", fingerprintOf({ ...principal, issuer: "https://idp.other" }, role, call, body)],
    ["subject", fingerprintOf({ ...principal, subject: "b" }, role, call, body)],
    ["role", fingerprintOf(principal, "arn:aws:iam::111122223333:role/writer" as RoleArn, call, body)],
    ["service", fingerprintOf(principal, role, callWith({ service: "s3control" }), body)],
    ["operation", fingerprintOf(principal, role, callWith({ operation: "HeadObject" }), body)],
    ["region", fingerprintOf(principal, role, callWith({ region: "us-east-1" }), body)],
    ["account", fingerprintOf(principal, role, callWith({ account: "444455556666" }), body)],
    ["method", fingerprintOf(principal, role, upstream({ method: "HEAD" }), body)],
    ["host", fingerprintOf(principal, role, upstream({ host: "s3.us-east-1.amazonaws.com" }), body)],
    ["path", fingerprintOf(principal, role, upstream({ path: "/bucket/key/" }), body)],
    ["query", fingerprintOf(principal, role, upstream({ query: [["versionId", "1"]] }), body)],
    ["header", fingerprintOf(principal, role, upstream({ headers: [["range", "bytes=0-1"]] }), body)],
    ["body", fingerprintOf(principal, role, call, Buffer.from("bodx"))],
  ])("changes with the %s", (_part, changed) => {
    expect(changed).not.toBe(base);
  });

  it("is the same for the same call, and does not change with groups", () => {
    expect(fingerprintOf({ ...principal, groups: ["g"] }, role, callWith({}), Buffer.from("body"))).toBe(
      base,
    );
  });

  it("does not let a part of one field stand in another", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        expect(fingerprintOf({ ...principal, issuer: a, subject: b }, role, call, body)).not.toBe(
          fingerprintOf({ ...principal, issuer: c, subject: d }, role, call, body),
        );
      }),
    );
    const split = (at: number) => ({
      ...principal,
      issuer: "abcdef".slice(0, at),
      subject: "abcdef".slice(at),
    });
    const splits = Array.from({ length: 7 }, (_, at) => fingerprintOf(split(at), role, call, body));
    expect(new Set(splits).size).toBe(7);
    expect(fingerprintOf(principal, role, upstream({ query: [["a", "b"]] }), body)).not.toBe(
      fingerprintOf(
        principal,
        role,
        upstream({
          query: [
            ["a", ""],
            ["b", ""],
          ],
        }),
        body,
      ),
    );
    expect(fingerprintOf(principal, role, upstream({ query: [["a", "b"]] }), body)).not.toBe(
      fingerprintOf(principal, role, upstream({ headers: [["a", "b"]] }), body),
    );
  });
});

describe("the fingerprint of a call with an idempotency token", () => {
  const heldOf = (parameters: AwsCall["parameters"], replaced: Partial<UpstreamRequest> = {}) =>
    heldFingerprintOf(
      principal,
      role,
      callWith({
        parameters: { token: "t", ...parameters },
        idempotencyTokens: ["token"],
        upstream: { ...call.upstream, ...replaced },
      }),
    );
  const tree = (members: AwsCall["parameters"]): AwsCall["parameters"] =>
    Object.assign(Object.create(null), members);

  it("is the same for another token and another order of members", () => {
    expect(heldOf({ a: "1", b: "2", token: "u" })).toBe(heldOf({ b: "2", a: "1" }));
  });

  it("tells a long number from a document's object that spells it", () => {
    const text = "123456789012345678901";
    expect(heldOf({ a: { kind: "number", text } })).not.toBe(heldOf({ a: tree({ kind: "number", text }) }));
  });

  it.each<[string, AwsCall["parameters"], AwsCall["parameters"]]>([
    ["a text and a number", { a: "1" }, { a: 1 }],
    ["a text and bytes", { a: "1" }, { a: Buffer.from("1") }],
    ["a list and an object", { a: ["x"] }, { a: tree({ 0: "x" }) }],
    ["an empty list and none", { a: [] }, {}],
    ["null and the text", { a: null }, { a: "null" }],
    ["one list and two", { a: ["x", "y"] }, { a: ["x"], y: [] }],
    ["the depth of a member", { a: tree({ b: "x" }) }, { a: tree({}), b: "x" }],
  ])("tells apart %s", (_, one, other) => {
    expect(heldOf(one)).not.toBe(heldOf(other));
  });

  it("tells apart the type under which a payload is sent", () => {
    const sentAs = (type: string) => heldOf({ a: "1" }, { headers: [["content-type", type]] });
    expect(sentAs("application/json")).not.toBe(sentAs("application/xml"));
  });
});

describe("a call's key", () => {
  const key = callKeyOf(session, { kind: "invocation", id: "i-1" }, base);

  it("is the same for a retry under one invocation id", () => {
    expect(callKeyOf(session, { kind: "invocation", id: "i-1" }, base)).toEqual(key);
  });

  it("is another for another invocation, session or fingerprint, and for a signature of the same text", () => {
    const others = [
      callKeyOf(session, { kind: "invocation", id: "i-2" }, base),
      callKeyOf(session, { kind: "signature", signature: "i-1" }, base),
      callKeyOf(session, { kind: "invocation", id: "i-1" }, "f".repeat(64)),
      callKeyOf("B".repeat(26) as SessionId, { kind: "invocation", id: "i-1" }, base),
    ].map((other) => JSON.stringify(callItemKey(other, "INTENT")));
    expect(new Set([...others, JSON.stringify(callItemKey(key, "INTENT"))]).size).toBe(5);
  });

  it("names intent, outcome and later attempts apart", () => {
    expect(callItemKey(key, "INTENT")).toEqual({ pk: `SESSION#${session}`, sk: `CALL#${key.hash}#INTENT` });
    expect(callItemKey(key, "OUTCOME").sk).toBe(`CALL#${key.hash}#OUTCOME`);
    expect(callItemKey(nextAttempt(key), "INTENT").sk).toBe(`CALL#${key.hash}#2#INTENT`);
    expect(callItemKey(nextAttempt(nextAttempt(key)), "OUTCOME").sk).toBe(`CALL#${key.hash}#3#OUTCOME`);
  });

  it("holds nothing that the caller wrote", () => {
    const hostile = callKeyOf(session, { kind: "invocation", id: "x#OUTCOME" }, base);
    expect(callItemKey(hostile, "INTENT").sk).toMatch(/^CALL#[0-9a-f]{64}#INTENT$/);
  });
});

describe("other keys", () => {
  const at = "2026-01-02T03:04:05.006Z";

  it("put the opening and the refusals of a session beside its calls", () => {
    expect(openItemKey(session)).toEqual({ pk: `SESSION#${session}`, sk: "OPEN" });
    expect(refusalItemKey(session, at, "r-1")).toEqual({ pk: `SESSION#${session}`, sk: `REFUSAL#${at}#r-1` });
  });

  it("spread refusals without a session over 16 shards of their day", () => {
    const keys = Array.from({ length: 400 }, (_, index) => refusalItemKey(null, at, `r-${index}`).pk);
    expect(keys.every((pk) => /^REFUSED#2026-01-02#([0-9]|1[0-5])$/.test(pk))).toBe(true);
    expect(new Set(keys).size).toBe(16);
  });
});

describe("the request digest", () => {
  const wire: WireRequest = {
    method: "GET",
    path: "/aws/b",
    query: [
      ["a", "1"],
      ["a", "2"],
    ],
    headers: new Map([
      ["host", ["h"]],
      ["x-amz-date", ["d"]],
    ]),
    body,
    viewerIp: "192.0.2.1",
    gatewayRequestId: "r-1",
  };

  it("does not change with the order of header names, nor with what our edge wrote", () => {
    const reordered = new Map([...wire.headers].reverse());
    expect(
      requestDigest({ ...wire, headers: reordered, viewerIp: "192.0.2.2", gatewayRequestId: "r-2" }),
    ).toBe(requestDigest(wire));
  });

  it.each<[string, Partial<WireRequest>]>([
    ["method", { method: "PUT" }],
    ["path", { path: "/aws/b/" }],
    [
      "order of the query",
      {
        query: [
          ["a", "2"],
          ["a", "1"],
        ],
      },
    ],
    [
      "value of a header",
      {
        headers: new Map([
          ["host", ["h2"]],
          ["x-amz-date", ["d"]],
        ]),
      },
    ],
    [
      "number of a header's values",
      {
        headers: new Map([
          ["host", ["h", "x-amz-date"]],
          ["d", []],
        ]),
      },
    ],
    ["body", { body: Buffer.from("bodx") }],
  ])("changes with the %s", (_part, replaced) => {
    expect(requestDigest({ ...wire, ...replaced })).not.toBe(requestDigest(wire));
  });
});
