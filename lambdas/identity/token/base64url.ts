// The one text form of base64url that tokens and keys may use. Whoever writes it otherwise is refused, since decoders
// differ on padding, on the other alphabet and on bits behind the last byte.

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/** Returns the bytes, or `undefined` unless the text is canonical: no padding, no other alphabet, no stray bits. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!ALPHABET.test(text)) {
    return undefined;
  }
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
