// Decides in which form the body was signed, from `x-amz-content-sha256`. The body itself is checked after the
// signature, by verify-signature.ts.

import { type Refusal, refuse } from "../../model/refusal.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";
import { takesLiteralPayload } from "./signing-names.ts";

export type PayloadForm =
  | "hashed"
  | "unsigned"
  | "streaming-unsigned-trailer"
  | "streaming-signed"
  | "streaming-signed-trailer";

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
const LITERAL_FORMS: ReadonlyMap<string, PayloadForm> = new Map([
  ["UNSIGNED-PAYLOAD", "unsigned"],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "streaming-unsigned-trailer"],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "streaming-signed"],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "streaming-signed-trailer"],
]);
const SHA256_HEX = /^[0-9a-f]{64}$/;
const FRAMING_HEADERS = ["x-amz-trailer", "x-amz-decoded-content-length"];

interface ParsedPayload {
  readonly kind: "payload";
  readonly form: PayloadForm;
  /** The last line of the canonical request as claimed; `undefined` without the header: then it is the body's own hash. */
  readonly hash: string | undefined;
}

/** Returns the form and what is claimed of the body. The body is not read here: no limit was asked yet. */
export function parsePayloadForm(request: WireRequest, service: string): ParsedPayload | Refusal {
  if (!request.headers.has("x-amz-content-sha256")) return checked(request, "hashed", undefined);
  const value = singleHeader(request.headers, "x-amz-content-sha256") ?? "";
  if (SHA256_HEX.test(value)) return checked(request, "hashed", value);
  const form = LITERAL_FORMS.get(value);
  if (form === undefined) {
    return refuse(
      "IncompleteSignature",
      "x-amz-content-sha256 is neither 64 lower-case hex digits nor a known form",
    );
  }
  if (!takesLiteralPayload(service)) {
    return refuse("IncompleteSignature", "this service needs a signed body: sign the body's own sha256");
  }
  return checked(request, form, value);
}

function checked(request: WireRequest, form: PayloadForm, hash: string | undefined): ParsedPayload | Refusal {
  const streaming = form.startsWith("streaming");
  const framed = contentCodings(request).filter((coding) => coding === "aws-chunked").length;
  // Framing that one header announces and another denies would be stored by one parser and removed by the other.
  if (framed !== (streaming ? 1 : 0)) return contradictory("content-encoding");
  const extra = FRAMING_HEADERS.find((name) => request.headers.has(name));
  if (!streaming && extra !== undefined) return contradictory(extra);
  return { kind: "payload", form, hash };
}

function contentCodings(request: WireRequest): readonly string[] {
  const values = request.headers.get("content-encoding") ?? [];
  return values.flatMap((value) => value.split(",")).map((coding) => coding.trim().toLowerCase());
}

function contradictory(name: string): Refusal {
  return refuse(
    "InvalidRequest",
    `\`${name}\` and x-amz-content-sha256 contradict each other about aws-chunked framing`,
  );
}
