// AWS credentials in text: a secret access key near its key id or after its name, and session tokens. A key id alone is
// no secret and passes: people list, rotate and disable keys by it.

import { BEHIND, type Detector, type Found, matchAt, NOTHING } from "./detector.ts";

const SECRET_LENGTH = 40;
const NEAR = 200; // characters between a key id and its secret: two fields of one record
const LEAST_DISTINCT = 16; // 40 random characters of 64 have about 30 different ones; words and paths have fewer

const KEY_ID = /A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])/y;
const WORD = /[A-Za-z0-9]/;
// The slash may be escaped, in JSON inside JSON more than once; in URLs it and the plus are.
const CHARACTER = String.raw`(?:[A-Za-z0-9+]|\\{0,7}\/|%2[BbFf])`;
const SECRET_END = "(?![A-Za-z0-9/+=])";
const SECRET = new RegExp(`(?<![A-Za-z0-9/+])${CHARACTER}{40}${SECRET_END}`, "g");
const QUOTE = String.raw`\\{0,15}["']?`;
const GAP = String.raw`\s{0,8}`;
const IS = `${QUOTE}${GAP}(?:[:=,>]|=>|%3D){1,3}${GAP}${QUOTE}`;
// Its name, or the pair of members `Name` and `Value`.
const NAMED_SECRET = new RegExp(
  `ecret[_. -]?(?:access)?[_. -]?(?:key)?${IS}(?:value${IS})?(?=(${CHARACTER}{40})${SECRET_END})`,
  "iy",
);

/** Key ids with a secret near, secrets after their name. */
export const awsKeys: Detector = {
  name: "aws-keys",
  anchors: ["AKIA", "ASIA", "ABIA", "ACCA", "ecret", "ECRET"],
  shortest: SECRET_LENGTH,
  find(view, at) {
    return view.charCodeAt(at) === 0x41 ? keyPair(view, at) : namedSecret(view, at);
  },
};

function keyPair(view: string, at: number): readonly Found[] {
  const id = WORD.test(view.charAt(at - 1)) ? null : matchAt(KEY_ID, view, at);
  if (id === null) return NOTHING;
  const idEnd = at + id[0].length;
  const from = Math.max(0, at - Math.min(NEAR, BEHIND));
  const around = view.slice(from, idEnd + NEAR + SECRET_LENGTH + 1);
  const secrets = [...around.matchAll(SECRET)]
    .filter(([text]) => looksRandom(text))
    .map(({ index, 0: text }) => ({ start: from + index, end: from + index + text.length }));
  return secrets.length === 0 ? NOTHING : [{ start: at, end: idEnd }, ...secrets];
}

function namedSecret(view: string, at: number): readonly Found[] {
  const named = matchAt(NAMED_SECRET, view, at);
  const secret = named?.[1];
  if (named === null || secret === undefined || !looksRandom(secret)) return NOTHING;
  const start = at + named[0].length;
  return [{ start, end: start + secret.length }];
}

/** Not a digest in hex, not a path, not words. */
function looksRandom(text: string): boolean {
  if (!(/[a-z]/.test(text) && /[A-Z]/.test(text) && /[0-9]/.test(text))) return false;
  return new Set(text).size >= LEAST_DISTINCT;
}

// How the tokens of STS begin: base64 of a fixed first field.
const TOKEN_BEGINNINGS = ["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"];
const TOKEN = /(?:[A-Za-z0-9+/=]|\\\/|%2[BbFf]|%3[Dd]){100}/y;

/** Session tokens: the whole run. */
export const awsSessionTokens: Detector = {
  name: "aws-keys",
  anchors: TOKEN_BEGINNINGS,
  shortest: 100,
  find(view, at) {
    const token = matchAt(TOKEN, view, at);
    return token === null ? NOTHING : [{ start: at, end: at + token[0].length, open: true }];
  },
  close: { pattern: /(?!\\\/|%2[BbFf]|%3[Dd]|[A-Za-z0-9+/=])[\s\S]/g, at: "before" },
};
