// Builds HTML so that no text can become markup: the tag `html` escapes everything that it is given, and only what it
// made itself goes in as it is. There is no way to mark a text as safe.

/** Markup. Only `html` and `joined` make it. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }

  /** For `html` alone: the literal pieces are our own source text, the values are escaped. */
  static of(pieces: readonly string[], values: readonly Content[]): Html {
    return new Html(pieces.map((piece, at) => piece + rendered(values[at] ?? "")).join(""));
  }
}

/** `null` and `false` stand for nothing, so that a condition can be written in place. */
export type Content = string | number | Html | readonly Content[] | null | false;

/** The tag. Attribute values must stand in double quotes; a value never makes an attribute's or an element's name. */
export function html(pieces: TemplateStringsArray, ...values: readonly Content[]): Html {
  return Html.of(pieces, values);
}

function rendered(value: Content): string {
  if (value === null || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "number") return String(value);
  // caller-controlled: an object that came through a gap in the types must not speak for itself
  if (typeof value === "string") return escaped(value);
  return Array.isArray(value) ? value.map(rendered).join("") : "";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

function escaped(text: string): string {
  // A lone surrogate has no UTF-8 form, and NUL none in HTML.
  return text
    .toWellFormed()
    .replaceAll("\0", "\ufffd")
    .replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? "");
}
