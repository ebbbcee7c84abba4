// Suggests the nearest known name for a misspelt one.

/** Returns `; did you mean X?` for the nearest candidate that is near enough, else `""`. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const farthest = Math.max(2, Math.floor(name.length / 3)); // Two: letters that changed places.
  let nearest: { readonly candidate: string; readonly distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = distanceBetween(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= farthest && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
      nearest = { candidate, distance };
    }
  }
  return nearest === null ? "" : `; did you mean \`${nearest.candidate}\`?`;
}

/** Levenshtein's distance: how many characters to insert, delete or replace. */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, character] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (other[column - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
