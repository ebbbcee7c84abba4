import { describe, expect, it } from "vitest";
import { ConfigError, deploymentOf, parseConfig } from "../../lib/config.ts";
import { sampleConfig } from "./synthesis.ts";

type Tree = Record<string, unknown>;

/** The sample with one value set at a path such as `issuers.0.audience`; `undefined` removes it. */
function sampleWith(changes: Readonly<Record<string, unknown>>): Tree {
  const config = structuredClone(sampleConfig());
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    const parent = steps.reduce<Tree>((node, step) => node[step] as Tree, config);
    if (value === undefined) {
      delete parent[last];
    } else {
      parent[last] = value;
    }
  }
  return config;
}

function faultsOf(context: unknown): readonly string[] {
  try {
    parseConfig(context);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

/** The paths at fault, without what to do. */
function pathsOf(changes: Readonly<Record<string, unknown>>): string[] {
  return faultsOf(sampleWith(changes)).map((line) => line.slice(0, line.indexOf(":")));
}

const ISSUER = "https://idp.example.com";

describe("parseConfig", () => {
  it("takes the sample of cdk.json and fills in what has a safe default", () => {
    const config = parseConfig(
      sampleWith({ sessionSeconds: undefined, domain: undefined, logRetentionDays: undefined }),
    );
    expect(config).toMatchObject({
      sessionSeconds: 3600,
      retentionDays: 365,
      logRetentionDays: 90,
      domain: null,
    });
    expect(config.issuers[0]).toMatchObject({ issuer: ISSUER, capAtTokenExpiry: false });
  });

  it("tells every fault at once: form, unknown keys, repetitions and agents of strangers", () => {
    const [issuer] = sampleConfig().issuers as Tree[];
    const faults = faultsOf(
      sampleWith({
        issuers: [issuer, { ...issuer, audience: undefined, algorithms: ["none"] }],
        "agents.0.issuer": "https://other.example.com",
        "agents.0.nmae": "typo",
        roles: [],
        sessionSeconds: 899,
        surprise: true,
      }),
    );
    expect(faults).toEqual([
      "issuers[1].audience: must be stated, as text",
      "issuers[1].algorithms[0]: must be one of RS256, RS384, RS512, ES256, ES384, ES512, EdDSA",
      "agents[0].nmae: unknown key, remove it or correct its spelling",
      "roles: must name at least one",
      "sessionSeconds: must be at least 900 (15 min)",
      "surprise: unknown key, remove it or correct its spelling",
      "issuers[1].issuer: repeats issuers[0], remove one of them",
      "agents[0].issuer: is not in `issuers`, write it byte for byte as there or add it there",
    ]);
  });

  it("refuses an owner of an agent whom approvals do not know, and suggests who was meant", () => {
    const approvals = {
      login: { issuer: ISSUER, clientId: "countersign", clientSecretArn: null, groupsClaim: null },
      people: [{ name: "ana@example.com", identities: [{ issuer: ISSUER, subject: "ana" }] }],
      groups: [{ name: "ops", emails: ["ops@example.com"] }],
      mailFrom: "gateway@example.com",
    };
    const owned = (owner: string, more: object = { approvals }) =>
      faultsOf(sampleWith({ "agents.0.owner": owner, ...more }));
    expect(owned("ana@example.com")).toEqual([]);
    expect(owned("anna@example.com")).toEqual([
      "agents[0].owner: is the name of nobody in `approvals.people`, write it as there or add the person there; did you mean `ana@example.com`?",
    ]);
    for (const owner of ["ana", "ANA@example.com", `${ISSUER}|ana`]) expect(owned(owner)).toHaveLength(1);
    expect(owned("ana@example.com", { approvals: { ...approvals, people: [] } })).toHaveLength(1);
    expect(owned("whoever", { approvals: null })).toEqual([]);
  });

  it.each([undefined, null, "text", [], 1])("refuses %j, which is no configuration", (context) => {
    expect(faultsOf(context).length).toBeGreaterThan(0);
  });

  it.each([
    ["issuers.0.issuer", "issuers[0].issuer"],
    ["issuers.0.jwksUri", "issuers[0].jwksUri"],
    ["issuers.0.audience", "issuers[0].audience"],
    ["issuers.0.algorithms", "issuers[0].algorithms"],
    ["issuers.0.groupsClaim", "issuers[0].groupsClaim"],
    ["roles.0.externalId", "roles[0].externalId"],
    ["agents.0.owner", "agents[0].owner"],
    ["administrators", "administrators"],
    ["roles", "roles"],
  ])("has no default for %s", (path, fault) => {
    expect(pathsOf({ [path]: undefined })).toContain(fault);
  });

  it.each([
    "http://idp.example.com",
    "HTTPS://idp.example.com",
    "https://user@idp.example.com",
    "https://idp.example.com?tenant=1",
    "https://idp.example.com?",
    "https://idp.example.com#x",
    "https://idp.example.com/a|b",
    "https://idp.example.com\\a",
    " https://idp.example.com",
    "accounts.example.com",
    "https://",
  ])("refuses the issuer `%s`", (issuer) => {
    expect(pathsOf({ "issuers.0.issuer": issuer })).toContain("issuers[0].issuer");
  });

  it.each([`${ISSUER}/`, `${ISSUER}/realms/Main`, "https://IDP.example.com", `${ISSUER}:8443`])(
    "keeps the issuer `%s` byte for byte",
    (issuer) => {
      const config = parseConfig(
        sampleWith({
          "issuers.0.issuer": issuer,
          "agents.0.issuer": issuer,
          "administrators.issuer": issuer,
        }),
      );
      expect(config.issuers[0].issuer).toBe(issuer);
    },
  );

  it("does not take an issuer for another that differs by a slash", () => {
    expect(pathsOf({ "agents.0.issuer": `${ISSUER}/` })).toEqual(["agents[0].issuer"]);
  });

  it.each(["none", "HS256", "rs256", "PS256", ""])("refuses the algorithm `%s`", (algorithm) => {
    expect(pathsOf({ "issuers.0.algorithms": [algorithm] })).toEqual(["issuers[0].algorithms[0]"]);
  });

  it.each(["__proto__", "constructor", "prototype"])("refuses the claim name `%s`", (name) => {
    expect(pathsOf({ "issuers.0.claims": [name], "issuers.0.groupsClaim": name })).toEqual([
      "issuers[0].groupsClaim",
      "issuers[0].claims[0]",
    ]);
  });

  it("takes the rules for an issuer's tokens, strict where they are silent", () => {
    const token = {
      audienceClaim: "client_id",
      requiredClaims: { token_use: "access", email_verified: true },
    };
    expect(parseConfig(sampleWith({ "issuers.0.token": token })).issuers[0].token).toEqual({
      type: null,
      authorizedParties: null,
      subjects: null,
      groupsForm: null,
      ...token,
    });
  });

  it.each([
    ["type", "JWT"],
    ["audienceClaim", "azp"],
    ["authorizedParties", []],
    ["subjects", []],
    ["subjects", ["*"]],
    ["subjects", ["repo:*:ref"]],
    ["groupsForm", "commas"],
    ["requiredClaims", JSON.parse('{"__proto__":"x"}')],
    ["requiredClaims", { email_verified: 1 }],
    ["algorithms", ["none"]],
  ])("refuses the token rule %s as %j", (rule, value) => {
    const faults = pathsOf({ "issuers.0.token": { [rule]: value } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`issuers[0].token.${rule}`);
  });

  it("refuses the same subject twice at one issuer, and takes it at two", () => {
    const { agents, issuers } = sampleConfig() as { agents: Tree[]; issuers: Tree[] };
    expect(pathsOf({ agents: [...agents, { ...agents[0], name: "other" }] })).toEqual(["agents[1].subject"]);
    const other = { ...issuers[0], issuer: "https://second.example.com" };
    const twin = { ...agents[0], issuer: other.issuer };
    expect(pathsOf({ issuers: [...issuers, other], agents: [...agents, twin] })).toEqual([]);
  });

  it("refuses a role twice, whatever its external ids", () => {
    const [role] = sampleConfig().roles as Tree[];
    expect(pathsOf({ roles: [role, { ...role, externalId: "another" }] })).toEqual(["roles[1].arn"]);
  });

  it.each([
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::111122223333:user/x",
    "arn:aws:iam::1:role/x",
    "",
  ])("refuses `%s` as a role", (arn) => {
    expect(pathsOf({ "roles.0.arn": arn })).toEqual(["roles[0].arn"]);
  });

  it.each([
    ["sessionSeconds", 900, 899],
    ["sessionSeconds", 43_200, 43_201],
    ["sessionSeconds", 3600, 3600.5],
    ["retentionDays", 1, 0],
    ["retentionDays", 3653, 3654],
    ["logRetentionDays", 30, 31],
    ["reservedConcurrency", 1, 0],
    ["roles.0.externalId", "ab", "a"],
    ["roles.0.externalId", "a".repeat(1224), "a".repeat(1225)],
    ["roles.0.externalId", "_+=,.@:/-", "a b"],
    ["account", "111122223333", "11112222333"],
    ["region", "us-gov-west-1", "eu-west"],
    ["resourceSets.0.name", "Critical_1", "1critical"],
  ])("takes %s just inside its bounds (%j) and refuses it just outside (%j)", (path, inside, outside) => {
    expect(pathsOf({ [path]: inside })).toEqual([]);
    expect(pathsOf({ [path]: outside })).toHaveLength(1);
  });

  it.each([
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::*",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders",
  ])("takes `%s` into a resource set", (arn) => {
    expect(pathsOf({ "resourceSets.0.arns": [arn] })).toEqual([]);
  });

  it.each([
    "*",
    "arn:aws:s3:::b*t",
    "arn:aws:s3:::b**",
    "arn:aws:*:::x",
    "arn:aws:s3:::",
    "s3://bucket",
    "arn:aws:s3:*",
  ])("refuses `%s` in a resource set", (arn) => {
    expect(pathsOf({ "resourceSets.0.arns": [arn] })).toEqual(["resourceSets[0].arns[0]"]);
  });

  it("takes a certificate from us-east-1 only", () => {
    const domain = (region: string) => ({
      name: "gateway.example.com",
      certificateArn: `arn:aws:acm:${region}:111122223333:certificate/12345678-1234-1234-1234-123456789012`,
    });
    expect(pathsOf({ domain: domain("us-east-1") })).toEqual([]);
    expect(pathsOf({ domain: domain("eu-west-1") })).toEqual(["domain.certificateArn"]);
  });

  it("never repeats an external id in a fault", () => {
    expect(faultsOf(sampleWith({ "roles.0.externalId": "not valid: secret" })).join()).not.toContain(
      "secret",
    );
  });
});

describe("the mode", () => {
  it("enforces unless it is told to observe, in exactly that word", () => {
    expect(parseConfig(sampleWith({})).mode).toBe("enforce");
    expect(parseConfig(sampleWith({ mode: "observe" })).mode).toBe("observe");
    for (const mode of ["Observe", "off", "", null, true]) expect(pathsOf({ mode })).toEqual(["mode"]);
  });
});

describe("deploymentOf", () => {
  it("leaves out what only the stack needs", () => {
    expect(Object.keys(deploymentOf(parseConfig(sampleConfig()))).toSorted()).toEqual([
      "administrators",
      "agents",
      "approvals",
      "detectors",
      "issuers",
      "limits",
      "mode",
      "readers",
      "resourceSets",
      "retentionDays",
      "roles",
      "sessionSeconds",
    ]);
  });
});
