// Searches bytes for a secret in every form in which it could have slipped out: as it is, base64 at each of its three
// alignments, base64url, hex, percent-encoded, and escaped for JSON once or twice.

/** A form of a secret, with its name for the report. */
export interface Needle {
  readonly form: string;
  readonly text: string;
}

export function encodingsOf(secret: string | Uint8Array): readonly Needle[] {
  const bytes = Buffer.from(secret);
  const raw = bytes.toString("latin1");
  const shifted = [0, 1, 2].map((shift) => base64At(bytes, shift));
  const hex = bytes.toString("hex");
  const escaped = JSON.stringify(raw).slice(1, -1);
  const needles: Needle[] = [
    { form: "raw", text: raw },
    ...shifted.map((text, shift) => ({ form: `base64 at ${shift}`, text })),
    ...shifted.map((text, shift) => ({
      form: `base64url at ${shift}`,
      text: text.replaceAll("+", "-").replaceAll("/", "_"),
    })),
    { form: "hex", text: hex },
    { form: "HEX", text: hex.toUpperCase() },
    { form: "percent", text: encodeURIComponent(raw) },
    { form: "percent, all", text: hex.replace(/../g, "%$&") },
    { form: "JSON", text: escaped },
    { form: "JSON in JSON", text: JSON.stringify(escaped).slice(1, -1) },
  ];
  const seen = new Set<string>();
  return needles.filter(({ text }) => text.length >= SHORTEST && !seen.has(text) && seen.add(text));
}

// What is shorter would be found by chance.
const SHORTEST = 8;

/** The forms that are in there. */
export function hitsIn(place: Uint8Array | string, needles: readonly Needle[]): readonly string[] {
  const haystack = Buffer.from(place);
  return needles.filter(({ text }) => haystack.includes(Buffer.from(text, "latin1"))).map(({ form }) => form);
}

/** The characters that bytes have in base64 whatever stands around them, when they begin `shift` bytes into a group. */
function base64At(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64").replace(/=+$/, "");
  const from = Math.ceil((shift * 8) / 6);
  const to = Math.floor(((shift + bytes.length) * 8) / 6);
  return text.slice(from, to);
}
