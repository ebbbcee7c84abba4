// Lays rows out in columns. On a terminal one column gives way so that a row fits on a line; in files nothing is cut.

import { cut } from "./recorded-text.ts";
import type { Terminal } from "./terminal.ts";

export interface Column {
  readonly title: string;
  /** Characters, by which rows that come later line up too; the last column needs none. */
  readonly width: number;
}

const GAP = 2;
const LEAST = 20; // what stays of a cell that is cut

export function headerOf(columns: readonly Column[], { paint }: Pick<Terminal, "paint">): string {
  return paint(
    "bold",
    columns
      .map(({ title, width }) => title.padEnd(width + GAP))
      .join("")
      .trimEnd(),
  );
}

/**
 * One row. Cells are texts that were made visible; the last one is cut where a person looks and the line is too short.
 * @param painted gives a padded cell its colour
 */
export function rowOf(
  cells: readonly string[],
  columns: readonly Column[],
  terminal: Pick<Terminal, "columns">,
  painted: (cell: string, index: number) => string = (cell) => cell,
): string {
  let used = 0;
  return cells
    .map((cell, index) => {
      const isLast = index === cells.length - 1;
      const width = columns[index]?.width ?? 0;
      const room = terminal.columns === undefined ? Infinity : Math.max(terminal.columns - used, LEAST);
      const text = isLast ? cut(cell, room) : fitted(cell, width, terminal) + " ".repeat(GAP);
      used += text.length;
      return painted(text, index);
    })
    .join("");
}

function fitted(cell: string, width: number, { columns }: Pick<Terminal, "columns">): string {
  return (columns === undefined ? cell : cut(cell, Math.max(width, 4))).padEnd(width);
}
