// Attacks on the signature, and keys of the published set that must not verify anything.

import { hash as hashOnce } from "node:crypto";
import {
  base64url,
  CLAIMS,
  goodToken,
  HEADER,
  ISSUER_CONFIG,
  OTHER_ISSUER,
  OTHER_JWKS_URI,
  unsigned,
  withHeader,
} from "./issue.ts";
import { BAD_KEYS, derSignatureOf, KEYS, sha1SignatureOf, signatureOf, type TestKey } from "./keys.ts";
import type { Vector } from "./vectors.ts";

function bad(attack: string, token: string): Vector {
  return { attack, token, code: "InvalidIdentityToken" };
}

function over(alg: string, kid: string, sign: (input: string) => Buffer): string {
  const input = unsigned({ alg, kid });
  return `${input}.${base64url(sign(input))}`;
}

/** A good signature of this key, changed. */
function changed(key: TestKey, change: (signature: Buffer) => Buffer): string {
  return over(key.alg, key.kid, (input) => change(signatureOf(input, key)));
}

function flip(index: number): (signature: Buffer) => Buffer {
  return (signature) => {
    const copy = Buffer.from(signature);
    const at = index < 0 ? copy.length + index : index;
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
}

const good = goodToken();
const [header = "", payload = "", signature = ""] = good.split(".");
const otherPayload = base64url(JSON.stringify({ ...CLAIMS, sub: "admin" }));
const otherHeader = base64url(JSON.stringify({ ...HEADER, x: 1 }));

const forged: readonly Vector[] = [
  bad("the attacker's key under a known kid", withHeader({}, BAD_KEYS.attacker)),
  bad("another subject under the signature of a good token", `${header}.${otherPayload}.${signature}`),
  bad("another header under the signature of a good token", `${otherHeader}.${payload}.${signature}`),
  bad("parts in another order", `${payload}.${header}.${signature}`),
  bad("signature of the payload alone", `${header}.${payload}.${base64url(signatureOf(payload, KEYS.rsa))}`),
  bad(
    "RSA signature of null bytes",
    over("RS256", "rsa-1", () => Buffer.alloc(256)),
  ),
  bad(
    "RSA signature of one",
    over("RS256", "rsa-1", () => Buffer.concat([Buffer.alloc(255), Buffer.from([1])])),
  ),
  bad(
    "RSA signature with PSS padding as RS256",
    over("RS256", "rsa-1", (i) => signatureOf(i, KEYS.rsa, "PS256")),
  ),
  bad(
    "RSA signature with SHA-1 as RS256",
    over("RS256", "rsa-1", (i) => sha1SignatureOf(i, KEYS.rsa)),
  ),
  bad(
    "RSA signature with SHA-512 as RS256",
    over("RS256", "rsa-1", (i) => signatureOf(i, KEYS.rsa, "RS512")),
  ),
  ...Object.values(KEYS).flatMap((key) => [
    bad(`${key.alg}: first byte changed`, changed(key, flip(0))),
    bad(`${key.alg}: last byte changed`, changed(key, flip(-1))),
    bad(
      `${key.alg}: one byte less`,
      changed(key, (s) => s.subarray(0, -1)),
    ),
    bad(
      `${key.alg}: one byte more`,
      changed(key, (s) => Buffer.concat([s, Buffer.from([0])])),
    ),
    bad(
      `${key.alg}: null byte in front`,
      changed(key, (s) => Buffer.concat([Buffer.from([0]), s])),
    ),
    bad(
      `${key.alg}: the signature twice`,
      changed(key, (s) => Buffer.concat([s, s])),
    ),
  ]),
];

const curves: readonly Vector[] = [
  ...[KEYS.p256, KEYS.p384, KEYS.p521].flatMap((key) => [
    bad(
      `${key.alg}: r and s zero`,
      changed(key, (s) => Buffer.alloc(s.length)),
    ),
    bad(
      `${key.alg}: r zero`,
      changed(key, (s) => Buffer.concat([Buffer.alloc(s.length / 2), s.subarray(s.length / 2)])),
    ),
    bad(
      `${key.alg}: s zero`,
      changed(key, (s) => Buffer.concat([s.subarray(0, s.length / 2), Buffer.alloc(s.length / 2)])),
    ),
    bad(
      `${key.alg}: r and s all ones`,
      changed(key, (s) => Buffer.alloc(s.length, 0xff)),
    ),
    bad(
      `${key.alg}: r and s swapped`,
      changed(key, (s) => Buffer.concat([s.subarray(s.length / 2), s.subarray(0, s.length / 2)])),
    ),
  ]),
  bad(
    "ES256 in DER form",
    over("ES256", "p256-1", (i) => derSignatureOf(i, KEYS.p256)),
  ),
  bad(
    "ES256 named, P-384 key",
    over("ES256", "p384-1", (i) => signatureOf(i, KEYS.p384, "ES256")),
  ),
  bad(
    "ES384 named, P-256 key",
    over("ES384", "p256-1", (i) => signatureOf(i, KEYS.p256, "ES384")),
  ),
  bad(
    "ES512 named, P-256 key",
    over("ES512", "p256-1", (i) => signatureOf(i, KEYS.p256, "ES512")),
  ),
  bad(
    "RS256 named, P-256 key",
    over("RS256", "p256-1", (i) => signatureOf(i, KEYS.p256)),
  ),
  bad(
    "RS256 named, P-256 key, DER form",
    over("RS256", "p256-1", (i) => derSignatureOf(i, KEYS.p256)),
  ),
  bad(
    "RS256 named, Ed25519 key",
    over("RS256", "ed-1", (i) => signatureOf(i, KEYS.ed25519)),
  ),
  bad(
    "ES256 named, RSA key",
    over("ES256", "rsa-1", (i) => signatureOf(i, KEYS.rsa)),
  ),
  bad(
    "EdDSA named, RSA key",
    over("EdDSA", "rsa-1", (i) => signatureOf(i, KEYS.rsa)),
  ),
  bad(
    "EdDSA named, P-256 key",
    over("EdDSA", "p256-1", (i) => signatureOf(i, KEYS.p256)),
  ),
];

const OTHER = { ...ISSUER_CONFIG, issuer: OTHER_ISSUER, jwksUri: OTHER_JWKS_URI };

function byBadKey(attack: string, key: TestKey, alg = key.alg): Vector {
  return bad(
    attack,
    over(alg, key.kid, (input) => signatureOf(input, key, alg)),
  );
}

const published: readonly Vector[] = [
  byBadKey("RSA key of 1024 bits", BAD_KEYS.rsa1024),
  byBadKey("RSA key of 2040 bits, just too small", BAD_KEYS.rsa2040),
  byBadKey("key for encryption", BAD_KEYS.rsaEncryption),
  byBadKey("key whose operations do not include verify", BAD_KEYS.rsaSignOnly),
  byBadKey("key whose private half is published", BAD_KEYS.rsaPrivate),
  byBadKey("key for RS512 only", BAD_KEYS.rsa512Only),
  byBadKey("first of two keys with one kid", BAD_KEYS.twin),
  byBadKey("second of two keys with one kid", { ...BAD_KEYS.otherIssuer, kid: "twin" }),
  byBadKey("Ed448 key", BAD_KEYS.ed448),
  byBadKey("secp256k1 key", BAD_KEYS.secp256k1),
  byBadKey("point off its curve", { ...KEYS.p256, kid: "off-curve" }),
  byBadKey("P-384 point said to be on P-256", { ...KEYS.p384, kid: "wrong-crv" }, "ES256"),
  byBadKey("RSA modulus with padding", { ...KEYS.rsa, kid: "padded" }),
  {
    ...bad("RSA exponent one: the signature is the padded hash", exponentOne()),
  },
  { ...byBadKey("key of another issuer, under that issuer's kid", BAD_KEYS.otherIssuer), others: [OTHER] },
  { ...byBadKey("key of another issuer, under a kid that both use", BAD_KEYS.attacker), others: [OTHER] },
];

/** With e = 1 anybody can write down the "signature": the padded hash itself (RFC 8017, 9.2). */
function exponentOne(): string {
  return over("RS256", "exponent-one", (input) => {
    const digestInfo = Buffer.from("3031300d060960864801650304020105000420", "hex");
    const hashed = Buffer.from(hashOnce("sha256", input), "hex");
    const tail = Buffer.concat([Buffer.from([0]), digestInfo, hashed]);
    const head = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 2 - tail.length, 0xff)]);
    return Buffer.concat([head, tail]);
  });
}

export const SIGNATURE_VECTORS: readonly Vector[] = [...forged, ...curves, ...published];

export const SIGNATURE_ACCEPTED: readonly (readonly [string, string])[] = Object.values(KEYS).map((key) => [
  `${key.alg}, rightly signed`,
  withHeader({ alg: key.alg, kid: key.kid }, key),
]);
