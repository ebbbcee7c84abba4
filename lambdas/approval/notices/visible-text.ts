// Makes any text safe to show to a person who decides on it: what does not print, reorders text or only looks like ASCII is
// written as an escape, so that two different texts never look the same. Bounded, and says how much it left out. Pure.
// What the medium needs beyond that (HTML, Slack) is escaped by the one who writes that medium.

const HIDDEN = /[^\x20-\x7e]|\\(?=u\{)/gu;
const SPACE_RUN = / {2,}/g;
/** Mail programs make a link of whatever looks like an address; the only link is ours. */
const ADDRESS = /(?<=:)\/(?=\/)/g;

/**
 * Printable ASCII of at most `max` characters of the text, then how many follow. Everything else becomes `\u{...}`, also
 * a backslash that would look like such an escape, all but the first of several spaces, and what would start an address.
 */
export function visibleText(text: string, max: number): string {
  // caller-controlled: cut before anything looks at all of it
  const points = [...text.slice(0, max * 2)].slice(0, max);
  const kept = points.join("");
  const shown = kept
    .replace(HIDDEN, escapeOf)
    .replace(SPACE_RUN, (run) => ` ${"\\u{20}".repeat(run.length - 1)}`)
    .replace(ADDRESS, escapeOf);
  const omitted = text.length - kept.length;
  return omitted === 0 ? shown : `${shown}... (${omitted} more characters)`;
}

/** The first of a list, each made visible, and one line that says how many follow. */
export function visibleList(texts: readonly string[], items: number, max: number): readonly string[] {
  const shown = texts.slice(0, items).map((text) => visibleText(text, max));
  return texts.length <= items ? shown : [...shown, `... and ${texts.length - items} more`];
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
