// Problems of policies as a compiler writes them: file, line and column, what is wrong, and the line itself with the
// place marked. Decides nothing.

import { basename, join } from "node:path";
import { placeOf } from "./policy-split.ts";

export type Severity = "error" | "warning";

export type Report = (severity: Severity, offset: number, message: string) => void;

interface Entry {
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Collects the problems of one directory of policies. */
export class ProblemLog {
  readonly #directory: string;
  readonly #entries: Entry[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** The report of one file. Offsets count UTF-16 code units of `source`. */
  reportOf(file: string, source: string): Report {
    return (severity, offset, message) => {
      const { line, column } = placeOf(source, offset);
      const place = `${join(basename(this.#directory), file)}:${line}:${column}`;
      const text = `${place}: ${severity}: ${message}\n${excerpt(source, line, column)}`;
      this.#entries.push({ severity, file, line, text });
    };
  }

  /** A problem that stands in no file. */
  addError(text: string): void {
    this.#entries.push({ severity: "error", file: "", line: 0, text });
  }

  /** In the order of the files and their lines. */
  linesOf(severity: Severity): readonly string[] {
    return this.#entries
      .filter((entry) => entry.severity === severity)
      .sort((one, other) => one.file.localeCompare(other.file) || one.line - other.line)
      .map(({ text }) => text);
  }
}

/** Where `text` stands in a policy, comments passed over; its beginning where it does not stand there. */
export function offsetOf(text: string, policy: string): number {
  const code = policy.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*/g, (piece) =>
    piece.startsWith("//") ? " ".repeat(piece.length) : piece,
  );
  // A name is found as a whole word, a text in quotes or an annotation as it is.
  const escaped = text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const found = new RegExp(/^\w+$/.test(text) ? `\\b${escaped}\\b` : escaped).exec(code);
  return found?.index ?? 0;
}

function excerpt(source: string, line: number, column: number): string {
  const text = (source.split("\n")[line - 1] ?? "").trimEnd();
  const number = String(line);
  // What is marked: a text in quotes, an annotation or a word.
  const [marked = ""] = /^(?:"(?:[^"\\]|\\.)*"|@?[\w.:-]+|.)/.exec(text.slice(column - 1)) ?? [];
  const indent = text.slice(0, column - 1).replaceAll(/[^\t]/g, " ");
  return `  ${number} | ${text}\n  ${" ".repeat(number.length)} | ${indent}${"^".repeat(Math.max(1, marked.length))}`;
}
