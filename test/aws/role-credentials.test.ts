// Credentials are asked for once while they are good, never used past their end, never for another role, session or
// policy. Against a real STS client and a stub endpoint.

import { STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRoleCredentials } from "../../lambdas/aws/role-credentials.ts";
import type { RoleArn, SessionId } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import type { AssumeRequest, CredentialSource } from "../../lambdas/upstream/ports.ts";
import { type StubAnswer, type StubEndpoint, stubEndpoint } from "./stub-endpoint.ts";

const START = 1_800_000_000;
const REQUEST: AssumeRequest = {
  role: { arn: "arn:aws:iam::111122223333:role/reader" as RoleArn, externalId: "ext-1" },
  session: { id: "A".repeat(26), expiresAt: START + 3_600 } as Session,
  sourceIdentity: "bot-0123456789abcdef",
  policy: '{"Version":"2012-10-17"}',
  tags: [{ Key: "agent", Value: "bot" }],
};

let answer: () => StubAnswer | Promise<StubAnswer>;
let now: number;
let endpoint: StubEndpoint;
let source: CredentialSource;
let issued: number;

beforeEach(async () => {
  now = START;
  issued = 0;
  answer = () => granted(now + 900);
  endpoint = await stubEndpoint(() => answer());
  source = sourceAt(endpoint);
});
afterEach(() => endpoint.close());

function sourceAt({ settings }: StubEndpoint): CredentialSource {
  return createRoleCredentials({ client: new STSClient(settings), clock: { nowMs: () => now * 1_000 } });
}

function granted(expiresAt: number): StubAnswer {
  issued += 1;
  return {
    status: 200,
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
      <AccessKeyId>ASIA${issued}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
      <Expiration>${new Date(expiresAt * 1_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  };
}

function failed(status: number, code: string): StubAnswer {
  return {
    status,
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>
      <Message>arn:aws:sts::999988887777:assumed-role/countersign-call</Message></Error></ErrorResponse>`,
  };
}

async function keyOf(request: AssumeRequest = REQUEST): Promise<string> {
  const assumed = await source.assume(request);
  return assumed.kind === "credentials" ? assumed.credentials.accessKeyId : assumed.code;
}

describe("AssumeRole", () => {
  it("is asked with policy, external id, source identity, tags, session name and the shortest duration", async () => {
    await source.assume(REQUEST);
    expect(Object.fromEntries(new URLSearchParams(endpoint.bodies[0]))).toEqual({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: REQUEST.role.arn,
      RoleSessionName: REQUEST.session.id,
      ExternalId: "ext-1",
      SourceIdentity: "bot-0123456789abcdef",
      Policy: '{"Version":"2012-10-17"}',
      DurationSeconds: "900",
      "Tags.member.1.Key": "agent",
      "Tags.member.1.Value": "bot",
    });
  });

  it("is asked without a policy only under the scope of the role", async () => {
    await source.assume({ ...REQUEST, policy: null });
    expect(new URLSearchParams(endpoint.bodies[0]).has("Policy")).toBe(false);
  });

  it("gives credentials with their end", async () => {
    expect(await source.assume(REQUEST)).toEqual({
      kind: "credentials",
      credentials: { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t", expiresAt: START + 900 },
    });
  });
});

describe("kept credentials", () => {
  it("serve until a minute before their end, and no second longer", async () => {
    expect(await keyOf()).toBe("ASIA1");
    now = START + 839;
    expect(await keyOf()).toBe("ASIA1");
    now = START + 840;
    expect(await keyOf()).toBe("ASIA2");
  });

  it("end with the session, and none are taken after it", async () => {
    const ending = { ...REQUEST, session: { ...REQUEST.session, expiresAt: START + 100 } };
    expect(await keyOf(ending)).toBe("ASIA1");
    now = START + 99;
    expect(await keyOf(ending)).toBe("ASIA1");
    now = START + 100;
    expect(await keyOf(ending)).toBe("ExpiredToken");
    expect(endpoint.bodies).toHaveLength(1);
  });

  const mutations: [string, AssumeRequest][] = [
    [
      "role",
      { ...REQUEST, role: { ...REQUEST.role, arn: "arn:aws:iam::111122223333:role/writer" as RoleArn } },
    ],
    [
      "account",
      { ...REQUEST, role: { ...REQUEST.role, arn: "arn:aws:iam::444455556666:role/reader" as RoleArn } },
    ],
    ["external id", { ...REQUEST, role: { ...REQUEST.role, externalId: "ext-2" } }],
    ["session", { ...REQUEST, session: { ...REQUEST.session, id: "B".repeat(26) as SessionId } }],
    ["policy", { ...REQUEST, policy: '{"Version":"2012-10-18"}' }],
    ["policy that is none", { ...REQUEST, policy: null }],
    ["policy that reads as none", { ...REQUEST, policy: "null" }],
    ["source identity", { ...REQUEST, sourceIdentity: "bot-0123456789abcdee" }],
    ["tag", { ...REQUEST, tags: [{ Key: "agent", Value: "other" }] }],
  ];
  it.each(mutations)("never serve another %s", async (_part, other) => {
    const first = await keyOf();
    expect(await keyOf(other)).not.toBe(first);
  });

  it("never serve one mutation for another", async () => {
    const keys = await Promise.all([REQUEST, ...mutations.map(([, other]) => other)].map(keyOf));
    expect(new Set(keys).size).toBe(mutations.length + 1);
  });

  it("are asked for once by callers who come at once", async () => {
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => keyOf())))).toEqual(new Set(["ASIA1"]));
  });

  it("are not kept after a refusal", async () => {
    answer = () => failed(403, "AccessDenied");
    expect(await keyOf()).toBe("AccessDenied");
    answer = () => granted(now + 900);
    expect(await keyOf()).toBe("ASIA1");
  });
});

describe("a failed AssumeRole", () => {
  it.each([
    [403, "AccessDenied", "AccessDenied"],
    [403, "RegionDisabledException", "AccessDenied"],
    [400, "PackedPolicyTooLarge", "ValidationError"],
    [400, "MalformedPolicyDocument", "ValidationError"],
    [400, "Throttling", "ServiceUnavailable"],
    [500, "InternalFailure", "ServiceUnavailable"],
    [503, "ServiceUnavailable", "ServiceUnavailable"],
  ])("of %i %s is refused as %s, without AWS's own words", async (status, code, expected) => {
    answer = () => failed(status, code);
    const refused = await source.assume(REQUEST);
    expect(refused).toMatchObject({ kind: "refused", code: expected });
    expect(JSON.stringify(refused)).not.toContain("999988887777");
  });

  it.each([
    [403, "InvalidClientTokenId"],
    [403, "ExpiredToken"],
    [400, "ValidationError"],
  ])("of %i %s is a fault of ours and thrown", async (status, code) => {
    answer = () => failed(status, code);
    await expect(source.assume(REQUEST)).rejects.toMatchObject({ name: expect.stringContaining(code) });
  });

  it("is ServiceUnavailable when STS cannot be reached", async () => {
    await endpoint.close();
    expect(await source.assume(REQUEST)).toMatchObject({ kind: "refused", code: "ServiceUnavailable" });
  });

  it.each([
    [
      "without an end",
      {
        status: 200,
        body: "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>",
      },
    ],
    [
      "without credentials",
      { status: 200, body: "<AssumeRoleResponse><AssumeRoleResult></AssumeRoleResult></AssumeRoleResponse>" },
    ],
  ])("that answers %s is thrown", async (_what, broken) => {
    answer = () => broken;
    await expect(source.assume(REQUEST)).rejects.toMatchObject({ code: "unreadable_answer" });
  });

  it("that answers credentials which end within the minute is thrown, one second more is taken", async () => {
    answer = () => granted(now + 60);
    await expect(source.assume(REQUEST)).rejects.toMatchObject({ code: "unreadable_answer" });
    answer = () => granted(now + 61);
    expect(await source.assume(REQUEST)).toMatchObject({ kind: "credentials" });
  });
});
