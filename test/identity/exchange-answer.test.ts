// The two answers to an exchange, in the forms that SDKs read.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { containerCredentialsJson, exchangeAnswerXml } from "../../lambdas/identity/exchange-answer.ts";
import { keyIdOf, type RoleArn, type SessionId } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";

const ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" as SessionId;
const CREDENTIALS = {
  accessKeyId: keyIdOf(ID),
  secretAccessKey: "secret",
  sessionToken: "token",
  expiration: 1_800_003_600,
};
const SESSION: Session = {
  id: ID,
  principal: { issuer: "https://idp.example.com", subject: "agent", groups: [], claims: {} },
  role: "arn:aws-us-gov:iam::111122223333:role/team/a/mcp-reader" as RoleArn,
  keyArn: "arn:aws:kms:eu-west-1:444455556666:key/x",
  sourceIp: "203.0.113.9",
  userAgent: "",
  openedAt: 1_800_000_000,
  expiresAt: 1_800_003_600,
};
const ANSWER = {
  credentials: CREDENTIALS,
  session: SESSION,
  sessionName: "run-1",
  audience: "countersign",
  requestId: "r-1",
};

describe("the XML answer", () => {
  it("has every field of STS's answer; the assumed role's arn has no path", () => {
    expect(exchangeAnswerXml(ANSWER)).toBe(
      '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
        "<AssumeRoleWithWebIdentityResult>" +
        "<SubjectFromWebIdentityToken>agent</SubjectFromWebIdentityToken>" +
        "<Audience>countersign</Audience>" +
        "<AssumedRoleUser>" +
        `<AssumedRoleId>CSGN${ID}:run-1</AssumedRoleId>` +
        "<Arn>arn:aws-us-gov:sts::111122223333:assumed-role/mcp-reader/run-1</Arn>" +
        "</AssumedRoleUser>" +
        "<Credentials>" +
        `<AccessKeyId>CSGN${ID}</AccessKeyId>` +
        "<SecretAccessKey>secret</SecretAccessKey>" +
        "<SessionToken>token</SessionToken>" +
        "<Expiration>2027-01-15T09:00:00Z</Expiration>" +
        "</Credentials>" +
        "<Provider>https://idp.example.com</Provider>" +
        "<PackedPolicySize>0</PackedPolicySize>" +
        "</AssumeRoleWithWebIdentityResult>" +
        "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>" +
        "</AssumeRoleWithWebIdentityResponse>\n",
    );
  });

  it("stays the same tree whatever text is in a field", () => {
    const tagsOf = (xml: string): string[] => xml.match(/<[^>]*>/g) ?? [];
    const expected = tagsOf(exchangeAnswerXml(ANSWER));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const hostile = { ...SESSION, principal: { ...SESSION.principal, subject: text, issuer: text } };
        const xml = exchangeAnswerXml({ ...ANSWER, session: hostile, audience: text, requestId: text });
        expect(tagsOf(xml)).toEqual(expected);
        expect(xml.replace(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
        expect(xml.isWellFormed()).toBe(true);
      }),
    );
  });

  it("escapes markup and replaces what XML cannot hold", () => {
    const session = { ...SESSION, principal: { ...SESSION.principal, subject: `<a>&"'\u0000]]>` } };
    expect(exchangeAnswerXml({ ...ANSWER, session })).toContain(
      "<SubjectFromWebIdentityToken>&lt;a&gt;&amp;&quot;&#39;\ufffd]]&gt;</SubjectFromWebIdentityToken>",
    );
  });
});

describe("the container answer", () => {
  it("has the four fields that SDKs read", () => {
    expect(JSON.parse(containerCredentialsJson(CREDENTIALS))).toEqual({
      AccessKeyId: `CSGN${ID}`,
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: "2027-01-15T09:00:00Z",
    });
  });
});
