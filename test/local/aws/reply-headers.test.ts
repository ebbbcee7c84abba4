import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { withServiceHeaders } from "../../../lib/local/aws/reply-headers.ts";

const reply = { status: 200, headers: { "content-type": "x" }, body: Buffer.from("{}") };

it("gives DynamoDB's answers the checksum of their bytes, and no other service's", () => {
  expect(withServiceHeaders(reply, "dynamodb", "id").headers["x-amz-crc32"]).toBe(String(crc32("{}")));
  expect(withServiceHeaders(reply, "kms", "id").headers).toEqual({
    "content-type": "x",
    "content-length": "2",
    "x-amzn-requestid": "id",
  });
});

it("gives no length to an answer that has no body by its status", () => {
  const headers = withServiceHeaders({ ...reply, status: 204, body: Buffer.alloc(0) }, "s3", "id").headers;
  expect(headers).toEqual({ "content-type": "x", "x-amz-request-id": "id", "x-amz-id-2": "aWQ=" });
});
