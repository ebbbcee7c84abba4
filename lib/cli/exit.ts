// How a command ends: its exit codes, which `countersign help` promises, and the errors that stand for them.

export const EXIT = {
  /** Done; what was asked about is in order. */
  ok: 0,
  /** It could not be done, or what was checked is not as recorded or not as expected. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Nobody is signed in, or whoever is may not do this. */
  refused: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A sentence for the person at the terminal: what is wrong and what to do. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What is wrong with the command line. */
export class UsageError extends CommandError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, EXIT.usage, options);
  }
}
