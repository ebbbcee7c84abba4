// How the parsers of this module give up: recursion deep, a refusal as value at every level would hide the parsing.
// Thrown only inside recognition; recognise() turns it into a Refusal.

import { type Refusal, type RefusalCode, refuse } from "../model/refusal.ts";

export class Malformed extends Error {
  readonly code: RefusalCode;

  constructor(message: string, code: RefusalCode = "ValidationError") {
    super(message);
    this.name = "Malformed";
    this.code = code;
  }

  toRefusal(): Refusal {
    return refuse(this.code, this.message);
  }
}

/** Caller's text for a message: printable ASCII only, at most 80 characters. */
export function shown(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]|`/g, "?");
  return `\`${printable.length > 80 ? `${printable.slice(0, 77)}...` : printable}\``;
}
