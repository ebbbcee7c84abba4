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

/** How many characters to insert, delete, replace or swap with their neighbour. */
function distanceBetween(one: string, other: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const isSame = other[column - 1] === one[index];
      const isSwapped = other[column - 1] === one[index - 1] && other[column - 2] === one[index];
      next.push(
        Math.min(
          (row[column - 1] ?? 0) + (isSame ? 0 : 1),
          (row[column] ?? 0) + 1,
          (next[column - 1] ?? 0) + 1,
          isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
