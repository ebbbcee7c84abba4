// The checksums that S3 clients send in a trailer. Arithmetic only: trailers.ts decides.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** Header name to the checksum of some bytes, base64. xxhash forms are not among them: no SDK sends one by default. */
export const CHECKSUMS: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ["x-amz-checksum-crc32", (bytes: Uint8Array) => base64OfWord(crc32(bytes))],
  ["x-amz-checksum-crc32c", (bytes: Uint8Array) => base64OfWord(crc32c(bytes))],
  ["x-amz-checksum-crc64nvme", crc64],
  ["x-amz-checksum-md5", (bytes: Uint8Array) => digest("md5", bytes)],
  ["x-amz-checksum-sha1", (bytes: Uint8Array) => digest("sha1", bytes)],
  ["x-amz-checksum-sha256", (bytes: Uint8Array) => digest("sha256", bytes)],
  ["x-amz-checksum-sha512", (bytes: Uint8Array) => digest("sha512", bytes)],
]);

// Reflected polynomials: CRC-32C (RFC 3720), CRC-64/NVME (NVM Express base specification).
const CRC32C_TABLE = crc32Table(0x82f63b78);
const CRC64_TABLE = crc64Table(0x9a6c9329ac4bc9b5n);

function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("base64");
}

function crc32Table(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

function base64OfWord(value: number): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(value);
  return sum.toString("base64");
}

// High and low halves: BigInt arithmetic per byte would take seconds for 4.5 MB.
function crc64Table(polynomial: bigint): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    high[byte] = Number(value >> 32n);
    low[byte] = Number(value & 0xffffffffn);
  }
  return { high, low };
}

function crc64(bytes: Uint8Array): string {
  let high = 0xffffffff;
  let low = 0xffffffff;
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (CRC64_TABLE.low[index] ?? 0);
    high = (high >>> 8) ^ (CRC64_TABLE.high[index] ?? 0);
  }
  const sum = Buffer.alloc(8);
  sum.writeUInt32BE((high ^ 0xffffffff) >>> 0, 0);
  sum.writeUInt32BE((low ^ 0xffffffff) >>> 0, 4);
  return sum.toString("base64");
}
