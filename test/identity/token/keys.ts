// Keys and signatures for test tokens, made by node:crypto alone: nothing of the code under test signs for its own test.

import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function rsa(kid: string, modulusLength = 2048): TestKey {
  return { kid, alg: "RS256", ...generateKeyPairSync("rsa", { modulusLength }) };
}

function ec(kid: string, alg: string, namedCurve: string): TestKey {
  return { kid, alg, ...generateKeyPairSync("ec", { namedCurve }) };
}

/** What the issuer signs with. */
export const KEYS = {
  rsa: rsa("rsa-1"),
  p256: ec("p256-1", "ES256", "P-256"),
  p384: ec("p384-1", "ES384", "P-384"),
  p521: ec("p521-1", "ES512", "P-521"),
  ed25519: { kid: "ed-1", alg: "EdDSA", ...generateKeyPairSync("ed25519") },
} as const;

/** Keys that no issuer should publish, and keys that are not the issuer's. */
export const BAD_KEYS = {
  attacker: rsa("rsa-1"),
  otherIssuer: rsa("other-1"),
  rsa1024: rsa("rsa-1024", 1024),
  rsa2040: rsa("rsa-2040", 2040),
  rsaEncryption: rsa("rsa-enc"),
  rsaSignOnly: rsa("rsa-sign-only"),
  rsaPrivate: rsa("rsa-private"),
  rsa512Only: rsa("rsa-512-only"),
  twin: rsa("twin"),
  ed448: { kid: "ed448-1", alg: "EdDSA", ...generateKeyPairSync("ed448") },
  secp256k1: ec("k1", "ES256", "secp256k1"),
} as const;

export function publicJwk(key: TestKey, extra: object = {}): JsonWebKey {
  return { ...key.publicKey.export({ format: "jwk" }), kid: key.kid, use: "sig", ...extra };
}

export const OCT_SECRET = Buffer.from("a shared secret that someone published in the key set");

/** The key set of the issuer: good keys beside every kind that must never verify a token. */
export function jwksDocument(): Buffer {
  const ecPoint = publicJwk(KEYS.p256);
  const offCurve = Buffer.from(String(ecPoint.y), "base64url");
  offCurve[31] = (offCurve[31] ?? 0) ^ 1;
  return Buffer.from(
    JSON.stringify({
      keys: [
        ...Object.values(KEYS).map((key) => publicJwk(key)),
        publicJwk(BAD_KEYS.rsa1024),
        publicJwk(BAD_KEYS.rsa2040),
        publicJwk(BAD_KEYS.rsaEncryption, { use: "enc" }),
        publicJwk(BAD_KEYS.rsaSignOnly, { key_ops: ["sign"] }),
        publicJwk(BAD_KEYS.rsaPrivate, BAD_KEYS.rsaPrivate.privateKey.export({ format: "jwk" })),
        publicJwk(BAD_KEYS.rsa512Only, { alg: "RS512" }),
        publicJwk(BAD_KEYS.twin),
        publicJwk({ ...BAD_KEYS.otherIssuer, kid: "twin" }),
        publicJwk(BAD_KEYS.ed448),
        publicJwk(BAD_KEYS.secp256k1),
        { ...ecPoint, kid: "off-curve", y: offCurve.toString("base64url") },
        { ...publicJwk(KEYS.p384), kid: "wrong-crv", crv: "P-256" },
        { ...publicJwk(KEYS.rsa), kid: "exponent-one", e: "AQ" },
        { ...publicJwk(KEYS.rsa), kid: "padded", n: `${publicJwk(KEYS.rsa).n}==` },
        { kty: "oct", kid: "oct-1", k: OCT_SECRET.toString("base64url"), use: "sig", alg: "HS256" },
        { ...publicJwk(KEYS.rsa), kid: 1 },
        { ...publicJwk(KEYS.rsa), kid: "" },
        publicJwk(KEYS.rsa, { kid: undefined }),
      ],
    }),
  );
}

const HASHES: Readonly<Record<string, string>> = { "256": "sha256", "384": "sha384", "512": "sha512" };

/** Signs in the wire form of the algorithm. */
export function signatureOf(input: string, key: TestKey, alg = key.alg): Buffer {
  const hash = HASHES[alg.slice(2)] ?? null;
  const { privateKey } = key;
  if (alg.startsWith("ES")) {
    return sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
  }
  if (alg.startsWith("PS")) {
    return sign(hash, Buffer.from(input), { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING });
  }
  return sign(alg === "EdDSA" ? null : hash, Buffer.from(input), privateKey);
}

export function derSignatureOf(input: string, key: TestKey): Buffer {
  return sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "der" });
}

export function sha1SignatureOf(input: string, key: TestKey): Buffer {
  return sign("sha1", Buffer.from(input), key.privateKey);
}

export function hmacOf(input: string, secret: string | Buffer, hash = "sha256"): Buffer {
  return createHmac(hash, secret).update(input).digest();
}

export function pemOf(key: TestKey): string {
  return createPublicKey(key.privateKey).export({ type: "spki", format: "pem" }).toString();
}
