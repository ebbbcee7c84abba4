// Parts a command line into words as a POSIX shell does, without anything that a shell would work out: no variables,
// no substitution, no globbing. For command lines in test cases, where no shell stands between.

/** @throws Error for a quote that is not closed. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  // Pieces of one word: single quotes, double quotes, an escaped character, plain text; or the space between words.
  const pieces = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)|(\s+)/y;
  let word: string | null = null;
  while (pieces.lastIndex < line.length) {
    const piece = pieces.exec(line);
    if (piece === null) throw new Error("a quote in the command line is not closed");
    const [, single, double, escaped, plain, space] = piece;
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      // Between double quotes a backslash stands for itself before anything but these four.
      word = `${word ?? ""}${single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? ""}`;
    }
  }
  return word === null ? words : [...words, word];
}
