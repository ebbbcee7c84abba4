// Every recipe of docs/identity.md: its configuration parses, its token is verified to what the page says, and the
// attacks that its provider invites fail.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTokenVerifier } from "../../lambdas/identity/token/token-verifier.ts";
import type { IssuerConfig } from "../../lambdas/model/deployment.ts";
import { parseConfig } from "../../lib/config.ts";
import { NOW, signTexts } from "./token/issue.ts";
import { BAD_KEYS, jwksDocument, KEYS, type TestKey } from "./token/keys.ts";

type Members = Readonly<Record<string, unknown>>;

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/identity.md"), "utf8");
const CDK = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8"));

interface Recipe {
  readonly name: string;
  readonly issuer: Members;
  readonly header: Members;
  readonly claims: Members;
}

function recipes(): readonly Recipe[] {
  return PAGE.split(/^## /m).flatMap((section) => {
    const name = section.slice(0, section.indexOf("\n"));
    const block = (kind: string): Members | undefined => {
      const text = new RegExp(`^\`\`\`json ${kind}\n([\\s\\S]*?)\n\`\`\`$`, "m").exec(section)?.[1];
      return text === undefined ? undefined : JSON.parse(text);
    };
    const [issuer, header, claims] = [block("issuer"), block("header"), block("claims")];
    return issuer && header && claims ? [{ name, issuer, header, claims }] : [];
  });
}

/** The issuer's block as the stack would parse it, in the configuration that the project ships. */
function configOf(recipe: Recipe): IssuerConfig {
  const shipped = CDK.context.countersign;
  const issuer = String(recipe.issuer.issuer);
  const administrators = { ...shipped.administrators, issuer };
  return parseConfig({ ...shipped, issuers: [recipe.issuer], agents: [], administrators }).issuers[0];
}

async function verify(recipe: Recipe, claims: Members, header: Members = {}, key: TestKey = KEYS.rsa) {
  const times = { iat: NOW - 5, nbf: NOW - 5, exp: NOW + 300 };
  const token = signTexts(
    JSON.stringify({ ...recipe.header, kid: key.kid, ...header }),
    JSON.stringify({ ...times, ...recipe.claims, ...claims }),
    key,
  );
  const fetcher = { fetch: async () => jwksDocument() };
  return createTokenVerifier({ issuers: [configOf(recipe)], fetcher, now: () => NOW }).verify(token);
}

const EXPECTED: Readonly<Record<string, Members>> = {
  "GitHub Actions": {
    subject: "repo:acme@1234567/reports@7654321:ref:refs/heads/main",
    groups: [],
    claims: {
      repository: "acme/reports",
      ref: "refs/heads/main",
      job_workflow_ref: "acme/reports/.github/workflows/run.yml@refs/heads/main",
      event_name: "push",
    },
  },
  "EKS service accounts": { subject: "system:serviceaccount:agents:reports", groups: [], claims: {} },
  Okta: {
    subject: "0oa1example2client",
    groups: ["mcp-readers"],
    claims: { cid: "0oa1example2client", scp: ["aws.call"] },
  },
  "Entra ID": {
    subject: "eeeeeeee-0000-4000-8000-000000000005",
    groups: ["dddddddd-0000-4000-8000-000000000004"],
    claims: {
      azp: "cccccccc-0000-4000-8000-000000000003",
      roles: ["Aws.Call"],
      oid: "eeeeeeee-0000-4000-8000-000000000005",
    },
  },
  Google: {
    subject: "100000000000000000001",
    groups: [],
    claims: { email: "reports@acme-agents.iam.gserviceaccount.com" },
  },
  Cognito: {
    subject: "1example23456789",
    groups: [],
    claims: { client_id: "1example23456789", scope: "countersign/call" },
  },
};

const TENANT = "aaaaaaaa-0000-4000-8000-000000000001";
const EKS = "https://oidc.eks.eu-west-1.amazonaws.com/id";
const ATTACKS: Readonly<Record<string, readonly (readonly [string, Members])[]>> = {
  "GitHub Actions": [
    [
      "a repository of another owner",
      { sub: "repo:mallory/reports:ref:refs/heads/main", repository_owner_id: "9" },
    ],
    ["an owner whose name begins like ours", { sub: "repo:acme-evil/reports:ref:refs/heads/main" }],
    ["our former name, taken by another owner", { sub: "repo:acme/reports:ref:x", repository_owner_id: "9" }],
    ["another owner with a repository called like ours", { sub: "repo:mallory/acme:ref:x" }],
    ["a customised subject without the repository", { sub: "environment:production" }],
    ["the owner's URL, GitHub's audience by default", { aud: "https://github.com/acme" }],
    ["a token for AWS", { aud: "sts.amazonaws.com" }],
    ["a GitHub Enterprise server as issuer", { iss: "https://github.example.com/_services/token" }],
    ["the issuer of one enterprise", { iss: "https://token.actions.githubusercontent.com/acme" }],
    ["an owner id as a number", { repository_owner_id: 1234567 }],
  ],
  "EKS service accounts": [
    ["the token for the cluster's own API", { aud: ["https://kubernetes.default.svc"] }],
    ["the token for AWS", { aud: ["sts.amazonaws.com"] }],
    ["a token for us and for the API", { aud: ["countersign", "https://kubernetes.default.svc"] }],
    ["another namespace", { sub: "system:serviceaccount:default:reports" }],
    ["a namespace that begins like ours", { sub: "system:serviceaccount:agents-dev:reports" }],
    ["a node", { sub: "system:node:ip-10-0-0-1" }],
    ["another cluster", { iss: `${EKS}/FEDCBA9876543210FEDCBA9876543210` }],
    ["the cluster's id in other case", { iss: `${EKS}/0123456789abcdef0123456789abcdef` }],
    ["a legacy token without an end", { exp: undefined }],
  ],
  Okta: [
    ["the organisation's own server", { iss: "https://acme.okta.com", aud: "https://acme.okta.com" }],
    ["another authorization server", { iss: "https://acme.okta.com/oauth2/default" }],
    ["an ID token, whose audience is the client", { aud: "0oa1example2client" }],
    ["the default audience", { aud: "api://default" }],
    ["groups as one text", { groups: "mcp-readers" }],
    ["groups as an expression that gave null", { groups: null }],
    ["the preview organisation", { iss: "https://acme.oktapreview.com/oauth2/aus1example2server" }],
  ],
  "Entra ID": [
    [
      "another tenant",
      { iss: "https://login.microsoftonline.com/ffffffff-0000-4000-8000-000000000009/v2.0" },
    ],
    ["the issuer of all tenants", { iss: "https://login.microsoftonline.com/common/v2.0" }],
    ["a token of version 1", { iss: `https://sts.windows.net/${TENANT}/`, ver: "1.0" }],
    ["another tenant's id inside", { tid: "ffffffff-0000-4000-8000-000000000009" }],
    ["an application that is not configured", { azp: "ffffffff-0000-4000-8000-00000000000a" }],
    ["a token of a person", { idtyp: "user", scp: "access_as_user" }],
    ["a token of a person, without idtyp", { idtyp: undefined, scp: "access_as_user" }],
    ["a token for Microsoft Graph", { aud: "https://graph.microsoft.com" }],
    ["the application's URI as audience", { aud: "api://bbbbbbbb-0000-4000-8000-000000000002" }],
    ["group overage", { groups: undefined, _claim_names: { groups: "src1" }, _claim_sources: { src1: {} } }],
    ["group overage, implicit flow", { groups: undefined, hasgroups: true }],
  ],
  Google: [
    ["a stranger's service account", { sub: "100000000000000000009", azp: "100000000000000000009" }],
    ["an id that begins like ours", { sub: "1000000000000000000011", azp: "1000000000000000000011" }],
    ["a token issued to another client", { azp: "32555940559.apps.googleusercontent.com" }],
    ["an e-mail address that is not verified", { email_verified: false }],
    ["an e-mail address said to be verified, as text", { email_verified: "true" }],
    ["the issuer's other spelling", { iss: "accounts.google.com" }],
    ["another audience", { aud: "https://run.example.com" }],
  ],
  Cognito: [
    ["an ID token", { token_use: "id", aud: "1example23456789", client_id: undefined }],
    ["an ID token that names a client", { token_use: "id" }],
    ["another client of the pool", { client_id: "9example23456789", sub: "9example23456789" }],
    ["another pool", { iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_OTHERS" }],
    ["a pool of another region", { iss: "https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_EXAMPLE" }],
    ["a token bound to another resource", { aud: "https://other.example.com" }],
    ["no token_use", { token_use: undefined }],
  ],
};

describe.each(recipes().map((recipe) => [recipe.name, recipe] as const))("%s", (name, recipe) => {
  it("verifies the documented token to the documented identity", async () => {
    expect(await verify(recipe, {})).toEqual({
      kind: "verified",
      principal: { issuer: recipe.issuer.issuer, ...EXPECTED[name] },
      expiresAt: NOW + 300,
    });
  });

  it.each(ATTACKS[name] ?? [])("refuses %s", async (_, claims) => {
    expect(await verify(recipe, claims)).toMatchObject({ kind: "refused", code: "InvalidIdentityToken" });
  });

  it("refuses a key of somebody else, an expired token, a logout token", async () => {
    expect(await verify(recipe, {}, {}, BAD_KEYS.attacker)).toMatchObject({ code: "InvalidIdentityToken" });
    expect(await verify(recipe, { exp: NOW })).toMatchObject({ code: "ExpiredTokenException" });
    expect(await verify(recipe, {}, { typ: "logout+jwt" })).toMatchObject({ code: "InvalidIdentityToken" });
  });

  it("signs with nothing but RS256", () => {
    expect(configOf(recipe).algorithms).toEqual(["RS256"]);
  });
});

describe("the page", () => {
  it("has a tested recipe for each of the six providers", () => {
    expect(recipes().map(({ name }) => name)).toEqual(Object.keys(EXPECTED));
    expect(Object.keys(ATTACKS)).toEqual(Object.keys(EXPECTED));
  });

  it("keeps public issuers to known subjects or claims", () => {
    for (const recipe of recipes().filter(({ name }) => name === "GitHub Actions" || name === "Google")) {
      const { subjects, requiredClaims } = configOf(recipe).token ?? {};
      expect(subjects ?? requiredClaims).not.toBeNull();
    }
  });
});
