// Decides which keys of a published key set (RFC 7517) may verify tokens. The document is the issuer's, but may be broken
// or poisoned: it is bounded and parsed strictly. A key we cannot use is left out; it does not spoil the others.

import { createPublicKey } from "node:crypto";
import type { JwtAlgorithm } from "../../model/deployment.ts";
import { decodeBase64url } from "./base64url.ts";
import {
  isJsonObject,
  isStringArray,
  type JsonObject,
  type JsonValue,
  parseStrictObject,
} from "./strict-json.ts";

const MAX_BYTES = 1_000_000;
const MAX_KEYS = 100;
const MAX_DEPTH = 16;
const MIN_RSA_BITS = 2048; // NIST SP 800-131A; RFC 7518, 3.3
const MAX_RSA_BITS = 8192; // verification time grows with the square
const MAX_RSA_EXPONENT_BYTES = 8;

/** The public members only, built anew: nothing else of the document is handed to a library. */
type PublicJwk =
  | { readonly kty: "RSA"; readonly kid: string; readonly use: "sig"; readonly n: string; readonly e: string }
  | {
      readonly kty: "EC";
      readonly kid: string;
      readonly use: "sig";
      readonly crv: string;
      readonly x: string;
      readonly y: string;
    }
  | {
      readonly kty: "OKP";
      readonly kid: string;
      readonly use: "sig";
      readonly crv: "Ed25519";
      readonly x: string;
    };

export interface VerificationKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  /** What this key may verify: fixed by its type and curve, and by its own `alg` where it has one. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** The exact length of a signature on the wire. */
  readonly signatureBytes: number;
}

const CURVES: ReadonlyMap<string, { readonly algorithm: JwtAlgorithm; readonly bytes: number }> = new Map([
  ["P-256", { algorithm: "ES256", bytes: 32 }],
  ["P-384", { algorithm: "ES384", bytes: 48 }],
  ["P-521", { algorithm: "ES512", bytes: 66 }],
]);

/** Returns the usable keys by `kid`, or `undefined` when the document as a whole is not to be believed. */
export function parseJwks(bytes: Uint8Array): ReadonlyMap<string, VerificationKey> | undefined {
  const listed = bytes.length > MAX_BYTES ? undefined : parseStrictObject(bytes, MAX_DEPTH)?.get("keys");
  if (!Array.isArray(listed) || listed.length > MAX_KEYS || !listed.every(isJsonObject)) {
    return undefined;
  }
  const keys = new Map<string, VerificationKey>();
  const ambiguous = new Set<string>();
  for (const key of listed.map(parseKey)) {
    if (key !== undefined && keys.has(key.kid)) {
      ambiguous.add(key.kid); // which of two keys is meant must not depend on their order
    } else if (key !== undefined) {
      keys.set(key.kid, key);
    }
  }
  for (const kid of ambiguous) {
    keys.delete(kid);
  }
  return keys;
}

function parseKey(member: JsonObject): VerificationKey | undefined {
  const kid = member.get("kid");
  if (typeof kid !== "string" || kid === "" || !isForVerifying(member)) {
    return undefined;
  }
  const key = parseByType(member, kid);
  const alg = member.get("alg");
  const algorithms = key?.algorithms.filter((allowed) => alg === undefined || allowed === alg) ?? [];
  if (key === undefined || algorithms.length === 0 || !isLoadable(key.jwk)) {
    return undefined;
  }
  return { ...key, algorithms };
}

/** A key whose private half is published verifies nothing. */
function isForVerifying(member: JsonObject): boolean {
  const use = member.get("use");
  const operations = member.get("key_ops");
  return (
    (use === undefined || use === "sig") &&
    (operations === undefined || (isStringArray(operations) && operations.includes("verify"))) &&
    !member.has("d") &&
    !member.has("k")
  );
}

/** Any other type, `oct` above all, is no key here: a public key's text must never become an HMAC secret. */
function parseByType(member: JsonObject, kid: string): VerificationKey | undefined {
  switch (member.get("kty")) {
    case "RSA":
      return parseRsa(member, kid);
    case "EC":
      return parseEc(member, kid);
    case "OKP":
      return parseEd25519(member, kid);
    default:
      return undefined;
  }
}

function parseRsa(member: JsonObject, kid: string): VerificationKey | undefined {
  const [n, e] = [integer(member.get("n")), integer(member.get("e"))];
  if (n === undefined || e === undefined || e.bytes.length > MAX_RSA_EXPONENT_BYTES) {
    return undefined;
  }
  const bits = n.bytes.length * 8 - Math.clz32(n.bytes[0] ?? 0) + 24;
  const exponentIsOdd = ((e.bytes.at(-1) ?? 0) & 1) === 1;
  const exponentIsOne = e.bytes.length === 1 && e.bytes[0] === 1; // then a signature is just the padded hash
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || !exponentIsOdd || exponentIsOne) {
    return undefined;
  }
  return {
    kid,
    jwk: { kty: "RSA", kid, use: "sig", n: n.text, e: e.text },
    algorithms: ["RS256", "RS384", "RS512"],
    signatureBytes: n.bytes.length,
  };
}

function parseEc(member: JsonObject, kid: string): VerificationKey | undefined {
  const crv = member.get("crv");
  const curve = typeof crv === "string" ? CURVES.get(crv) : undefined;
  const [x, y] = [binary(member.get("x")), binary(member.get("y"))];
  if (typeof crv !== "string" || curve === undefined || x === undefined || y === undefined) {
    return undefined;
  }
  if (x.bytes.length !== curve.bytes || y.bytes.length !== curve.bytes) {
    return undefined;
  }
  return {
    kid,
    jwk: { kty: "EC", kid, use: "sig", crv, x: x.text, y: y.text },
    algorithms: [curve.algorithm],
    signatureBytes: curve.bytes * 2,
  };
}

function parseEd25519(member: JsonObject, kid: string): VerificationKey | undefined {
  const x = binary(member.get("x"));
  if (member.get("crv") !== "Ed25519" || x?.bytes.length !== 32) {
    return undefined;
  }
  return {
    kid,
    jwk: { kty: "OKP", kid, use: "sig", crv: "Ed25519", x: x.text },
    algorithms: ["EdDSA"],
    signatureBytes: 64,
  };
}

interface Binary {
  readonly text: string;
  readonly bytes: Uint8Array;
}

function binary(value: JsonValue | undefined): Binary | undefined {
  const bytes = typeof value === "string" ? decodeBase64url(value) : undefined;
  return typeof value === "string" && bytes !== undefined ? { text: value, bytes } : undefined;
}

/** RFC 7518, section 2: Base64urlUInt has no leading zero bytes. */
function integer(value: JsonValue | undefined): Binary | undefined {
  const number = binary(value);
  return number !== undefined && (number.bytes[0] ?? 0) !== 0 ? number : undefined;
}

/** The library would throw on a point off its curve only when a token comes. */
function isLoadable(jwk: PublicJwk): boolean {
  try {
    createPublicKey({ key: { ...jwk }, format: "jwk" });
    return true;
  } catch {
    return false;
  }
}
