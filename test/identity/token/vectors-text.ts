// Attacks on the text form: what is signed correctly, but written in a way that two parsers could read differently.

import {
  base64url,
  CLAIMS,
  goodToken,
  HEADER,
  NOW,
  signSegments,
  signTexts,
  withClaimsText,
} from "./issue.ts";
import type { Vector } from "./vectors.ts";

const good = goodToken();
const [header = "", payload = "", signature = ""] = good.split(".");
const headerText = JSON.stringify(HEADER);
const claimsText = JSON.stringify(CLAIMS);

/** Sets the unused low bits of the last character, which lenient decoders drop. */
function strayBits(segment: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet[alphabet.indexOf(segment.at(-1) ?? "") + 1];
  return segment.slice(0, -1) + last;
}

/** Adds spaces inside the JSON until its base64url ends in a partial group. */
function partial(text: string): string {
  const spaced = text.length % 3 === 0 ? text.replace(/}$/, " }") : text;
  return base64url(spaced);
}

function padded(text: string): string {
  const segment = partial(text);
  return segment + "=".repeat(4 - (segment.length % 4));
}

/** The same JSON with spaces until its base64url is whole groups. */
function whole(text: string): string {
  return base64url(text.replace(/}$/, `${" ".repeat((3 - (text.length % 3)) % 3)}}`));
}

function bad(attack: string, token: string): Vector {
  return { attack, token, code: "InvalidIdentityToken" };
}

function nested(depth: number): string {
  return `,"deep":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
}

const compact: readonly Vector[] = [
  bad("empty text", ""),
  bad("one part", header),
  bad("two parts, no signature", `${header}.${payload}`),
  bad("empty signature, the unsecured form", `${header}.${payload}.`),
  bad("four parts", `${good}.AAAA`),
  bad("five parts, an encrypted token", `${header}.AAAA.AAAA.AAAA.AAAA`),
  bad("dot in front", `.${good}`),
  bad("dot behind", `${good}.`),
  bad("empty header", signSegments("", payload)),
  bad("empty payload", signSegments(header, "")),
  bad("space in front", ` ${good}`),
  bad("space behind", `${good} `),
  bad("line feed behind, as from a file", `${good}\n`),
  bad("tab between the parts", good.replace(".", ".\t")),
  bad("null byte behind", `${good}\0`),
  bad("byte order mark in front", `\ufeff${good}`),
  bad("zero width space inside", `${good.slice(0, 5)}\u200b${good.slice(5)}`),
  bad("full-width dot between the parts", good.replace(".", "\uff0e")),
  bad("percent-encoded dot between the parts", good.replace(".", "%2E")),
  bad("quotes around", `"${good}"`),
  bad("scheme in front", `Bearer ${good}`),
  bad("two tokens", `${good},${good}`),
  bad("flattened JSON form", JSON.stringify({ protected: header, payload, signature })),
  bad("general JSON form", JSON.stringify({ payload, signatures: [{ protected: header, signature }] })),
  bad("base64url twice", base64url(good)),
  bad("padding behind the header", signSegments(padded(headerText), payload)),
  bad("padding behind the payload", signSegments(header, padded(claimsText))),
  bad("padding behind the signature", `${good}==`),
  bad("other base64 alphabet in the payload", signSegments(header, alphabetOfMime())),
  bad("stray bits behind the header", signSegments(strayBits(partial(headerText)), payload)),
  bad("stray bits behind the payload", signSegments(header, strayBits(partial(claimsText)))),
  bad("stray bits behind the signature", `${header}.${payload}.${strayBits(signature)}`),
  bad("one character too many in the header", signSegments(`${whole(headerText)}A`, payload)),
  bad("one character too many in the payload", signSegments(header, `${whole(claimsText)}A`)),
  bad("one character too many in the signature", `${good}AAA`),
  bad("20,001 characters", sizedToken(20_001)),
];

function alphabetOfMime(): string {
  const text = `${claimsText.slice(0, -1)},"x":"??>>??>>ÿÿ"}`;
  return Buffer.from(text).toString("base64").replace(/=+$/, "");
}

/** A good token of exactly this many characters. No base64url text has a length of 4n + 1, so the header gives way. */
function sizedToken(characters: number): string {
  for (const spaces of [0, 1, 2]) {
    const segment = base64url(headerText.replace("}", `${" ".repeat(spaces)}}`));
    const room = characters - segment.length - signature.length - 2;
    if (room % 4 !== 1) {
      const pad = Math.floor((room * 3) / 4) - claimsText.length - ',"pad":""'.length;
      const claims = `${claimsText.slice(0, -1)},"pad":"${"x".repeat(pad)}"}`;
      return signSegments(segment, base64url(claims));
    }
  }
  throw new Error("no token of this length");
}

const utf16 = Buffer.from(claimsText, "utf16le");
const json: readonly Vector[] = [
  bad("duplicate alg in the header", signTexts(`{"alg":"none",${headerText.slice(1)}`, claimsText)),
  bad("duplicate kid, one escaped", signTexts(`{"k\\u0069d":"x",${headerText.slice(1)}`, claimsText)),
  bad("duplicate sub", withClaimsText(',"sub":"admin"}')),
  bad("duplicate sub, one escaped", withClaimsText(',"s\\u0075b":"admin"}')),
  bad("duplicate groups", withClaimsText(',"groups":["admins"]}')),
  bad("duplicate exp", withClaimsText(`,"exp":${NOW + 9_999}}`)),
  bad("duplicate iss, escaped slash", withClaimsText(',"\\u0069ss":"https:\\/\\/evil.example"}')),
  bad("duplicate key in a nested object", withClaimsText(',"act":{"sub":"a","sub":"b"}}')),
  bad("duplicate __proto__", withClaimsText(',"__proto__":1,"__proto__":2}')),
  bad("header is an array", signTexts(`[${headerText}]`, claimsText)),
  bad("header is a string", signTexts(JSON.stringify(headerText), claimsText)),
  bad("payload is an array", signTexts(headerText, `[${claimsText}]`)),
  bad("payload is a string", signTexts(headerText, JSON.stringify(claimsText))),
  bad("payload is null", signTexts(headerText, "null")),
  bad("payload is a number", signTexts(headerText, "1")),
  bad("payload is white space", signTexts(headerText, "  ")),
  bad("byte order mark before the header", signTexts(`\ufeff${headerText}`, claimsText)),
  bad("byte order mark before the payload", signTexts(headerText, `\ufeff${claimsText}`)),
  bad("UTF-16 payload", signTexts(headerText, utf16)),
  bad("invalid UTF-8", signTexts(headerText, Buffer.from(claimsText.replace("c0ffee", "\xff"), "latin1"))),
  bad(
    "overlong UTF-8 for a quote",
    signTexts(headerText, Buffer.from(claimsText.replace("c0ffee", "\xc0\xa2"), "latin1")),
  ),
  bad("lone surrogate in a value", withClaimsText(',"name":"\\ud800"}')),
  bad("lone surrogate in a key", withClaimsText(',"\\udc00":1}')),
  bad("trailing comma", withClaimsText(",}")),
  bad("comment", withClaimsText("/* x */}")),
  bad("tail behind the object", withClaimsText("} x")),
  bad("null byte behind the object", withClaimsText("}\0")),
  bad("second object behind the first", withClaimsText(`}${claimsText}`)),
  bad("object not closed", withClaimsText("")),
  bad("array not closed", withClaimsText(',"x":[1}')),
  bad("member without a value", withClaimsText(',"x"}')),
  bad("single quotes", withClaimsText(",'x':1}")),
  bad("unquoted key", withClaimsText(",x:1}")),
  bad("NaN", withClaimsText(',"x":NaN}')),
  bad("Infinity", withClaimsText(',"x":Infinity}')),
  bad("hexadecimal number", withClaimsText(',"x":0x10}')),
  bad("leading zero", withClaimsText(',"x":010}')),
  bad("leading plus", withClaimsText(',"x":+1}')),
  bad("bare decimal point", withClaimsText(',"x":1.}')),
  bad("number beyond a double", withClaimsText(',"x":1e400}')),
  bad("number beyond a double, written out", withClaimsText(`,"x":1${"0".repeat(400)}}`)),
  bad("True with a capital", withClaimsText(',"x":True}')),
  bad("word that begins like a literal", withClaimsText(',"x":nullx}')),
  bad("raw line feed in a string", withClaimsText(',"x":"a\nb"}')),
  bad("raw null byte in a string", withClaimsText(',"x":"a\0b"}')),
  bad("unknown escape", withClaimsText(',"x":"\\x41"}')),
  bad("form feed as white space", withClaimsText(',\f"x":1}')),
  bad("no-break space as white space", withClaimsText(',\u00a0"x":1}')),
  bad("17 levels", withClaimsText(nested(17))),
  bad("5,000 levels", withClaimsText(nested(5_000))),
];

export const TEXT_VECTORS: readonly Vector[] = [...compact, ...json];

export const TEXT_ACCEPTED: readonly (readonly [string, string])[] = [
  ["exactly 20,000 characters", sizedToken(20_000)],
  ["16 levels", withClaimsText(nested(16))],
  [
    "JSON white space, escapes and Unicode",
    withClaimsText(' ,\r\n\t"n\\u0061me" : "\\u00e4 \\ud83d\\ude00 ☃" }'),
  ],
  ["numbers in every valid form", withClaimsText(',"x":[0,-0,1.5,1e3,-2.5E-3]}')],
];
