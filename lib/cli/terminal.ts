// What commands write to: lines to stdout, colours where a person looks, progress to stderr. Knows nothing of what is
// written: text that agents chose is made visible before it comes here.

import { styleText } from "node:util";

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** The text in a style on a terminal; elsewhere the text. */
export type Paint = (style: Style, text: string) => string;

export interface Terminal {
  /** One line to stdout. */
  print(line: string): void;
  readonly paint: Paint;
  /** Characters of a line where a person looks; `undefined` in files and pipes. */
  readonly columns: number | undefined;
  /** Shows how far a long work is, in place of what it said before; nothing where stderr is no terminal. */
  progress(text: string): void;
  /** One line to stderr: a remark beside the output. */
  remark(line: string): void;
}

interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;
  readonly stderr: Pick<NodeJS.WriteStream, "write" | "isTTY">;
}

const PROGRESS_EVERY_MS = 200; // five times a second is as fast as anybody reads
const WIPE = "\r\u001b[2K"; // back to the line's beginning, and erase it

export const plain: Paint = (_style, text) => text;

/** @param environment NO_COLOR (https://no-color.org) of any value but the empty one switches colours off */
export function createTerminal(
  { stdout, stderr }: Streams,
  environment: NodeJS.ProcessEnv,
  nowMs: () => number,
): Terminal {
  const isColourful = stdout.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
  let shownMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  const wipe = (): void => {
    if (isShown) stderr.write(WIPE);
    isShown = false;
  };
  return {
    print: (line) => {
      wipe();
      stdout.write(`${line}\n`);
    },
    paint: isColourful ? (style, text) => styleText(style, text, { validateStream: false }) : plain,
    columns: stdout.isTTY === true ? stdout.columns : undefined,
    progress: (text) => {
      if (stderr.isTTY !== true || nowMs() - shownMs < PROGRESS_EVERY_MS) return;
      shownMs = nowMs();
      stderr.write(`${WIPE}${text}`);
      isShown = true;
    },
    remark: (line) => {
      wipe();
      stderr.write(`${line}\n`);
    },
  };
}
