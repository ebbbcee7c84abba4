// Adds the headers that AWS puts on every answer of a service: its request id, length, and DynamoDB's checksum. Pure.

import { crc32 } from "node:zlib";
import type { AwsReply } from "./wire.ts";

const BODILESS = new Set([204, 304]);

/** `service` is botocore's name, `null` when no service was found. */
export function withServiceHeaders(reply: AwsReply, service: string | null, requestId: string): AwsReply {
  const id =
    service === "s3"
      ? { "x-amz-request-id": requestId, "x-amz-id-2": Buffer.from(requestId).toString("base64") }
      : { "x-amzn-requestid": requestId };
  return {
    ...reply,
    headers: {
      ...id,
      ...(service === "dynamodb" && { "x-amz-crc32": String(crc32(reply.body)) }),
      ...(!BODILESS.has(reply.status) && { "content-length": String(reply.body.byteLength) }),
      ...reply.headers,
    },
  };
}
