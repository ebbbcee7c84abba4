// Takes the `aws-chunked` framing apart, byte by byte, or refuses it. Decides only the form: chunk-signatures.ts checks
// the signatures and trailers.ts the trailers. Every byte is caller-controlled, and with an unsigned payload nothing
// but this parser stands between the frame and what is stored.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html

import { type Refusal, refuse } from "../../model/refusal.ts";

interface Chunk {
  readonly content: Uint8Array;
  /** 64 lower-case hex digits in a signed stream, `""` in an unsigned one. */
  readonly signature: string;
}

export interface Frame {
  /** The last one is empty: it is the end of the stream, and in a signed stream it is signed like the others. */
  readonly chunks: readonly Chunk[];
  /** Names and values of the lines after the last chunk, in order, as sent. */
  readonly trailers: readonly (readonly [name: string, value: string])[];
}

const CR = 0x0d;
const LF = 0x0a;
const MAX_LINE_BYTES = 512;
const MAX_CHUNKS = 65_536; // SDKs frame 8 KB and more; 4.5 MB / 65,536 = 69 bytes a chunk
// S3 takes no smaller chunk but the last. It bounds the work: 4.5 MB / 8 KB = 550 signatures.
const MIN_SIGNED_CHUNK_BYTES = 8 * 1024;
const UNSIGNED_SIZE = /^(0|[1-9a-fA-F][0-9a-fA-F]{0,7})$/;
const SIGNED_SIZE = /^(0|[1-9a-fA-F][0-9a-fA-F]{0,7});chunk-signature=([0-9a-f]{64})$/;
const TRAILER = /^(x-amz-[a-z0-9-]{1,64}):([\x21-\x7e]{1,256})$/;

interface Cursor {
  readonly body: Buffer;
  at: number;
}

/** Parses a whole body: chunks, the empty last chunk, trailers, the empty line, and nothing after it. */
export function parseAwsChunked(
  body: Uint8Array,
  signed: boolean,
): { readonly kind: "frame"; readonly frame: Frame } | Refusal {
  const cursor: Cursor = { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength), at: 0 };
  const chunks: Chunk[] = [];
  for (;;) {
    const chunk = readChunk(cursor, signed);
    if (chunk === undefined) return broken();
    chunks.push(chunk);
    if (chunk.content.byteLength === 0) break;
    if (chunks.length > MAX_CHUNKS)
      return refuse("InvalidRequest", "the body is framed in too many small chunks");
  }
  if (signed && chunks.slice(0, -2).some(({ content }) => content.byteLength < MIN_SIGNED_CHUNK_BYTES)) {
    return refuse("InvalidRequest", "only the last chunk of a signed stream may be under 8 KB");
  }
  const trailers = readTrailers(cursor);
  if (trailers === undefined || cursor.at !== cursor.body.byteLength) return broken();
  return { kind: "frame", frame: { chunks, trailers } };
}

function readChunk(cursor: Cursor, signed: boolean): Chunk | undefined {
  const match = (signed ? SIGNED_SIZE : UNSIGNED_SIZE).exec(readLine(cursor) ?? "");
  if (match === null) return undefined;
  const [, size = "", signature = ""] = match;
  const end = cursor.at + Number.parseInt(size, 16);
  const content = cursor.body.subarray(cursor.at, end);
  if (content.byteLength === 0 && size === "0") return { content, signature };
  if (end + 2 > cursor.body.byteLength) return undefined;
  if (cursor.body[end] !== CR || cursor.body[end + 1] !== LF) return undefined;
  cursor.at = end + 2;
  return { content, signature };
}

function readTrailers(cursor: Cursor): readonly (readonly [string, string])[] | undefined {
  const trailers: (readonly [string, string])[] = [];
  for (;;) {
    const line = readLine(cursor);
    if (line === "") return trailers;
    const match = line === undefined ? null : TRAILER.exec(line);
    if (match === null || trailers.length === 2) return undefined; // a checksum and its signature
    const [, name = "", value = ""] = match;
    trailers.push([name, value]);
  }
}

/** The text up to the next CRLF, or `undefined` when there is none within reach or the line holds a lone CR or LF. */
function readLine(cursor: Cursor): string | undefined {
  const { body, at } = cursor;
  const limit = Math.min(body.byteLength, at + MAX_LINE_BYTES);
  for (let index = at; index < limit; index++) {
    if (body[index] === LF) return undefined;
    if (body[index] !== CR) continue;
    if (body[index + 1] !== LF) return undefined;
    cursor.at = index + 2;
    return body.toString("latin1", at, index);
  }
  return undefined;
}

function broken(): Refusal {
  return refuse(
    "InvalidRequest",
    "the aws-chunked framing of the body is broken: sizes, line ends or its end",
  );
}
