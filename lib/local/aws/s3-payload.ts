// Decides whether the body of an S3 request is the one that was signed and summed, and takes off the aws-chunked
// framing where it is declared. Every byte is the client's. Chunk signatures are refused: no client of ours sends them.

import { createHash } from "node:crypto";
import { CHECKSUM_PREFIX, checksumOf } from "./s3-checksums.ts";
import { AwsError, type AwsRequest, header } from "./wire.ts";

export interface Payload {
  readonly body: Buffer;
  /** The checksum that was given, already verified. */
  readonly checksum: { readonly header: string; readonly value: string } | undefined;
}

const TRAILER_PAYLOAD = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const CHUNK_SIZE = /^[0-9a-fA-F]{1,8}$/;
const CRLF = "\r\n";

/** Throws the errors that S3 answers for a body that is not what its headers say. */
export function payloadOf(request: AwsRequest): Payload {
  const declared = header(request, "x-amz-content-sha256");
  const isChunked = (header(request, "content-encoding") ?? "")
    .split(",")
    .some((part) => part.trim() === "aws-chunked");
  if (isChunked !== (declared === TRAILER_PAYLOAD)) {
    throw new AwsError("InvalidRequest", 400, "aws-chunked and x-amz-content-sha256 do not agree");
  }
  if (isChunked) return dechunked(request);
  if (declared !== "UNSIGNED-PAYLOAD") demandHash(request, declared);
  const given = [...request.headers.keys()].filter((name) => isChecksum(name));
  if (given.length > 1)
    throw new AwsError("InvalidRequest", 400, "Expecting a single x-amz-checksum- header");
  demandMd5(request);
  const [name] = given;
  if (name === undefined) return { body: request.body, checksum: undefined };
  return { body: request.body, checksum: verified(name, header(request, name) ?? "", request.body) };
}

function isChecksum(name: string): boolean {
  return (
    name.startsWith(CHECKSUM_PREFIX) &&
    !["algorithm", "mode", "type"].includes(name.slice(CHECKSUM_PREFIX.length))
  );
}

function demandHash(request: AwsRequest, declared: string | undefined): void {
  if (declared === undefined || !/^[0-9a-f]{64}$/.test(declared)) {
    throw new AwsError(
      "InvalidRequest",
      400,
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value",
    );
  }
  const actual = createHash("sha256").update(request.body).digest("hex");
  if (actual === declared) return;
  throw new AwsError(
    "XAmzContentSHA256Mismatch",
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}

function demandMd5(request: AwsRequest): void {
  const md5 = header(request, "content-md5");
  if (md5 === undefined || md5 === createHash("md5").update(request.body).digest("base64")) return;
  throw new AwsError("BadDigest", 400, "The Content-MD5 you specified did not match what we received.");
}

function verified(name: string, value: string, body: Uint8Array): Payload["checksum"] {
  const expected = checksumOf(name.slice(CHECKSUM_PREFIX.length), body);
  if (expected === undefined)
    throw new AwsError("InvalidRequest", 400, `\`${name}\` is not a checksum that S3 knows`);
  if (expected === value) return { header: name, value };
  throw new AwsError("BadDigest", 400, `The ${name} you specified did not match the calculated checksum.`);
}

function dechunked(request: AwsRequest): Payload {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const [line, next] = lineAt(request.body, at);
    if (!CHUNK_SIZE.test(line)) throw malformed();
    const size = Number.parseInt(line, 16);
    at = next;
    if (size === 0) break;
    if (request.body.toString("latin1", at + size, at + size + 2) !== CRLF) throw malformed();
    chunks.push(request.body.subarray(at, at + size));
    at += size + 2;
  }
  const body = Buffer.concat(chunks);
  if (String(body.length) !== header(request, "x-amz-decoded-content-length")) {
    throw new AwsError(
      "IncompleteBody",
      400,
      "the chunks are not as long as x-amz-decoded-content-length says",
    );
  }
  return { body, checksum: trailerOf(request, at, body) };
}

/** Exactly the one trailer that `x-amz-trailer` announced, then the end. */
function trailerOf(request: AwsRequest, start: number, body: Buffer): Payload["checksum"] {
  const announced = header(request, "x-amz-trailer");
  const [line, next] = lineAt(request.body, start);
  const [end, after] = announced === undefined ? [line, next] : lineAt(request.body, next);
  if (end !== "" || after !== request.body.length) throw malformed();
  if (announced === undefined) return undefined;
  const colon = line.indexOf(":");
  if (line.slice(0, colon).trim().toLowerCase() !== announced || !isChecksum(announced)) throw malformed();
  return verified(announced, line.slice(colon + 1).trim(), body);
}

function lineAt(body: Buffer, at: number): [line: string, next: number] {
  const end = body.indexOf(CRLF, at, "latin1");
  if (end < 0) throw malformed();
  return [body.toString("latin1", at, end), end + 2];
}

function malformed(): AwsError {
  return new AwsError(
    "MalformedTrailerError",
    400,
    "The request contained trailing data that was not well-formed.",
  );
}
