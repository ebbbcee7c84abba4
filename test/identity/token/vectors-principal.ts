// Attacks through subject, groups, chosen claims and kinds of token.

import type { IssuerConfig } from "../../../lambdas/model/deployment.ts";
import { ISSUER_CONFIG, withClaims, withClaimsText, withRules } from "./issue.ts";
import type { Vector } from "./vectors.ts";

type Members = Readonly<Record<string, unknown>>;

function claims(attack: string, members: Members, issuer?: IssuerConfig): Vector {
  return { attack, token: withClaims(members), code: "InvalidIdentityToken", ...(issuer && { issuer }) };
}

const subjects: readonly Vector[] = [
  claims("sub missing", { sub: undefined }),
  claims("sub null", { sub: null }),
  claims("sub empty", { sub: "" }),
  claims("sub a number", { sub: 1 }),
  claims("sub true", { sub: true }),
  claims("sub a list", { sub: ["agent-7f3a"] }),
  claims("sub an object", { sub: {} }),
  claims("sub of 256 characters", { sub: "s".repeat(256) }),
  claims("sub with a line feed", { sub: "agent\nadmin" }),
  claims("sub with a line feed behind", { sub: "agent\n" }),
  claims("sub with a null byte", { sub: "agent\0" }),
  claims("sub with a tab", { sub: "agent\t" }),
  claims("sub with a delete character", { sub: "agent\x7f" }),
  claims("sub with an escape sequence", { sub: "\x1b[31magent" }),
  claims("sub with a space in front", { sub: " agent" }),
  claims("sub with a space behind", { sub: "agent " }),
  claims("sub a space", { sub: " " }),
  claims("sub with a look-alike letter", { sub: "\u0430gent" }),
  claims("sub written from right to left", { sub: "agent\u202e" }),
];

const repositories = withRules({ subjects: ["repo:acme/*", "repo:acme@42/*", "agent-exact"] });
const expectedSubjects: readonly Vector[] = [
  ["repo:acme-evil/app:ref:refs/heads/main", "a longer owner"],
  ["repo:acme", "the prefix without its end"],
  ["repo:ACME/app:ref:refs/heads/main", "another case"],
  ["xrepo:acme/app", "a prefix in front"],
  ["agent-exact-not", "an exact name as prefix"],
  ["agent-exac", "a part of an exact name"],
  ["*", "a star"],
  ["repo:acme@421/app:ref:refs/heads/main", "a longer owner id"],
].map(([sub, what]) => claims(`sub outside the configured ones: ${what}`, { sub }, repositories));

const accessOnly = withRules({ requiredClaims: { token_use: "access", device: true } });
const requiredClaims: readonly Vector[] = [
  ["missing", { device: true }],
  ["another value", { token_use: "id", device: true }],
  ["a list with the value", { token_use: ["access"], device: true }],
  ["a string for a boolean", { token_use: "access", device: "true" }],
  ["one for true", { token_use: "access", device: 1 }],
  ["false for true", { token_use: "access", device: false }],
  ["null", { token_use: null, device: true }],
].map(([what, members]) => claims(`required claim: ${what}`, Object(members), accessOnly));

const spaces = withRules({ groupsForm: "spaces" });
const groups: readonly Vector[] = [
  claims("groups a string for a list", { groups: "admins" }),
  claims("groups a string with commas", { groups: "readers,admins" }),
  claims("groups an empty string", { groups: "" }),
  claims("groups null", { groups: null }),
  claims("groups an object", { groups: { admins: true } }),
  claims("groups an object like a list", { groups: { "0": "admins", length: 1 } }),
  claims("groups a number", { groups: 1 }),
  claims("groups true", { groups: true }),
  claims("groups a list with a number", { groups: ["readers", 1] }),
  claims("groups a list with null", { groups: ["readers", null] }),
  claims("groups a list in a list", { groups: [["admins"]] }),
  claims("groups a list with an object", { groups: [{ name: "admins" }] }),
  claims("group name empty", { groups: ["readers", ""] }),
  claims("group name of 257 characters", { groups: ["g".repeat(257)] }),
  claims("group name with a line feed", { groups: ["readers\nadmins"] }),
  claims("group name with a null byte", { groups: ["admins\0"] }),
  claims("group name with a zero width space", { groups: ["admins\u200b"] }),
  claims("group name written from right to left", { groups: ["\u202esnimda"] }),
  claims("251 groups", { groups: Array.from({ length: 251 }, (_, index) => `g${index}`) }),
  claims("overage: groups at another address", {
    groups: undefined,
    _claim_names: { groups: "src1" },
    _claim_sources: { src1: { endpoint: "https://evil.example/groups" } },
  }),
  claims("overage: some groups and another address", { _claim_names: { groups: "src1" } }),
  claims("overage: _claim_names of another form", { _claim_names: "groups" }),
  claims("overage: hasgroups true", { groups: undefined, hasgroups: true }),
  claims('overage: hasgroups "true"', { groups: undefined, hasgroups: "true" }),
  claims("groups by spaces: a list", { groups: ["readers"] }, spaces),
  claims("groups by spaces: two spaces", { groups: "readers  admins" }, spaces),
  claims("groups by spaces: a space behind", { groups: "readers " }, spaces),
  claims("groups by spaces: a tab", { groups: "readers\tadmins" }, spaces),
  claims("groups by spaces: a number", { groups: 1 }, spaces),
];

const chosen: readonly Vector[] = [
  claims("chosen claim an object", { team: { name: "payments" } }),
  claims("chosen claim null", { team: null }),
  claims("chosen claim a list with a number", { team: ["payments", 1] }),
  claims("chosen claim a list in a list", { team: [["payments"]] }),
  claims("chosen claim of 2,049 characters", { team: "t".repeat(2049) }),
  claims("chosen claim a list of 251", { team: Array.from({ length: 251 }, () => "t") }),
  claims("chosen claim a fraction", { level: 0.5 }),
  {
    attack: "chosen claim over 2^53",
    token: withClaimsText(',"level":9007199254740993}'),
    code: "InvalidIdentityToken",
  },
  {
    attack: "chosen claim __proto__ an object",
    token: withClaimsText(',"__proto__":{"admin":true}}'),
    code: "InvalidIdentityToken",
  },
  {
    attack: "chosen claim constructor an object",
    token: withClaimsText(',"constructor":{}}'),
    code: "InvalidIdentityToken",
  },
  claims("e-mail without a word on its verification", { email: "a@example.com" }),
  claims("e-mail not verified", { email: "a@example.com", email_verified: false }),
  claims('e-mail verified "true"', { email: "a@example.com", email_verified: "true" }),
  claims('e-mail verified "false"', { email: "a@example.com", email_verified: "false" }),
  claims("e-mail verified 1", { email: "a@example.com", email_verified: 1 }),
  claims("e-mail empty and not verified", { email: "", email_verified: false }),
];

const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";
const kinds: readonly Vector[] = [
  claims("logout token without its typ", { events: { [LOGOUT]: {} }, sid: "1" }),
  claims("security event", { events: { "https://schemas.openid.net/secevent/risc/event-type/x": {} } }),
  claims("events null", { events: null }),
  claims("token bound to a DPoP key", { cnf: { jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }),
  claims("token bound to a client certificate", {
    cnf: { "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" },
  }),
  claims("cnf null", { cnf: null }),
  claims("jti a number", { jti: 1 }),
  claims("jti null", { jti: null }),
  claims("jti a list", { jti: ["c0ffee"] }),
];

export const PRINCIPAL_VECTORS: readonly Vector[] = [
  ...subjects,
  ...expectedSubjects,
  ...requiredClaims,
  ...groups,
  ...chosen,
  ...kinds,
];

export const PRINCIPAL_ACCEPTED: readonly (readonly [string, string, IssuerConfig])[] = [
  ["a subject of 255 characters", withClaims({ sub: "s".repeat(255) }), ISSUER_CONFIG],
  ["a subject of one character", withClaims({ sub: "s" }), ISSUER_CONFIG],
  ["250 groups", withClaims({ groups: Array.from({ length: 250 }, (_, i) => `g${i}`) }), ISSUER_CONFIG],
  ["a group of 256 characters", withClaims({ groups: ["g".repeat(256)] }), ISSUER_CONFIG],
  ["no jti", withClaims({ jti: undefined }), ISSUER_CONFIG],
  ["a subject under a configured prefix", withClaims({ sub: "repo:acme/app:ref:x" }), repositories],
  ["a subject that is configured exactly", withClaims({ sub: "agent-exact" }), repositories],
  ["required claims", withClaims({ token_use: "access", device: true }), accessOnly],
  ["an empty list of groups by spaces", withClaims({ groups: "" }), spaces],
];
