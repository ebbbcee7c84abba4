// The two requests that carry a token in the authorization header: container credentials and plain Bearer calls.

import { describe, expect, it } from "vitest";
import { parseBearerRequest } from "../../lambdas/identity/bearer-request.ts";
import { parseContainerCredentialsRequest } from "../../lambdas/identity/container-credentials.ts";
import type { WireRequest } from "../../lambdas/model/wire-request.ts";
import { ROLE, TOKEN, wire } from "./wire.ts";

const CONTAINER = {
  path: "/aws/credentials",
  query: [["role_arn", ROLE]] as const,
  headers: { authorization: TOKEN } as Readonly<Record<string, string | readonly string[]>>,
};

describe("a request for container credentials", () => {
  it("is an exchange with the default duration", () => {
    expect(parseContainerCredentialsRequest(wire(CONTAINER))).toEqual({
      kind: "exchange",
      exchange: {
        role: ROLE,
        sessionName: "container-credentials",
        unverifiedToken: TOKEN,
        durationSeconds: undefined,
      },
    });
  });

  it.each([
    ["POST", { method: "POST" }, "InvalidRequest"],
    ["HEAD", { method: "HEAD" }, "InvalidRequest"],
    ["a path behind", { path: "/aws/credentials/" }, "InvalidRequest"],
    ["a body", { body: "x" }, "InvalidRequest"],
    ["no role", { query: [] }, "ValidationError"],
    ["two roles", { query: [...CONTAINER.query, ...CONTAINER.query] }, "ValidationError"],
    ["another parameter", { query: [...CONTAINER.query, ["x", ""]] }, "ValidationError"],
    ["the parameter in other case", { query: [["Role_Arn", ROLE]] }, "ValidationError"],
    ["a role that is none", { query: [["role_arn", "admin"]] }, "ValidationError"],
    ["no token", { headers: {} }, "MissingAuthenticationToken"],
    ["two tokens", { headers: { authorization: [TOKEN, TOKEN] } }, "MissingAuthenticationToken"],
    ["a scheme", { headers: { authorization: `Bearer ${TOKEN}` } }, "MissingAuthenticationToken"],
    ["two parts", { headers: { authorization: "a.b" } }, "MissingAuthenticationToken"],
    ["a signature", { headers: { authorization: "AWS4-HMAC-SHA256 x" } }, "MissingAuthenticationToken"],
    [
      "20,001 characters",
      { headers: { authorization: `${"a".repeat(19_997)}.b.c` } },
      "MissingAuthenticationToken",
    ],
  ] as readonly [string, Partial<Parameters<typeof wire>[0]>, string][])(
    "is refused with %s",
    (_, change, code) => {
      expect(parseContainerCredentialsRequest(wire({ ...CONTAINER, ...change }))).toMatchObject({ code });
    },
  );
});

const HEADERS: Readonly<Record<string, string | readonly string[]>> = {
  authorization: `Bearer ${TOKEN}`,
  "countersign-service": "dynamodb",
  "countersign-region": "eu-west-1",
  "countersign-role": ROLE,
  host: "gateway.example.com",
  date: "Sat, 21 Nov 2026 10:00:00 GMT",
  "content-length": "2",
  "content-type": "application/x-amz-json-1.0",
  "x-amz-target": "DynamoDB_20120810.GetItem",
};

function bearer(change: Partial<Parameters<typeof wire>[0]>): WireRequest {
  return wire({ method: "POST", path: "/aws", headers: HEADERS, body: "{}", ...change });
}

describe("a call with a token", () => {
  it("becomes a request as if signed, without the headers of the scheme", () => {
    expect(parseBearerRequest(bearer({ path: "/aws/a%2Fb/../c", query: [["q", "1"]] }))).toEqual({
      kind: "bearer",
      bearer: {
        role: ROLE,
        unverifiedToken: TOKEN,
        request: {
          method: "POST",
          path: "/a%2Fb/../c",
          query: [["q", "1"]],
          headers: new Map([
            ["content-type", ["application/x-amz-json-1.0"]],
            ["x-amz-target", ["DynamoDB_20120810.GetItem"]],
          ]),
          body: Buffer.from("{}"),
          signingName: "dynamodb",
          region: "eu-west-1",
        },
      },
    });
  });

  it.each(["/aws", "/aws/"])("goes to the root by %s", (path) => {
    expect(parseBearerRequest(bearer({ path }))).toMatchObject({ bearer: { request: { path: "/" } } });
  });

  it.each([
    ["no token", { authorization: [] }, "MissingAuthenticationToken"],
    ["two tokens", { authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] }, "MissingAuthenticationToken"],
    [
      "two tokens in one header",
      { authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` },
      "MissingAuthenticationToken",
    ],
    ["another scheme", { authorization: `DPoP ${TOKEN}` }, "MissingAuthenticationToken"],
    ["no scheme", { authorization: TOKEN }, "MissingAuthenticationToken"],
    ["two spaces", { authorization: `Bearer  ${TOKEN}` }, "MissingAuthenticationToken"],
    ["a tab", { authorization: `Bearer\t${TOKEN}` }, "MissingAuthenticationToken"],
    ["an opaque token", { authorization: "Bearer 2YotnFZFEjr1zCsicMWpAA" }, "MissingAuthenticationToken"],
    ["an encrypted token", { authorization: "Bearer a.b.c.d.e" }, "MissingAuthenticationToken"],
    ["a signature's date", { "x-amz-date": "20270115T080000Z" }, "InvalidRequest"],
    ["a signature's token", { "x-amz-security-token": "x" }, "InvalidRequest"],
    ["a signature's payload hash", { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }, "InvalidRequest"],
    ["a chunked body", { "content-encoding": "aws-chunked" }, "InvalidRequest"],
    ["a chunked body among others", { "content-encoding": ["gzip,AWS-Chunked"] }, "InvalidRequest"],
    ["a transfer encoding", { "transfer-encoding": "chunked" }, "InvalidRequest"],
    ["no service", { "countersign-service": [] }, "ValidationError"],
    ["two services", { "countersign-service": ["s3", "iam"] }, "ValidationError"],
    ["a service that is a host", { "countersign-service": "evil.example" }, "ValidationError"],
    ["a service with a path", { "countersign-service": "s3/../iam" }, "ValidationError"],
    ["a service in upper case", { "countersign-service": "S3" }, "ValidationError"],
    ["no region", { "countersign-region": [] }, "ValidationError"],
    ["a region that is a host", { "countersign-region": "x.evil.example" }, "ValidationError"],
    ["a region with a line feed", { "countersign-region": "eu-west-1\n" }, "ValidationError"],
    ["no role", { "countersign-role": [] }, "ValidationError"],
    ["two roles", { "countersign-role": [ROLE, ROLE] }, "ValidationError"],
    ["a role that is none", { "countersign-role": "admin" }, "ValidationError"],
  ] as readonly [string, typeof HEADERS, string][])("is refused with %s", (_, headers, code) => {
    expect(parseBearerRequest(bearer({ headers: { ...HEADERS, ...headers } }))).toMatchObject({ code });
  });

  it.each([
    "X-Amz-Signature",
    "x-amz-signature",
    "X-Amz-Credential",
    "X-Amz-Algorithm",
    "X-Amz-Security-Token",
  ])("is refused with a presigned query as well: %s", (name) => {
    expect(parseBearerRequest(bearer({ query: [[name, "x"]] }))).toMatchObject({ code: "InvalidRequest" });
  });

  it.each(["/", "/awsx", "/api/aws", "//aws", "/AWS", "/%61ws"])("is refused on the path %s", (path) => {
    expect(parseBearerRequest(bearer({ path }))).toMatchObject({ code: "ValidationError" });
  });
});
