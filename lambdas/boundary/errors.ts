// The one base of our own errors. An error is a fault (a broken promise of the world or of ours); refusals are values.

export type FaultCode = "environment" | "unreadable_answer" | "record_failed" | "internal";

/** `publicMessage` may be told to a caller; `cause` never is. */
export class CountersignError extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, publicMessage: string, cause?: unknown) {
    super(publicMessage, { cause });
    this.name = `CountersignError.${code}`;
    this.code = code;
  }
}
