// Finds a marker that a caller sends back: it would overwrite the secret that the marker stands for. Looks as far as a
// client may have wrapped it: in a longer text, in JSON, in a URL, in base64, in a blob.

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import { MARKER_START } from "./marker.ts";

const BRACKET = String.raw`(?:\[|%(?:25){0,3}5[bB]|\\{1,8}u005[bB]|&#(?:91|x5[bB]);)`;
const COLON = String.raw`(?::|%(?:25){0,3}3[aA]|\\{1,8}u003[aA]|&#(?:58|x3[aA]);)`;
const TEXT = new RegExp(`${BRACKET}masked${COLON}countersign`);
const ENCODED = [0, 1, 2].map(base64Core);
const HEX = Buffer.from(MARKER_START).toString("hex");
const ANY = new RegExp(`${TEXT.source}|${ENCODED.map(escaped).join("|")}|${HEX}|${HEX.toUpperCase()}`);
const LONGEST_PATH = 200;

/** @returns the member path of the first parameter that carries a marker, such as `Items[2].Value` */
export function findMarker(parameters: ParameterTree): string | undefined {
  return inTree(parameters, "")?.slice(0, LONGEST_PATH);
}

function inTree(tree: object, path: string): string | undefined {
  const members: readonly (readonly [string, ParameterValue])[] = Object.entries(tree);
  for (const [member, value] of members) {
    const here = path === "" ? member : `${path}.${member}`;
    // The key itself would carry the marker into the message, which is harmless, and names the place.
    const found = ANY.test(member) ? here : inValue(value, here);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inValue(value: ParameterValue, path: string): string | undefined {
  if (typeof value === "string") return ANY.test(value) ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (value instanceof Uint8Array) {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
    return ANY.test(text) ? path : undefined;
  }
  if (!Array.isArray(value)) return inTree(value, path);
  for (const [index, element] of value.entries()) {
    const found = inValue(element, `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What of the marker's start stands in any base64 text that has it at this offset: the characters of it alone. */
function base64Core(offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(MARKER_START)]);
  const encoded = bytes.toString("base64").replace(/=+$/, "");
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return encoded.slice(first, last);
}

function escaped(text: string): string {
  return text.replace(/[+/]/g, String.raw`\$&`);
}
