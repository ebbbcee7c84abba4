// What a command is, and what it is given: all that it reads and writes outside comes with the call.

import type { ApiClient } from "./api-client.ts";
import type { ExitCode } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

export interface Command {
  /** Printed by `countersign <command> --help`. It names every option: misspelt ones are corrected by it. */
  readonly help: string;
  /** @throws CommandError, or any error whose message says what is wrong */
  run(args: readonly string[], context: CommandContext): Promise<ExitCode>;
}

export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
  /**
   * The API of the gateway under this address, else of the one where somebody signed in, else of the local cloud.
   * @throws CommandError when nobody is signed in there
   */
  api(url: string | undefined): ApiClient;
  /** Epoch milliseconds. */
  now(): number;
  /** Ends when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
}
