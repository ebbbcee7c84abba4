// The frames of `application/vnd.amazon.eventstream`: lengths, typed headers, payload, both checksums. A frame is taken
// apart only when both are right, and put together with fresh ones.

import { crc32 } from "node:zlib";
import { Malformed } from "../malformed.ts";

export interface FrameHeader {
  readonly name: string;
  readonly type: number;
  /** The value's bytes as written, without a length. */
  readonly value: Uint8Array;
}

export interface EventFrame {
  readonly headers: readonly FrameHeader[];
  readonly payload: Uint8Array;
  /** All its bytes. */
  readonly bytes: Uint8Array;
}

const PRELUDE = 12; // two lengths and their checksum
const OVERHEAD = 16; // the prelude and the message's checksum
const MAX_FRAME = 24 * 1024 * 1024; // the format's own bound
const FIXED: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
export const BYTES = 6;
export const TEXT = 7;

/** The whole frames at the start of `bytes` and what is left of one that has not all come yet. */
export function splitFrames(bytes: Uint8Array): {
  readonly frames: readonly EventFrame[];
  readonly rest: Uint8Array;
} {
  const frames: EventFrame[] = [];
  let rest = bytes;
  while (rest.length >= PRELUDE) {
    const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
    const [length, headers] = [view.getUint32(0), view.getUint32(4)];
    if (crc32(rest.subarray(0, 8)) !== view.getUint32(8))
      throw new Malformed("an event's prelude is damaged");
    if (length < OVERHEAD + headers || length > MAX_FRAME) {
      throw new Malformed("an event's lengths do not fit together");
    }
    if (rest.length < length) break;
    if (crc32(rest.subarray(0, length - 4)) !== view.getUint32(length - 4)) {
      throw new Malformed("an event is damaged: its checksum is wrong");
    }
    frames.push({
      headers: readHeaders(rest.subarray(PRELUDE, PRELUDE + headers)),
      payload: rest.subarray(PRELUDE + headers, length - 4),
      bytes: rest.subarray(0, length),
    });
    rest = rest.subarray(length);
  }
  return { frames, rest };
}

function readHeaders(bytes: Uint8Array): FrameHeader[] {
  const headers: FrameHeader[] = [];
  const names = new Set<string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (size: number): Uint8Array => {
    if (at + size > bytes.length) throw new Malformed("an event's headers end early");
    at += size;
    return bytes.subarray(at - size, at);
  };
  while (at < bytes.length) {
    const name = Buffer.from(take(take(1)[0] ?? 0)).toString("latin1");
    if (names.has(name)) throw new Malformed("an event has a header twice");
    names.add(name);
    const type = take(1)[0] ?? 0;
    if (type === BYTES || type === TEXT) {
      take(2);
      headers.push({ name, type, value: take(view.getUint16(at - 2)) });
      continue;
    }
    const size = FIXED[type];
    if (size === undefined) throw new Malformed("an event has a header of an unknown type");
    headers.push({ name, type, value: take(size) });
  }
  return headers;
}

export function writeFrame(headers: readonly FrameHeader[], payload: Uint8Array): Uint8Array {
  const head = Buffer.concat(headers.map(writeHeader));
  const frame = Buffer.alloc(OVERHEAD + head.length + payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, PRELUDE);
  frame.set(payload, PRELUDE + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return new Uint8Array(frame);
}

function writeHeader({ name, type, value }: FrameHeader): Uint8Array {
  const start = Buffer.from([name.length, ...Buffer.from(name, "latin1"), type]);
  if (type !== BYTES && type !== TEXT) return Buffer.concat([start, value]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([start, length, value]);
}
