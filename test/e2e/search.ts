// Searches bytes for a secret in every form in which it could have slipped out: as it is, base64 at each of its three
// alignments, base64url, hex, percent-encoded, and escaped for JSON (once or twice) or XML.

/** A form of a secret, with its name for the report. */
export interface Needle {
  readonly form: string;
  readonly bytes: Buffer;
}

export function encodingsOf(secret: string | Uint8Array): readonly Needle[] {
  const bytes = Buffer.from(secret);
  const raw = typeof secret === "string" ? secret : bytes.toString("latin1");
  const hex = bytes.toString("hex");
  const escaped = JSON.stringify(raw).slice(1, -1);
  const forms: readonly (readonly [string, string])[] = [
    ...[0, 1, 2].flatMap((shift) => {
      const text = base64At(bytes, shift);
      const inUrl = text.replaceAll("+", "-").replaceAll("/", "_");
      return [[`base64 at ${shift}`, text] as const, [`base64url at ${shift}`, inUrl] as const];
    }),
    ["hex", hex],
    ["HEX", hex.toUpperCase()],
    ["percent", encodeURIComponent(raw)],
    ["percent, all", hex.toUpperCase().replace(/../g, "%$&")],
    ["JSON", escaped],
    ["JSON in ASCII", escaped.replace(/[\u0080-\uffff]/g, unicodeEscape)],
    ["JSON in JSON", JSON.stringify(escaped).slice(1, -1)],
    ["XML", raw.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")],
    ["XML, quotes too", raw.replace(/[&<>"']/g, (character) => XML[character] ?? character)],
  ];
  const needles = new Map([[bytes.toString("latin1"), { form: "raw", bytes }]]);
  for (const [form, text] of forms) {
    const coded = Buffer.from(text, "utf8");
    if (!needles.has(coded.toString("latin1"))) needles.set(coded.toString("latin1"), { form, bytes: coded });
  }
  // What is shorter would be found by chance.
  return [...needles.values()].filter((needle) => needle.bytes.length >= SHORTEST);
}

const SHORTEST = 8;
const XML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** The forms that are in there. */
export function hitsIn(place: Uint8Array | string, needles: readonly Needle[]): readonly string[] {
  const haystack = Buffer.from(place);
  return needles.filter(({ bytes }) => haystack.includes(bytes)).map(({ form }) => form);
}

/** The characters that bytes have in base64 whatever stands around them, when they begin `shift` bytes into a group. */
function base64At(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const from = Math.ceil((shift * 8) / 6);
  const to = Math.floor(((shift + bytes.length) * 8) / 6);
  return text.slice(from, to);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
