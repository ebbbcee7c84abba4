// Shows a text of somebody else so that it cannot pass for another one: what has no look of its own (controls, bidi and
// zero-width characters, combining marks, odd spaces) stands as its code point, and what is not ASCII is marked, since it
// may look like a letter that it is not. A long text is cut, and says by how much.

import { type Content, type Html, html } from "./html.ts";

const MOST_CHARACTERS = 2_000; // of one value: a page that nobody scrolls through hides as well as a cut one
const BRAILLE_BLANK = "\u2800";

// In order: what must be shown by its number; runs of what is not ASCII; spaces that would be lost; the rest.
const PIECES =
  /(?<unseen>[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs})|(?<foreign>[^\x20-\x7e]+?(?=[\p{C}\p{M}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\x20-\x7e]|$))|(?<spaces>^ +| +$| {2,})|(?<plain>[\x21-\x7e]+| )/gu;

/** The text in full view. Never returns fewer characters than it was given without saying so. */
export function visible(text: string): Html {
  const characters = [...text];
  const shown = characters.length > MOST_CHARACTERS ? characters.slice(0, MOST_CHARACTERS).join("") : text;
  const left = characters.length - MOST_CHARACTERS;
  const pieces: Content[] = [...shown.matchAll(PIECES)].map(({ groups }) => piece(groups ?? {}));
  return html`${pieces}${left > 0 && html` <span class="cut">and ${left} more characters</span>`}${text === "" && html`<span class="cut">empty</span>`}`;
}

/** True when `visible` marks anything in the text. */
export function isMarked(text: string): boolean {
  return !/^[\x20-\x7e]*$/.test(text) || text.includes(BRAILLE_BLANK);
}

function piece({ unseen, foreign, spaces, plain }: Readonly<Record<string, string | undefined>>): Content {
  if (unseen !== undefined) {
    // A line break stays one as well, so that a text of many lines can be read.
    return html`<span class="code">${codePoint(unseen)}</span>${unseen === "\n" && "\n"}`;
  }
  if (foreign !== undefined) return html`<mark>${foreign}</mark>`;
  if (spaces !== undefined) return html`<span class="code">${"·".repeat(spaces.length)}</span>`;
  return plain ?? "";
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
