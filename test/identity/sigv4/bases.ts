// The honest requests that the attack vectors start from, one for each way of signing. All but `s3-stream-small`
// verify unchanged.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { TIMESTAMP } from "./independent-signer.ts";
import type { Base } from "./vector.ts";

const HOST = ["Host", "gateway.example"] as const;
const DATE = ["X-Amz-Date", TIMESTAMP] as const;
const TOKEN = ["X-Amz-Security-Token", "session-token"] as const;
const ITEM = '{"TableName":"Orders","Key":{"pk":{"S":"a"}}}';
const FORM = "Action=GetCallerIdentity&Version=2011-06-15";
const TEXT = "the text of the object";
const CRC = crcOf(TEXT);
const CHUNKS = [Buffer.alloc(8192, "a"), Buffer.alloc(8192, "b"), Buffer.from("the end")];

function crcOf(content: string | Uint8Array): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(content));
  return bytes.toString("base64");
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

function post(path: string, body: string, headers: Base["request"]["headers"]): Base["request"] {
  return {
    method: "POST",
    path,
    query: "",
    headers: [HOST, DATE, TOKEN, ...headers],
    body: Buffer.from(body),
  };
}

function put(
  payload: string,
  body: string | Uint8Array,
  headers: Base["request"]["headers"],
): Base["request"] {
  const own = [HOST, DATE, TOKEN, ["Content-Type", "text/plain"], ["X-Amz-Content-Sha256", payload]] as const;
  return {
    method: "PUT",
    path: "/aws/bucket/key",
    query: "",
    headers: [...own, ...headers],
    body: Buffer.from(body),
  };
}

const FRAMED = `${TEXT.length.toString(16)}\r\n${TEXT}\r\n0\r\nx-amz-checksum-crc32:${CRC}\r\n\r\n`;
const CHUNKED = ["Content-Encoding", "aws-chunked"] as const;
const DECODED = ["X-Amz-Decoded-Content-Length", String(Buffer.concat(CHUNKS).byteLength)] as const;

export const bases: Readonly<Record<string, Base>> = {
  dynamodb: {
    service: "dynamodb",
    request: post("/aws/", ITEM, [
      ["Content-Type", "application/x-amz-json-1.0"],
      ["X-Amz-Target", "DynamoDB_20120810.GetItem"],
      ["Content-Length", String(ITEM.length)],
      ["amz-sdk-invocation-id", "1a2b"],
      ["User-Agent", "test/1"],
    ]),
  },
  sts: {
    service: "sts",
    request: post("/aws", FORM, [["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"]]),
  },
  cbor: {
    service: "monitoring",
    request: post("/aws/service/GraniteServiceVersion20100801/operation/ListMetrics", "", [
      ["Content-Type", "application/cbor"],
      ["Smithy-Protocol", "rpc-v2-cbor"],
    ]),
  },
  lambda: {
    service: "lambda",
    request: {
      method: "GET",
      path: "/aws/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af",
      query: "Qualifier=1&Marker=a%20b%2B",
      headers: [HOST, DATE, TOKEN],
      body: new Uint8Array(),
    },
  },
  "s3-get": {
    service: "s3",
    request: {
      method: "GET",
      path: "/aws/bucket/a/../b%2Fc",
      query: "versionId=v1&x-id=GetObject",
      headers: [HOST, DATE, TOKEN, ["X-Amz-Content-Sha256", sha256("")], ["Range", "bytes=0-9"]],
      body: new Uint8Array(),
    },
  },
  "s3-list": {
    service: "s3",
    request: {
      method: "GET",
      path: "/aws",
      query: "",
      headers: [HOST, DATE, TOKEN, ["X-Amz-Content-Sha256", sha256("")]],
      body: new Uint8Array(),
    },
  },
  "s3-put": { service: "s3", request: put(sha256(TEXT), TEXT, [["X-Amz-Meta-Owner", "me"]]) },
  "s3-unsigned": { service: "s3", request: put("UNSIGNED-PAYLOAD", TEXT, []) },
  "s3-trailer": {
    service: "s3",
    request: put("STREAMING-UNSIGNED-PAYLOAD-TRAILER", FRAMED, [
      CHUNKED,
      ["X-Amz-Trailer", "x-amz-checksum-crc32"],
      ["X-Amz-Decoded-Content-Length", String(TEXT.length)],
    ]),
  },
  "s3-stream": {
    service: "s3",
    request: put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "", [CHUNKED, DECODED]),
    chunks: CHUNKS,
  },
  "s3-stream-small": {
    service: "s3",
    request: put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "", [CHUNKED, ["X-Amz-Decoded-Content-Length", "9"]]),
    chunks: [Buffer.from("abc"), Buffer.from("def"), Buffer.from("ghi")],
  },
  "s3-stream-trailer": {
    service: "s3",
    request: put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "", [
      CHUNKED,
      DECODED,
      ["X-Amz-Trailer", "x-amz-checksum-crc32"],
    ]),
    chunks: CHUNKS,
    trailer: `x-amz-checksum-crc32:${crcOf(Buffer.concat(CHUNKS))}`,
  },
};
