// Who may read records, in the configuration: nothing is guessed, and no token of an agent can be one of a person.

import { describe, expect, it } from "vitest";
import { ConfigError, deploymentOf, parseConfig } from "../../lib/config.ts";
import { sampleConfig } from "./synthesis.ts";

const PEOPLE = "https://login.example.com";
const READERS = {
  issuer: PEOPLE,
  jwksUri: `${PEOPLE}/keys`,
  clientId: "countersign-cli",
  algorithms: ["RS256"],
  groupsClaim: "groups",
  auditors: ["auditors"],
};

function faultsOf(changes: object): readonly string[] {
  try {
    parseConfig({ ...structuredClone(sampleConfig()), ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const ofReaders = (changes: object, more: object = {}) =>
  faultsOf({ readers: { ...READERS, ...changes }, ...more });
const agents = (changes: object) => {
  const [issuer] = sampleConfig().issuers as object[];
  return [{ ...issuer, ...changes }];
};

describe("readers", () => {
  it("are nobody when they are left out or null", () => {
    expect(faultsOf({ readers: null })).toEqual([]);
    expect(deploymentOf(parseConfig(sampleConfig())).readers).toBeNull();
  });

  it("reach the functions as they are configured", () => {
    const config = parseConfig({ ...sampleConfig(), readers: READERS });
    expect(deploymentOf(config).readers).toEqual(READERS);
  });

  it.each(["issuer", "jwksUri", "clientId", "algorithms", "groupsClaim", "auditors"])(
    "have no default for %s",
    (name) => {
      const faults = ofReaders({ [name]: undefined });
      expect(faults.map((line) => line.slice(0, line.indexOf(":")))).toContain(`readers.${name}`);
    },
  );

  it.each([
    ["issuer", "http://login.example.com"],
    ["issuer", "https://login.example.com?tenant=1"],
    ["jwksUri", "http://login.example.com/keys"],
    ["jwksUri", "login.example.com/keys"],
    ["clientId", ""],
    ["clientId", " countersign-cli"],
    ["algorithms", []],
    ["groupsClaim", "__proto__"],
    ["auditors", "auditors"],
    ["clientSecret", "none is needed"],
  ])("are refused with %s as %j, by its path", (name, value) => {
    const [fault, more] = ofReaders({ [name]: value });
    expect(fault).toMatch(new RegExp(`^readers\\.${name}: `));
    expect(more).toBeUndefined();
  });

  it("tell each fault of a list by its place", () => {
    expect(ofReaders({ algorithms: ["RS256", "none"], auditors: ["a", ""] })).toEqual([
      "readers.algorithms[1]: must be one of RS256, RS384, RS512, ES256, ES384, ES512, EdDSA",
      "readers.auditors[1]: must not be empty",
    ]);
  });

  it("may be of the agents' provider under a client of their own, and under no other", () => {
    const same = { issuer: "https://idp.example.com", jwksUri: "https://idp.example.com/jwks" };
    expect(ofReaders(same)).toEqual([]);
    expect(ofReaders({ ...same, clientId: "countersign" })).toEqual([
      "readers.clientId: is in issuers[0].audience too, so agents' tokens would be people's: register a client of its own",
    ]);
    const token = { authorizedParties: [READERS.clientId] };
    expect(ofReaders(same, { issuers: agents({ token }) })).toEqual([
      expect.stringContaining("issuers[0].token.authorizedParties"),
    ]);
    // Another provider's clients are its own.
    expect(ofReaders({ clientId: "countersign" })).toEqual([]);
  });

  it("may hold the administrators, who then need not be of an agents' provider", () => {
    const administrators = { issuer: PEOPLE, group: "administrators" };
    expect(ofReaders({}, { administrators })).toEqual([]);
    expect(faultsOf({ administrators })).toEqual([expect.stringMatching(/^administrators\.issuer: /)]);
    const stranger = { ...administrators, issuer: `${PEOPLE}/` };
    expect(ofReaders({}, { administrators: stranger })).toEqual([
      expect.stringMatching(/^administrators\.issuer: /),
    ]);
  });

  it("need a groups claim where somebody is told by a group", () => {
    const groupsClaim = null;
    expect(ofReaders({ groupsClaim })).toEqual([expect.stringMatching(/^readers\.groupsClaim: must name/)]);
    expect(ofReaders({ groupsClaim, auditors: [] })).toEqual([]);
    const administrators = { issuer: PEOPLE, group: "administrators" };
    expect(ofReaders({ groupsClaim, auditors: [] }, { administrators })).toHaveLength(1);
  });
});
