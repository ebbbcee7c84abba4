import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAwsChunked } from "../../../lambdas/identity/sigv4/aws-chunked.ts";
import { CHECKSUMS } from "../../../lambdas/identity/sigv4/checksums.ts";

const TRAILER = "x-amz-checksum-crc32:AAAAAA==";

function framed(chunks: readonly Uint8Array[], trailer = `${TRAILER}\r\n`): Buffer {
  const frames = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.byteLength.toString(16)}\r\n`),
    chunk,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...frames, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

describe("parseAwsChunked", () => {
  test("returns what was framed, whatever the bytes and sizes", () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, (contents) => {
        const parsed = parseAwsChunked(framed(contents), false);
        if (parsed.kind === "refused") throw new Error(parsed.message);
        const back = parsed.frame.chunks.map(({ content }) => Buffer.from(content).toString("hex"));
        expect(back).toEqual([...contents.map((content) => Buffer.from(content).toString("hex")), ""]);
        expect(parsed.frame.trailers).toEqual([["x-amz-checksum-crc32", "AAAAAA=="]]);
      }),
    );
  });

  test("never throws on any bytes, and never returns more than it was given", () => {
    const piece = fc.constantFrom(
      "0",
      "1",
      "a",
      "ffffffff",
      "\r\n",
      "\r",
      "\n",
      ";",
      "chunk-signature=",
      "0".repeat(64),
      TRAILER,
      ":",
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join(""), "latin1"));
    const bytes = fc.oneof(
      text,
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (body, signed) => {
        const parsed = parseAwsChunked(body, signed);
        if (parsed.kind === "refused") return true;
        return (
          parsed.frame.chunks.reduce((sum, { content }) => sum + content.byteLength, 0) < body.byteLength
        );
      }),
      { numRuns: 3000 },
    );
  });

  test("reads a body that is a view into a larger buffer", () => {
    const whole = Buffer.concat([Buffer.from("junk"), framed([Buffer.from("abc")]), Buffer.from("junk")]);
    const parsed = parseAwsChunked(
      new Uint8Array(whole.buffer, whole.byteOffset + 4, whole.byteLength - 8),
      false,
    );
    expect(parsed.kind).toBe("frame");
  });

  test("takes 65,536 chunks and refuses one more", () => {
    const one = Buffer.from("x");
    expect(parseAwsChunked(framed(Array(65_536).fill(one)), false).kind).toBe("frame");
    expect(parseAwsChunked(framed(Array(65_537).fill(one)), false)).toMatchObject({ code: "InvalidRequest" });
  });
});

describe("checksums", () => {
  // The check values of the CRC catalogue and of `sha*sum`, over the text 123456789.
  test.each([
    ["x-amz-checksum-crc32", "cbf43926"],
    ["x-amz-checksum-crc32c", "e3069283"],
    ["x-amz-checksum-crc64nvme", "ae8b14860a799888"],
    ["x-amz-checksum-md5", "25f9e794323b453885f5181f1b624d0b"],
    ["x-amz-checksum-sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
    ["x-amz-checksum-sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
  ])("%s of the check text is %s", (name, hex) => {
    const sum = CHECKSUMS.get(name)?.(Buffer.from("123456789")) ?? "";
    expect(Buffer.from(sum, "base64").toString("hex")).toBe(hex);
  });
});
