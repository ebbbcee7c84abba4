import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checksumOf } from "../../../lib/local/aws/s3-checksums.ts";
import { payloadOf } from "../../../lib/local/aws/s3-payload.ts";
import { AwsError } from "../../../lib/local/aws/wire.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const crc32 = (text: string): string => checksumOf("crc32", Buffer.from(text)) ?? "";

function outcome(body: string, headers: Record<string, string>): string {
  const request = {
    method: "PUT",
    host: "s3.eu-west-1.amazonaws.com",
    rawPath: "/b/k",
    rawQuery: "",
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: Buffer.from(body),
  };
  try {
    return `body: ${payloadOf(request).body.toString()}`;
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
}

describe("checksums of `123456789`", () => {
  it.each([
    ["crc32", "y/Q5Jg=="],
    ["crc32c", "4waSgw=="],
    ["crc64nvme", "rosUhgp5mIg="],
    ["sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="],
    ["sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
  ])("%s", (algorithm, value) => {
    expect(checksumOf(algorithm, Buffer.from("123456789"))).toBe(value);
  });
  it("knows no other", () => {
    expect(checksumOf("md5", Buffer.from("x"))).toBeUndefined();
  });
});

describe("a whole body", () => {
  const hash = { "x-amz-content-sha256": sha256("abc") };
  it.each([
    ["its hash", "abc", hash, "body: abc"],
    ["UNSIGNED-PAYLOAD", "abc", { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }, "body: abc"],
    ["another hash", "abd", hash, "XAmzContentSHA256Mismatch"],
    ["no hash", "abc", {}, "InvalidRequest"],
    [
      "a chunk signature",
      "abc",
      { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
      "InvalidRequest",
    ],
    [
      "framing that no hash declares",
      "abc",
      { ...hash, "content-encoding": "gzip, aws-chunked" },
      "InvalidRequest",
    ],
    ["its checksum", "abc", { ...hash, "x-amz-checksum-crc32": crc32("abc") }, "body: abc"],
    ["another checksum", "abc", { ...hash, "x-amz-checksum-crc32": crc32("abd") }, "BadDigest"],
    ["an unknown checksum", "abc", { ...hash, "x-amz-checksum-md6": "x" }, "InvalidRequest"],
    [
      "two checksums",
      "abc",
      { ...hash, "x-amz-checksum-crc32": crc32("abc"), "x-amz-checksum-sha1": "x" },
      "InvalidRequest",
    ],
    ["another MD5", "abc", { ...hash, "content-md5": "x" }, "BadDigest"],
  ])("with %s", (_name, body, headers, expected) => {
    expect(outcome(body, headers as Record<string, string>)).toBe(expected);
  });
});

describe("aws-chunked with a trailer", () => {
  const declared = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "5",
    "x-amz-trailer": "x-amz-checksum-crc32",
  };
  const trailer = `x-amz-checksum-crc32:${crc32("abcde")}\r\n\r\n`;
  it.each([
    ["as declared", `3\r\nabc\r\n2\r\nde\r\n0\r\n${trailer}`, "body: abcde"],
    ["reordered", `2\r\nde\r\n3\r\nabc\r\n0\r\n${trailer}`, "BadDigest"],
    ["a chunk dropped", `3\r\nabc\r\n0\r\n${trailer}`, "IncompleteBody"],
    ["a size that is too small", `2\r\nabc\r\n2\r\nde\r\n0\r\n${trailer}`, "MalformedTrailerError"],
    ["a size with an extension", `3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n${trailer}`, "MalformedTrailerError"],
    ["truncated", "3\r\nabc\r\n2\r\nde\r\n", "MalformedTrailerError"],
    ["without its trailer", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "MalformedTrailerError"],
    ["another trailer", `5\r\nabcde\r\n0\r\nx-amz-meta-a:b\r\n\r\n`, "MalformedTrailerError"],
    [
      "a second trailer",
      `5\r\nabcde\r\n0\r\nx-amz-checksum-crc32:${crc32("abcde")}\r\na:b\r\n\r\n`,
      "MalformedTrailerError",
    ],
    ["bytes after the end", `5\r\nabcde\r\n0\r\n${trailer}x`, "MalformedTrailerError"],
  ])("%s", (_name, body, expected) => {
    expect(outcome(body, declared)).toBe(expected);
  });

  it("is refused when the hash declares it and the encoding does not", () => {
    const { "content-encoding": _dropped, ...rest } = declared;
    expect(outcome(`5\r\nabcde\r\n0\r\n${trailer}`, rest)).toBe("InvalidRequest");
  });
});
