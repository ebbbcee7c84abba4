// Attacks through issuer, audience, authorised party and times.

import {
  CLAIMS,
  HEADER,
  ISSUER,
  ISSUER_CONFIG,
  NOW,
  OTHER_ISSUER,
  OTHER_JWKS_URI,
  signTexts,
  withClaims,
  withRules,
} from "./issue.ts";
import type { Vector } from "./vectors.ts";

type Members = Readonly<Record<string, unknown>>;

function claims(attack: string, members: Members): Vector {
  return { attack, token: withClaims(members), code: "InvalidIdentityToken" };
}

const issuers: readonly Vector[] = [
  ...[
    ["a slash behind", `${ISSUER}/`],
    ["upper case host", ISSUER.replace("idp", "IDP")],
    ["upper case path", ISSUER.replace("agents", "Agents")],
    ["the default port", ISSUER.replace(".com", ".com:443")],
    ["user-info", ISSUER.replace("https://", "https://admin@")],
    ["our name as user-info of another host", `${ISSUER}@evil.example`],
    ["a longer host", ISSUER.replace(".com", ".com.evil.example")],
    ["a dot behind the host", ISSUER.replace(".com", ".com.")],
    ["a longer path", `${ISSUER}/x`],
    ["a path with dots", ISSUER.replace("agents", "x/../agents")],
    ["an encoded slash", ISSUER.replace("realms/", "realms%2F")],
    ["a query", `${ISSUER}?x`],
    ["a fragment", `${ISSUER}#x`],
    ["plain http", ISSUER.replace("https", "http")],
    ["another realm that nobody configured", ISSUER.replace("agents", "people")],
    ["a space behind", `${ISSUER} `],
    ["a null byte behind", `${ISSUER}\0`],
    ["a line feed behind", `${ISSUER}\n`],
    ["a look-alike letter", ISSUER.replace("a", "\u0430")],
    ["a prefix of ours", ISSUER.slice(0, -1)],
    ["nothing", ""],
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
  ].map(([what, iss]) => claims(`iss with ${what}`, { iss })),
  claims("iss missing", { iss: undefined }),
  claims("iss null", { iss: null }),
  claims("iss a list", { iss: [ISSUER] }),
  claims("iss an object", { iss: { [ISSUER]: true } }),
  claims("iss a number", { iss: 1 }),
  {
    ...claims("iss of another configured issuer, key and kid of ours", { iss: OTHER_ISSUER }),
    others: [{ ...ISSUER_CONFIG, issuer: OTHER_ISSUER, jwksUri: OTHER_JWKS_URI }],
  },
];

const audiences: readonly Vector[] = [
  claims("aud missing", { aud: undefined }),
  claims("aud null", { aud: null }),
  claims("aud empty", { aud: "" }),
  claims("aud of AWS STS", { aud: "sts.amazonaws.com" }),
  claims("aud a prefix of ours", { aud: "counter" }),
  claims("aud with ours as prefix", { aud: "countersign-staging" }),
  claims("aud with a slash behind", { aud: "countersign/" }),
  claims("aud in other case", { aud: "Countersign" }),
  claims("aud with a space behind", { aud: "countersign " }),
  claims("aud with spaces between two", { aud: "countersign other" }),
  claims("aud a star", { aud: "*" }),
  claims("aud a number", { aud: 1 }),
  claims("aud true", { aud: true }),
  claims("aud an object", { aud: { countersign: true } }),
  claims("aud an object like a list", { aud: { "0": "countersign", length: 1 } }),
  claims("aud an empty list", { aud: [] }),
  claims("aud a list of ours and another", { aud: ["countersign", "other"] }),
  claims("aud a list of another and ours", { aud: ["other", "countersign"] }),
  claims("aud a list of ours twice", { aud: ["countersign", "countersign"] }),
  claims("aud a list in a list", { aud: [["countersign"]] }),
  claims("aud a list with null", { aud: [null] }),
  claims("aud missing and client_id ours", { aud: undefined, client_id: "countersign" }),
  claims("azp another party", { azp: "other-client" }),
  claims("azp another party, aud a list of ours", { azp: "other-client", aud: ["countersign"] }),
  claims("azp empty", { azp: "" }),
  claims("azp null", { azp: null }),
  claims("azp a list with ours", { azp: ["countersign"] }),
  claims("azp an object", { azp: {} }),
  {
    ...claims("azp not among the configured parties", { azp: "agent-c" }),
    issuer: withRules({ authorizedParties: ["agent-a", "agent-b"] }),
  },
  {
    ...claims("azp a prefix of a configured party", { azp: "agent" }),
    issuer: withRules({ authorizedParties: ["agent-a"] }),
  },
];

const clientId = withRules({ audienceClaim: "client_id" });
const clientIds: readonly Vector[] = [
  ["client_id missing", { aud: undefined }],
  ["client_id of another client", { aud: undefined, client_id: "other" }],
  ["client_id a list", { aud: undefined, client_id: ["countersign"] }],
  ["client_id ours, aud of another", { aud: "other", client_id: "countersign" }],
  ["client_id ours, aud null", { aud: null, client_id: "countersign" }],
  ["client_id ours, aud two", { aud: ["countersign", "other"], client_id: "countersign" }],
].map(([attack, members]) => ({
  ...claims(`by client_id: ${attack}`, Object(members)),
  issuer: clientId,
}));

/** A claim written as raw JSON text, for values that JSON.stringify cannot write. */
function raw(attack: string, name: string, text: string): Vector {
  const claimsText = JSON.stringify({ ...CLAIMS, [name]: "@" }).replace('"@"', text);
  return { attack, token: signTexts(JSON.stringify(HEADER), claimsText), code: "InvalidIdentityToken" };
}

const clientIdOfOthers: Vector = {
  ...claims("by client_id: not among the configured parties", { aud: undefined, client_id: "agent-c" }),
  issuer: withRules({ audienceClaim: "client_id", authorizedParties: ["agent-a", "agent-b"] }),
};

const times: readonly Vector[] = [
  ...["exp", "iat"].map((name) => claims(`${name} missing`, { [name]: undefined })),
  ...["exp", "iat", "nbf"].flatMap((name) => [
    claims(`${name} null`, { [name]: null }),
    claims(`${name} a string of digits`, { [name]: String(CLAIMS[name]) }),
    claims(`${name} an ISO date`, { [name]: "2027-01-15T08:00:00Z" }),
    claims(`${name} a fraction`, { [name]: Number(CLAIMS[name]) + 0.5 }),
    claims(`${name} negative`, { [name]: -1 }),
    claims(`${name} true`, { [name]: true }),
    claims(`${name} a list`, { [name]: [CLAIMS[name]] }),
    claims(`${name} an object`, { [name]: {} }),
    claims(`${name} "Infinity"`, { [name]: "Infinity" }),
    raw(`${name} 1e400`, name, "1e400"),
    raw(`${name} 1e308`, name, "1e308"),
    raw(`${name} over 2^53`, name, "9007199254740993"),
  ]),
  claims("exp in milliseconds", { exp: (NOW + 300) * 1000 }),
  claims("exp over a year ahead", { exp: NOW - 10 + 366 * 86_400 + 1 }),
  claims("exp before iat", { iat: NOW + 30, exp: NOW + 20, nbf: undefined }),
  claims("exp equal to iat", { iat: NOW + 30, exp: NOW + 30, nbf: undefined }),
  claims("exp equal to nbf", { nbf: NOW + 30, exp: NOW + 30 }),
  claims("iat 61 s ahead", { iat: NOW + 61 }),
  claims("nbf 61 s ahead", { nbf: NOW + 61 }),
  claims("iat in milliseconds", { iat: NOW * 1000 }),
  ...[
    ["exp now", NOW],
    ["exp one second ago", NOW - 1],
    ["exp an hour ago", NOW - 3600],
    ["exp zero", 0],
  ].map(([attack, exp]) => ({
    attack: String(attack),
    token: withClaims({ exp }),
    code: "ExpiredTokenException" as const,
  })),
];

export const CLAIMS_VECTORS: readonly Vector[] = [
  ...issuers,
  ...audiences,
  ...clientIds,
  clientIdOfOthers,
  ...times,
];

export const CLAIMS_ACCEPTED: readonly (readonly [string, string])[] = [
  ["aud a list of ours alone", withClaims({ aud: ["countersign"] })],
  ["azp equal to the audience", withClaims({ azp: "countersign" })],
  ["azp equal to the subject", withClaims({ azp: CLAIMS.sub })],
  ["one second before expiry", withClaims({ exp: NOW + 1 })],
  ["iat and nbf 60 s ahead", withClaims({ iat: NOW + 60, nbf: NOW + 60 })],
  ["no nbf", withClaims({ nbf: undefined })],
  ["a lifetime of a year", withClaims({ exp: NOW - 10 + 366 * 86_400 })],
];
