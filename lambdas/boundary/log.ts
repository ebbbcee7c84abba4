// Writes one JSON line per event. An allow-list: only the fields named here can reach a log, and none of them can
// hold a token, a claim, a parameter, a header or a body. The message of a foreign error is left out for that reason.

export interface LogFields {
  readonly event: "call" | "exchange" | "fault" | "start";
  readonly requestId?: string;
  readonly session?: string;
  readonly service?: string;
  readonly operation?: string;
  readonly decision?: "permit" | "deny";
  readonly ending?: string;
  readonly code?: string;
  readonly status?: number;
  readonly milliseconds?: number;
  readonly mode?: "enforce" | "observe";
  readonly fault?: FaultFields;
}

export interface FaultFields {
  readonly name: string;
  /** Function names and places only: the first line of a stack repeats the message. */
  readonly frames: readonly string[];
}

const FRAMES = 6; // enough to find the place, short enough to stay one log line

export function log(fields: LogFields): void {
  const {
    event,
    requestId,
    session,
    service,
    operation,
    decision,
    ending,
    code,
    status,
    milliseconds,
    mode,
    fault,
  } = fields;
  const at = new Date().toISOString();
  console.log(
    JSON.stringify({
      at,
      event,
      requestId,
      session,
      service,
      operation,
      decision,
      ending,
      code,
      status,
      milliseconds,
      mode,
      fault,
    }),
  );
}

/** What may be said of an error: its name and where it was thrown, down the chain of causes. */
export function faultFields(error: unknown): FaultFields {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] };
  const cause = error.cause instanceof Error ? faultFields(error.cause) : undefined;
  // The message goes first: it may hold anything, lines that look like frames too.
  const stack = (error.stack ?? "").replace(error.message, "");
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: cause === undefined ? error.name : `${error.name} < ${cause.name}`,
    frames: frames.slice(0, FRAMES).map((line) => line.trim()),
  };
}
