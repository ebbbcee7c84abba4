// Seeds and words that several parsers share.

export const JSON_WORDS: readonly string[] = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    '""',
    '"a"',
    '"a":',
    "{}",
    "[]",
    "null",
    "true",
    "false",
    "nul",
  ],
  ...["0", "-0", "1e400", "1E-400", "12345678901234567890", "0.1", "01", "+1", ".5", "1.", "NaN", "Infinity"],
  ...[
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0061":',
    "\\u",
    "\\x41",
    "\u00ef\u00bb\u00bf",
    "\u00c0\u0080",
  ],
  ...[
    '"__proto__":',
    '"constructor":',
    "/*a*/",
    "//",
    "'a'",
    " ",
    "\n",
    "\t",
    "\u000b",
    "\u0000",
    "\u00ed\u00a0\u0080",
  ],
];

export const FORM_WORDS: readonly string[] = [
  ...[
    "&",
    "=",
    "&&",
    "==",
    "+",
    "%",
    "%2",
    "%00",
    "%26",
    "%3D",
    "%C3%A9",
    "%c3",
    "%ED%A0%80",
    "Action=",
    "Version=",
  ],
  ...[
    "WebIdentityToken=",
    "a.1=",
    ".0=",
    ".1=",
    ".01=",
    ".1.1=",
    "..",
    ".",
    "Tag.1.Key=a",
    "__proto__=",
    "\u00e9",
    ";",
  ],
  ...["\r\n", "[]=", "[0]=", "&Action=x"],
];

export function jsonSeeds(): readonly Uint8Array[] {
  return seedsOf(
    '{"iss":"https://idp.example.com","sub":"agent","aud":["a","b"],"exp":1800000000,"groups":["x","y"],"n":-1.5e3}',
    '{"keys":[{"kty":"RSA","kid":"1","n":"AQAB","e":"AQAB","alg":"RS256"},{"kty":"EC","crv":"P-256"}]}',
    '{"a":{"b":{"c":{"d":[[[[null,true,false]]]]}}},"\\u00e9":"\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83d\\ude00"}',
    '{"TableName":"Orders","Key":{"pk":{"S":"a"},"sk":{"N":"12345678901234567890.1"}},"ConsistentRead":true}',
  );
}

export function seedsOf(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => Buffer.from(text));
}
