// Reads an `application/x-www-form-urlencoded` body so that no other parser can read it differently. Every byte is
// caller-controlled. Refuses duplicates, encoded names, bare or empty parameters, broken escapes and raw bytes outside
// printable ASCII; bounds come first.

const MAX_BYTES = 64 * 1024; // a token of 20,000 characters, each percent-encoded, and room for the rest
const MAX_PARAMETERS = 32;

const NAME = /^[A-Za-z][A-Za-z0-9.]{0,63}$/;
// Unescaped: what encodeURIComponent leaves, and what people type in an ARN. `+` is a space; escapes are whole.
const VALUE = /^(?:[A-Za-z0-9\-._~*!'()+,:@/]|%[0-9A-Fa-f]{2})*$/;

/** Returns the parameters by name, or `undefined` when the body is not exactly such a form. */
export function parseForm(body: Uint8Array): ReadonlyMap<string, string> | undefined {
  if (body.length > MAX_BYTES) {
    return undefined;
  }
  const pairs = Buffer.from(body)
    .toString("latin1")
    .split("&", MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) {
    return undefined;
  }
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0));
    const value = decodeValue(pair.slice(equals + 1));
    if (!NAME.test(name) || value === undefined || parameters.has(name)) {
      return undefined;
    }
    parameters.set(name, value);
  }
  return parameters;
}

function decodeValue(text: string): string | undefined {
  if (!VALUE.test(text)) {
    return undefined;
  }
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined; // escapes that are not UTF-8
  }
}
