// Decides which bytes the client sent as its body. The text is caller-controlled, the flag is API Gateway's.

import { type Refusal, refuse } from "../model/refusal.ts";

// A Lambda event is at most 6 MB (6,291,456 bytes) of JSON, and base64 takes 4/3: 4,500,000 * 4 / 3 = 6,000,000, which
// leaves 290 KB for the rest of the event. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MAX_BODY_BYTES = 4_500_000;

/** Returns the body's bytes: none for `null`. Base64 must be the canonical text of its bytes. */
export function parseBody(
  body: unknown,
  isBase64Encoded: unknown,
): { readonly kind: "body"; readonly body: Uint8Array } | Refusal {
  if (typeof isBase64Encoded !== "boolean") return unreadable();
  if (body === null || body === undefined) return { kind: "body", body: new Uint8Array() };
  if (typeof body !== "string") return unreadable();
  if (body.length > MAX_BODY_BYTES * 2) return tooLarge();
  // A lone surrogate has no UTF-8 form: Buffer.from would put U+FFFD in its place.
  if (!isBase64Encoded && !body.isWellFormed()) return unreadable();
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  // Node's decoder skips what is not base64 and ignores trailing bits: only the canonical text comes back the same.
  if (isBase64Encoded && bytes.toString("base64") !== body) return unreadable();
  return bytes.byteLength > MAX_BODY_BYTES ? tooLarge() : { kind: "body", body: bytes };
}

function unreadable(): Refusal {
  return refuse("InvalidRequest", "the body of the request cannot be read without doubt");
}

function tooLarge(): Refusal {
  return refuse(
    "RequestEntityTooLarge",
    "the body is over 4.5 MB, the most that the gateway can take: send smaller parts",
  );
}
