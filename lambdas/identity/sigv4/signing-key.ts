// The arithmetic of SigV4: the signing key, the credential scope and one signature. No decision is made here.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface ScopeOfSignature {
  readonly timestamp: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** `<date>/<region>/<service>/aws4_request`. */
export function credentialScope({ date, region, service }: ScopeOfSignature): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** The key that signs for one day, region and service: four HMACs. */
export function deriveSigningKey(
  secretAccessKey: string,
  { date, region, service }: ScopeOfSignature,
): Buffer {
  // An empty secret would make the key public knowledge: a look-up that missed must never come this far.
  if (secretAccessKey === "") throw new Error("a signing key was asked for an empty secret");
  let key = hmac(`AWS4${secretAccessKey}`, date);
  for (const part of [region, service, "aws4_request"]) key = hmac(key, part);
  return key;
}

/** The signature over one string to sign, as bytes. */
export function sign(signingKey: Buffer, stringToSign: string): Buffer {
  return hmac(signingKey, stringToSign);
}

/** Compares in a time that does not depend on where the two differ. `claimed` is hex. */
export function equalsSignature(expected: Buffer, claimed: string): boolean {
  const bytes = Buffer.from(claimed, "hex");
  return bytes.byteLength === expected.byteLength && timingSafeEqual(bytes, expected);
}

export function sha256Hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}
