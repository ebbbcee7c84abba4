// Attacks through the header: algorithm, type, critical extensions, key id, keys brought along.

import { base64url, goodToken, ISSUER_CONFIG, signTexts, unsigned, withHeader, withRules } from "./issue.ts";
import { BAD_KEYS, hmacOf, KEYS, OCT_SECRET, pemOf, publicJwk, signatureOf } from "./keys.ts";
import type { Vector } from "./vectors.ts";

type Members = Readonly<Record<string, unknown>>;

function header(attack: string, members: Members): Vector {
  return { attack, token: withHeader(members), code: "InvalidIdentityToken" };
}

function signedBy(attack: string, members: Members, sign: (input: string) => Buffer): Vector {
  const input = unsigned(members);
  return { attack, token: `${input}.${base64url(sign(input))}`, code: "InvalidIdentityToken" };
}

// Even an issuer whose configuration allows it by mistake must not get a symmetric key.
const hmacAllowed = {
  ...ISSUER_CONFIG,
  algorithms: ["RS256", "HS256"] as unknown as typeof ISSUER_CONFIG.algorithms,
};

const algorithms: readonly Vector[] = [
  ...["none", "None", "NONE", "nOnE", "none ", "\u0000none", ""].flatMap((alg) => [
    header(`alg ${JSON.stringify(alg)} with a good signature`, { alg }),
    signedBy(`alg ${JSON.stringify(alg)} with one byte as signature`, { alg }, () => Buffer.from([0])),
  ]),
  header("alg missing", { alg: undefined }),
  header("alg null", { alg: null }),
  header("alg a number", { alg: 256 }),
  header("alg a list", { alg: ["RS256"] }),
  header("alg an object", { alg: { RS256: true } }),
  header("alg true", { alg: true }),
  header("alg in lower case", { alg: "rs256" }),
  header("alg with a space behind", { alg: "RS256 " }),
  header("alg with a null byte behind", { alg: "RS256\u0000" }),
  header("alg of the RSA family that is not configured, RS384", { alg: "RS384" }),
  signedBy("RS384, rightly signed, not configured", { alg: "RS384" }, (i) =>
    signatureOf(i, KEYS.rsa, "RS384"),
  ),
  signedBy("RS512, rightly signed, not configured", { alg: "RS512" }, (i) =>
    signatureOf(i, KEYS.rsa, "RS512"),
  ),
  signedBy("PS256, rightly signed, not configured", { alg: "PS256" }, (i) =>
    signatureOf(i, KEYS.rsa, "PS256"),
  ),
  header("RS1", { alg: "RS1" }),
  header("ES256K", { alg: "ES256K" }),
  header("dir, an encryption", { alg: "dir" }),
  header("PBES2, an encryption with costly iterations", { alg: "PBES2-HS256+A128KW", p2c: 2_000_000_000 }),
  signedBy("HS256 with the public key's PEM as secret", { alg: "HS256" }, (i) => hmacOf(i, pemOf(KEYS.rsa))),
  signedBy("HS256 with the public key's JWK as secret", { alg: "HS256" }, (i) =>
    hmacOf(i, JSON.stringify(publicJwk(KEYS.rsa))),
  ),
  signedBy("HS256 with the modulus as secret", { alg: "HS256" }, (i) =>
    hmacOf(i, Buffer.from(String(publicJwk(KEYS.rsa).n), "base64url")),
  ),
  signedBy("HS256 with an empty secret", { alg: "HS256" }, (i) => hmacOf(i, "")),
  signedBy("HS512 with the public key's PEM as secret", { alg: "HS512" }, (i) =>
    hmacOf(i, pemOf(KEYS.rsa), "sha512"),
  ),
  signedBy("HS256 with the oct key of the key set", { alg: "HS256", kid: "oct-1" }, (i) =>
    hmacOf(i, OCT_SECRET),
  ),
  {
    ...signedBy("HS256 with the oct key, allowed by mistake", { alg: "HS256", kid: "oct-1" }, (i) =>
      hmacOf(i, OCT_SECRET),
    ),
    issuer: hmacAllowed,
  },
  {
    ...signedBy("HS256 with the PEM, allowed by mistake", { alg: "HS256" }, (i) =>
      hmacOf(i, pemOf(KEYS.rsa)),
    ),
    issuer: hmacAllowed,
  },
];

const types: readonly Vector[] = [
  ...[
    "logout+jwt",
    "application/logout+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "at+jwt",
    "kb+jwt",
    "entity-statement+jwt",
    "token-introspection+jwt",
    "oauth-authz-req+jwt",
    "JOSE",
    "JWE",
    "JWT ",
    "JWT+x",
    "JWT\u0000",
    "",
  ].map((typ) => header(`typ ${JSON.stringify(typ)}`, { typ })),
  header("typ null", { typ: null }),
  header("typ a number", { typ: 1 }),
  header("typ a list", { typ: ["JWT"] }),
  { ...header("typ JWT where access tokens are configured", {}), issuer: withRules({ type: "at+jwt" }) },
  {
    ...header("no typ where access tokens are configured", { typ: undefined }),
    issuer: withRules({ type: "at+jwt" }),
  },
  {
    ...header("typ logout+jwt where access tokens are configured", { typ: "logout+jwt" }),
    issuer: withRules({ type: "at+jwt" }),
  },
];

const extensions: readonly Vector[] = [
  header("crit with an unknown extension", { crit: ["http://example.com/x"], "http://example.com/x": 1 }),
  header("crit with a known claim", { crit: ["exp"], exp: 1 }),
  header("crit empty", { crit: [] }),
  header("crit null", { crit: null }),
  header("crit a string", { crit: "b64" }),
  header("b64 false, named as critical", { crit: ["b64"], b64: false }),
  header("b64 false, not named as critical", { b64: false }),
  header("b64 true", { b64: true }),
  header("cty JWT, a token inside the token", { cty: "JWT" }),
  header("zip, a compressed payload", { zip: "DEF" }),
  header("enc, an encryption", { enc: "A256GCM" }),
  {
    attack: "a whole token as the payload",
    token: signTexts(JSON.stringify({ alg: "RS256", kid: "rsa-1", typ: "JWT" }), goodToken()),
    code: "InvalidIdentityToken",
  },
];

const kids: readonly Vector[] = [
  header("kid missing, with many keys in the set", { kid: undefined }),
  header("kid empty, as one key of the set has it", { kid: "" }),
  header("kid null", { kid: null }),
  header("kid a number, as one key of the set has it", { kid: 1 }),
  header("kid true", { kid: true }),
  header("kid a list", { kid: ["rsa-1"] }),
  header("kid an object", { kid: { toString: "rsa-1" } }),
  header("kid unknown", { kid: "rsa-9" }),
  header("kid in other case", { kid: "RSA-1" }),
  header("kid with a space behind", { kid: "rsa-1 " }),
  header("kid with a null byte behind", { kid: "rsa-1\u0000" }),
  header("kid with a line feed", { kid: "rsa-1\nx" }),
  header("kid not ASCII", { kid: "rsa-①" }),
  header("kid of 256 characters", { kid: "k".repeat(256) }),
  header("kid a path", { kid: "../../../../dev/null" }),
  header("kid SQL", { kid: "x' UNION SELECT 'key' --" }),
  header("kid a shell command", { kid: "rsa-1|id" }),
  header("kid an address", { kid: "https://evil.example/key" }),
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "keys", "0", "length"].map((kid) =>
    header(`kid ${kid}`, { kid }),
  ),
];

const attackerJwk = publicJwk(BAD_KEYS.attacker);
const keysBroughtAlong: readonly Vector[] = [
  ["jwk with the attacker's key", { jwk: attackerJwk }],
  ["jwk with the attacker's key and no kid", { jwk: attackerJwk, kid: undefined }],
  ["jwk with the attacker's key under an unknown kid", { jwk: { ...attackerJwk, kid: "x" }, kid: "x" }],
  ["jku with the attacker's address", { jku: "https://evil.example/jwks" }],
  ["jku and an unknown kid", { jku: "https://evil.example/jwks", kid: "x" }],
  ["x5u with the attacker's address", { x5u: "https://evil.example/cert" }],
  ["x5c with the attacker's certificate", { x5c: [base64url("certificate")] }],
  ["x5t of the attacker's certificate", { x5t: base64url("thumbprint") }],
].map(([attack, members]) => ({
  attack: String(attack),
  token: withHeader(Object(members), BAD_KEYS.attacker),
  code: "InvalidIdentityToken",
}));

export const HEADER_VECTORS: readonly Vector[] = [
  ...algorithms,
  ...types,
  ...extensions,
  ...kids,
  ...keysBroughtAlong,
];

export const HEADER_ACCEPTED: readonly (readonly [string, string])[] = [
  ["no typ", withHeader({ typ: undefined })],
  ["typ in lower case", withHeader({ typ: "jwt" })],
  [
    "keys in the header, which are ignored",
    withHeader({ jwk: attackerJwk, jku: "https://evil.example", x5c: [] }),
  ],
];
