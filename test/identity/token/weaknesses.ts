// Weaknesses to plant in the token check, one at a time: each is a plausible slip in one line. Where the library behind
// is a second lock on the same thing (text form, issuer, signature length), a slip in ours alone shows in no vector, and
// is not listed.

export interface Weakness {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly plant: string;
}

function inFile(file: string, slips: readonly (readonly [string, string, string])[]): readonly Weakness[] {
  return slips.map(([name, find, plant]) => ({ name, file, find, plant }));
}

export const WEAKNESSES: readonly Weakness[] = [
  ...inFile("token-text.ts", [["any size", "text.length > MAX_TOKEN_CHARACTERS", "false"]]),
  ...inFile("base64url.ts", [
    ["stray bits", 'bytes.toString("base64url") === text ? bytes : undefined', "bytes"],
  ]),
  ...inFile("strict-json.ts", [
    ["duplicate keys", "members.has(key) ||", ""],
    ["any depth", "depth > cursor.maxDepth", "false"],
    ["lone surrogates", "!value.isWellFormed()", "false"],
    ["infinite numbers", "!Number.isFinite(value)", "false"],
    ["invalid UTF-8", "fatal: true", "fatal: false"],
    ["a byte order mark", "ignoreBOM: true", "ignoreBOM: false"],
  ]),
  ...inFile("token-header.ts", [
    ["crit ignored", '["crit", "b64",', '["b64",'],
    ["b64 ignored", '"b64",', ""],
    ["cty ignored", '"cty",', ""],
    ["zip ignored", ', "zip"]', "]"],
    [
      "any algorithm of the library",
      "issuer.algorithms.find",
      '["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"].find',
    ],
    ["any typ", '!isOfType(unverifiedHeader.get("typ"), issuer.token?.type ?? "jwt")', "false"],
    ["typ by prefix", 'typ.toUpperCase() === "JWT"', 'typ.toUpperCase().startsWith("JWT")'],
    ["typ as configured ignored", 'issuer.token?.type ?? "jwt"', '"jwt"'],
    ["typ required to be absent only", 'return type === "jwt"; //', "return true; //"],
  ]),
  ...inFile("jwks-document.ts", [
    ["RSA of 1024 bits", "MIN_RSA_BITS = 2048", "MIN_RSA_BITS = 1024"],
    ["RSA exponent one", "|| exponentIsOne", ""],
    ["keys for encryption", '(use === undefined || use === "sig")', "true"],
    ["keys not for verifying", '(isStringArray(operations) && operations.includes("verify"))', "true"],
    ["keys with a published private half", '!member.has("d")', "true"],
    ["the key's own alg ignored", "alg === undefined || allowed === alg", "true"],
    ["one of two keys with one kid", "keys.delete(kid);", ""],
    ["any number of keys", "listed.length > MAX_KEYS", "false"],
    ["any size of document", "bytes.length > MAX_BYTES ? undefined :", ""],
  ]),
  ...inFile("token-signature.ts", [
    ["no signature check", "verifierOf(key).verifySync(token.text);", ""],
    ["algorithm and key type apart", "!key.algorithms.includes(header.algorithm)", "false"],
    [
      "parsed keys kept by kid",
      "verifiers = new WeakMap<VerificationKey, { verifySync(token: string): unknown }>()",
      byKid(),
    ],
  ]),
  ...inFile("token-claims.ts", [
    ["any subject text", "!SUBJECT.test(subject)", "false"],
    ["one of several audiences", "aud.length === 1 &&", ""],
    ["client_id ignored", 'isOneOf(claims.get("client_id"), issuer) &&', ""],
    ["aud beside client_id ignored", "(aud === undefined || isOnly(aud, issuer.audience))", "true"],
    ["any azp", "azp === undefined ||", "true ||"],
    ["azp by prefix", "parties.includes(party)", "parties.some((one) => one.startsWith(party))"],
    ["exp optional", 'numericDate(claims.get("exp"))', 'numericDate(claims.get("exp") ?? now + 1)'],
    ["iat optional", 'numericDate(claims.get("iat"))', 'numericDate(claims.get("iat") ?? now)'],
    [
      "malformed nbf ignored",
      'claims.has("nbf") ? numericDate(claims.get("nbf")) : iat',
      'numericDate(claims.get("nbf")) ?? iat',
    ],
    ["dates with fractions", "Number.isSafeInteger(value)", "Number.isFinite(value)"],
    ["negative dates", "&& value >= 0", ""],
    ["the second of expiry", "now >= exp", "now > exp"],
    ["leeway at expiry", "now >= exp", "now >= exp + LEEWAY_SECONDS"],
    ["leeway one second longer", "LEEWAY_SECONDS = 60", "LEEWAY_SECONDS = 61"],
    ["nbf ignored", "|| nbf > now + LEEWAY_SECONDS", ""],
    ["iat ahead", "iat > now + LEEWAY_SECONDS ||", ""],
    ["any lifetime", "|| exp - iat > MAX_LIFETIME_SECONDS", ""],
    ["logout tokens", 'claims.has("events")', "false"],
    ["key-bound tokens", 'claims.has("cnf")', "false"],
    ["required claims as text", "claims.get(name) === value", "String(claims.get(name)) === String(value)"],
    ["required claims ignored", "claims.get(name) === value", "true"],
  ]),
  ...inFile("token-principal.ts", [
    ["subject prefix one character short", "pattern.slice(0, -1)", "pattern.slice(0, -2)"],
    ["exact subjects as prefixes", "subject === pattern", "subject.startsWith(pattern)"],
    ["group overage", 'claims.has("_claim_names") ||', ""],
    ["hasgroups", '|| claims.has("hasgroups")', ""],
    [
      "a text as one group",
      "!isStringArray(listed) ||",
      '!Array.isArray(typeof listed === "string" ? [listed] : listed) ||',
    ],
    ["any number of groups", "listed.length > MAX_GROUPS ||", ""],
    ["any group name", "!listed.every((group) => GROUP.test(group))", "false"],
    ["any chosen claim", "!isPlain(value)", "false"],
    ["numbers over 2^53", "Number.isSafeInteger(value)", "Number.isInteger(value)"],
    [
      "e-mail unless denied",
      'claims.get("email_verified") !== true',
      'claims.get("email_verified") === false',
    ],
    [
      "e-mail verified as text",
      'claims.get("email_verified") !== true',
      'String(claims.get("email_verified")) !== "true"',
    ],
  ]),
  ...inFile("token-verifier.ts", [
    ["one keyring for all issuers", "keyrings.get(config.jwksUri)", "[...keyrings.values()][0]"],
    ["no claims check", 'claims.kind === "refused"', "false"],
  ]),
  ...inFile("keyring.ts", [
    ["a fetch for each unknown kid", "ageOf(attemptedAt) >= pause", "true"],
    ["a fetch in 29 s", "REFETCH_SECONDS = 30", "REFETCH_SECONDS = 29"],
    ["many fetches at a time", "inFlight ??= load()", "inFlight = load()"],
    ["keys for ever in an outage", "STALE_SECONDS = 24 * 3600", "STALE_SECONDS = Infinity"],
    ["keys one second too long", "STALE_SECONDS = 24 * 3600", "STALE_SECONDS = 24 * 3600 + 1"],
    ["withdrawn keys for a day", "FRESH_SECONDS = 600", "FRESH_SECONDS = 86_400"],
    ["a clock that jumped back", "age < 0 ? Number.POSITIVE_INFINITY : age", "age"],
    [
      "a poisoned document wipes the keys",
      "keys === undefined ? loaded : { keys, at }",
      "{ keys: keys ?? new Map(), at }",
    ],
    ["an outage called a bad token", "return failed", "return false"],
  ]),
];

function byKid(): string {
  return "known = new Map(), verifiers = { get: (key) => known.get(key.kid), set: (key, made) => known.set(key.kid, made) }";
}
