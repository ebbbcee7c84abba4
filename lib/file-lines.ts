// Reads a file line by line, as text; gzip by its first bytes. A line ends with a line feed and nothing else: readers
// that also split at U+2028, as many do, would cut a record in which an agent wrote one.

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

const LINE_FEED = 0x0a;
const MAX_LINE_BYTES = 268_435_456; // a checkpoint of a million records takes 67 MB

/** The lines without their line feeds; an empty last one is not a line. @throws when the file is not UTF-8 text */
export async function* fileLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const textOf = (parts: readonly Uint8Array[]): string => {
    try {
      return decoder.decode(Buffer.concat(parts));
    } catch (cause) {
      throw new Error(`\`${path}\` is not UTF-8 text`, { cause });
    }
  };
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of await bytesOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield textOf([...rest, chunk.subarray(start, end)]);
      [rest, restBytes, start] = [[], 0, end + 1];
    }
    if (start === chunk.length) continue;
    rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > MAX_LINE_BYTES) throw new Error(`\`${path}\` has a line that is too long to read`);
  }
  if (restBytes > 0) yield textOf(rest);
}

async function bytesOf(path: string): Promise<AsyncIterable<Uint8Array>> {
  const isPacked = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: 1_048_576 });
  return isPacked ? pipeline(file, createGunzip(), () => {}) : file;
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
