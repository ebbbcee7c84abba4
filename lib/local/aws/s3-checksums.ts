// Computes the checksums that S3 knows, as they stand in `x-amz-checksum-*`: base64 of the big-endian value. Pure.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export const CHECKSUM_PREFIX = "x-amz-checksum-";

// Reflected polynomials: Castagnoli's, and the one of NVM Express.
const CRC32C = { polynomial: 0x82f63b78n, bytes: 4 };
const CRC64NVME = { polynomial: 0x9a6c9329ac4bc9b5n, bytes: 8 };

const ALGORITHMS: ReadonlyMap<string, (body: Uint8Array) => Buffer> = new Map([
  ["crc32", crc32Of],
  ["crc32c", reflected(CRC32C)],
  ["crc64nvme", reflected(CRC64NVME)],
  ["sha1", (body: Uint8Array) => createHash("sha1").update(body).digest()],
  ["sha256", (body: Uint8Array) => createHash("sha256").update(body).digest()],
]);

/** The checksum in base64, or `undefined` for an algorithm that S3 does not know. */
export function checksumOf(algorithm: string, body: Uint8Array): string | undefined {
  return ALGORITHMS.get(algorithm)?.(body).toString("base64");
}

function crc32Of(body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes;
}

function reflected({
  polynomial,
  bytes,
}: {
  polynomial: bigint;
  bytes: number;
}): (body: Uint8Array) => Buffer {
  const ones = (1n << BigInt(8 * bytes)) - 1n;
  const table = Array.from({ length: 256 }, (_, index) => {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    return value;
  });
  return (body) => {
    let value = ones;
    for (const byte of body) value = (table[Number((value ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (value >> 8n);
    return Buffer.from((value ^ ones).toString(16).padStart(2 * bytes, "0"), "hex");
  };
}
