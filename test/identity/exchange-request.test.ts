// The one call that needs no signature, and everything that must not pass for it (SECURITY.md, sections 3 and 13).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExchangeRequest } from "../../lambdas/identity/exchange-request.ts";
import type { WireRequest } from "../../lambdas/model/wire-request.ts";
import { ROLE, TOKEN, wire } from "./wire.ts";

const FORM = "application/x-www-form-urlencoded";
const PARAMETERS: Readonly<Record<string, string>> = {
  Action: "AssumeRoleWithWebIdentity",
  Version: "2011-06-15",
  RoleArn: ROLE,
  RoleSessionName: "agent",
  WebIdentityToken: TOKEN,
};

function formOf(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries({ ...PARAMETERS, ...parameters })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`)
    .join("&");
}

function post(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | string[]>> = {},
): WireRequest {
  return wire({ method: "POST", headers: { "content-type": FORM, ...headers }, body });
}

function verdictOf(request: WireRequest): string {
  const parsed = parseExchangeRequest(request);
  return parsed.kind === "refused" ? parsed.code : parsed.kind;
}

describe("an exchange", () => {
  it("is read as SDKs send it", () => {
    const parsed = parseExchangeRequest(post(formOf({ DurationSeconds: "3600" })));
    expect(parsed).toEqual({
      kind: "exchange",
      exchange: { role: ROLE, sessionName: "agent", unverifiedToken: TOKEN, durationSeconds: 3600 },
    });
  });

  it.each(["\n", "\r\n"])("takes a token file's line end off the token (%j)", (end) => {
    expect(parseExchangeRequest(post(formOf({ WebIdentityToken: `${TOKEN}${end}` })))).toMatchObject({
      exchange: { unverifiedToken: TOKEN },
    });
  });

  it.each([
    ["botocore's content type", post(formOf({}), { "content-type": `${FORM}; charset=utf-8` })],
    ["Java's content type", post(formOf({}), { "content-type": `${FORM}; charset=UTF-8` })],
    ["no duration", post(formOf({ DurationSeconds: undefined }))],
    ["the root with a slash", { ...post(formOf({})), path: "/aws/" }],
    ["the least duration", post(formOf({ DurationSeconds: "900" }))],
    ["the greatest duration", post(formOf({ DurationSeconds: "43200" }))],
    ["an arn that is not escaped", post(formOf({}).replace(encodeURIComponent(ROLE), ROLE))],
    ["a token of 20,000 characters", post(formOf({ WebIdentityToken: "t".repeat(20_000) }))],
  ])("may have %s", (_, request) => {
    expect(verdictOf(request)).toBe("exchange");
  });
});

const notExchanges: readonly (readonly [string, WireRequest, string])[] = [
  ["GET", { ...post(formOf({})), method: "GET" }, "MissingAuthenticationToken"],
  ["PUT", { ...post(formOf({})), method: "PUT" }, "MissingAuthenticationToken"],
  ["a method in lower case", { ...post(formOf({})), method: "post" }, "MissingAuthenticationToken"],
  ["another path", { ...post(formOf({})), path: "/aws/bucket" }, "MissingAuthenticationToken"],
  ["two slashes", { ...post(formOf({})), path: "/aws//" }, "MissingAuthenticationToken"],
  ["no prefix", { ...post(formOf({})), path: "/" }, "MissingAuthenticationToken"],
  ["an encoded path", { ...post(formOf({})), path: "/%61ws" }, "MissingAuthenticationToken"],
  ["no content type", wire({ method: "POST", body: formOf({}) }), "MissingAuthenticationToken"],
  [
    "a json content type",
    post(formOf({}), { "content-type": "application/json" }),
    "MissingAuthenticationToken",
  ],
  ["two content types", post(formOf({}), { "content-type": [FORM, FORM] }), "MissingAuthenticationToken"],
  [
    "a multipart form",
    post(formOf({}), { "content-type": "multipart/form-data" }),
    "MissingAuthenticationToken",
  ],
  [
    "charset utf-16",
    post(formOf({}), { "content-type": `${FORM}; charset=utf-16` }),
    "MissingAuthenticationToken",
  ],
  [
    "charset utf-7",
    post(formOf({}), { "content-type": `${FORM}; charset=utf-7` }),
    "MissingAuthenticationToken",
  ],
  ["a content encoding", post(formOf({}), { "content-encoding": "gzip" }), "MissingAuthenticationToken"],
  ["a transfer encoding", post(formOf({}), { "transfer-encoding": "chunked" }), "MissingAuthenticationToken"],
  [
    "an action in the query",
    { ...post(formOf({})), query: [["Action", "GetCallerIdentity"]] },
    "InvalidAction",
  ],
  [
    "the same action in the query",
    { ...post(formOf({})), query: [["Action", PARAMETERS.Action ?? ""]] },
    "InvalidAction",
  ],
  ["any query", { ...post(formOf({})), query: [["x", ""]] }, "InvalidAction"],
  ["a target header", post(formOf({}), { "x-amz-target": "AWSSecurityTokenService.X" }), "InvalidAction"],
  ["no action", post(formOf({ Action: undefined })), "InvalidAction"],
  ["AssumeRole", post(formOf({ Action: "AssumeRole" })), "InvalidAction"],
  ["GetCallerIdentity", post(formOf({ Action: "GetCallerIdentity" })), "InvalidAction"],
  ["saml", post(formOf({ Action: "AssumeRoleWithSAML" })), "InvalidAction"],
  ["an action in other case", post(formOf({ Action: "assumeRoleWithWebIdentity" })), "InvalidAction"],
  ["an action with a space", post(formOf({ Action: "AssumeRoleWithWebIdentity " })), "InvalidAction"],
  ["an action with a null byte", post(formOf({ Action: "AssumeRoleWithWebIdentity\0" })), "InvalidAction"],
  ["no version", post(formOf({ Version: undefined })), "InvalidAction"],
  ["another version", post(formOf({ Version: "2010-05-08" })), "InvalidAction"],
];

const malformed: readonly (readonly [string, string | Uint8Array])[] = [
  ["an empty body", ""],
  ["a second action", `${formOf({})}&Action=AssumeRole`],
  ["a second token", `${formOf({})}&WebIdentityToken=a.b.c`],
  ["a second role, equal", `${formOf({})}&RoleArn=${encodeURIComponent(ROLE)}`],
  ["an encoded name", formOf({}).replace("Action", "%41ction")],
  ["an encoded second name", `${formOf({})}&%41ction=AssumeRole`],
  ["a name with a space", `${formOf({})}&Action+=AssumeRole`],
  ["a name with brackets", `${formOf({})}&Action[]=AssumeRole`],
  ["an empty name", `${formOf({})}&=x`],
  ["a bare name", `${formOf({})}&Action`],
  ["an empty parameter inside", formOf({}).replace("&", "&&")],
  ["an ampersand behind", `${formOf({})}&`],
  ["an ampersand in front", `&${formOf({})}`],
  ["a question mark in front", `?${formOf({})}`],
  ["a semicolon between", formOf({}).replaceAll("&", ";")],
  ["a second equals sign", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=a=b`],
  ["a broken escape", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab%4`],
  ["a broken escape of letters", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab%zz`],
  ["an escape of u", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab%u0041`],
  ["escapes that are not UTF-8", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab%ff`],
  ["overlong UTF-8", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab%c1%81`],
  ["raw UTF-8", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab\u00e4`],
  ["a line feed behind", `${formOf({})}\n`],
  ["a line feed between", formOf({}).replace("&", "&\n")],
  ["a raw null byte", `${formOf({ RoleSessionName: undefined })}&RoleSessionName=ab\0`],
  ["a byte order mark", `\ufeff${formOf({})}`],
  ["UTF-16", Buffer.from(formOf({}), "utf16le")],
  ["33 parameters", Array.from({ length: 33 }, (_, index) => `p${index}=1`).join("&")],
  ["10,000 parameters", Array.from({ length: 10_000 }, (_, index) => `p${index}=1`).join("&")],
  ["over 64 KiB", `${formOf({})}&x=${"y".repeat(65_536)}`],
];

const invalid: readonly (readonly [string, Readonly<Record<string, string | undefined>>, string])[] = [
  ["no role", { RoleArn: undefined }, "RoleArn"],
  ["the arn of a user", { RoleArn: "arn:aws:iam::111122223333:user/x" }, "RoleArn"],
  ["the arn of any role", { RoleArn: "arn:aws:iam::111122223333:role/*" }, "RoleArn"],
  ["a role with a space behind", { RoleArn: `${ROLE} ` }, "RoleArn"],
  ["a role with a line feed behind", { RoleArn: `${ROLE}\n` }, "RoleArn"],
  ["no session name", { RoleSessionName: undefined }, "RoleSessionName"],
  ["a session name of one character", { RoleSessionName: "a" }, "RoleSessionName"],
  ["a session name of 65 characters", { RoleSessionName: "a".repeat(65) }, "RoleSessionName"],
  ["a session name with a slash", { RoleSessionName: "a/b" }, "RoleSessionName"],
  ["a session name with markup", { RoleSessionName: "a<b>" }, "RoleSessionName"],
  ["a session name with a line feed", { RoleSessionName: "agent\n" }, "RoleSessionName"],
  ["no token", { WebIdentityToken: undefined }, "WebIdentityToken"],
  ["a token of three characters", { WebIdentityToken: "a.b" }, "WebIdentityToken"],
  ["a token of 20,001 characters", { WebIdentityToken: "t".repeat(20_001) }, "WebIdentityToken"],
  ["a duration of 899", { DurationSeconds: "899" }, "DurationSeconds"],
  ["a duration of 43,201", { DurationSeconds: "43201" }, "DurationSeconds"],
  ["an empty duration", { DurationSeconds: "" }, "DurationSeconds"],
  ["a duration with a zero in front", { DurationSeconds: "0900" }, "DurationSeconds"],
  ["a negative duration", { DurationSeconds: "-900" }, "DurationSeconds"],
  ["a duration with an exponent", { DurationSeconds: "9e3" }, "DurationSeconds"],
  ["a fractional duration", { DurationSeconds: "900.5" }, "DurationSeconds"],
  ["a session policy", { Policy: "{}" }, "Policy"],
  [
    "managed session policies",
    { "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" },
    "PolicyArns",
  ],
  ["an empty list of session policies", { PolicyArns: "" }, "PolicyArns"],
  ["an OAuth 2.0 provider", { ProviderId: "www.amazon.com" }, "ProviderId"],
  ["an unknown parameter", { ExternalId: "x" }, "ExternalId"],
  ["a look-alike parameter", { action: "AssumeRole" }, "action"],
];

describe("an unsigned request is refused", () => {
  it.each(notExchanges)("with %s", (_, request, code) => {
    expect(verdictOf(request)).toBe(code);
  });

  it.each(malformed)("with %s", (_, body) => {
    expect(verdictOf(post(body))).toBe("InvalidRequest");
  });

  it.each(invalid)("with %s, naming the parameter", (_, parameters, name) => {
    const parsed = parseExchangeRequest(post(formOf(parameters)));
    expect(parsed).toMatchObject({ code: "ValidationError", message: expect.stringContaining(name) });
  });

  it("saying that saml is not configured", () => {
    const parsed = parseExchangeRequest(post(formOf({ Action: "AssumeRoleWithSAML", SAMLAssertion: "x" })));
    expect(parsed).toMatchObject({
      code: "InvalidAction",
      message: expect.stringContaining("not configured"),
    });
  });

  it("without a word of the token", () => {
    const parsed = parseExchangeRequest(post(formOf({ WebIdentityToken: "canary-5a.b.c", RoleArn: "x" })));
    expect(JSON.stringify(parsed)).not.toContain("canary");
  });
});

describe("any bytes", () => {
  it("never throw, and pass only as the five or six known parameters", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(parseExchangeRequest(post(bytes)).kind).toBe("refused");
      }),
    );
  });

  it("of printable values come through the form unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 4, maxLength: 200 }), (text) => {
        const token = text.toWellFormed();
        const parsed = parseExchangeRequest(post(formOf({ WebIdentityToken: token })));
        expect(parsed).toMatchObject({ kind: "exchange", exchange: { unverifiedToken: token } });
      }),
    );
  });
});
