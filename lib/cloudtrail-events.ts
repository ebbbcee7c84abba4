// Reads what CloudTrail delivered: files of `{"Records": [...]}`, event lines (CloudTrail Lake, Athena), or the answer of
// `aws cloudtrail lookup-events`. Decides what of an event matters. Trusts nothing in it to have a form: an event that is
// not understood stops the reading, since one that was passed over would be one that nobody misses.

export interface TrailEvent {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** `s3.amazonaws.com` */
  readonly source: string;
  readonly name: string;
  readonly requestId: string | null;
  /** The role that was assumed, and under which session name. */
  readonly role: string | null;
  readonly session: string | null;
  readonly sourceIdentity: string | null;
  /** The service that made the call in the session's name. */
  readonly invokedBy: string | null;
}

/** @throws an Error that names the entry which is not a CloudTrail event */
export async function* trailEvents(
  lines: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<TrailEvent> {
  let count = 0;
  for await (const document of documents(lines)) {
    for (const entry of entriesOf(document)) {
      count += 1;
      const event = eventOf(entry);
      if (event === undefined) throw new Error(`entry ${count} is not a CloudTrail event`);
      yield event;
    }
  }
}

/** One document a line, or one document over all lines. */
async function* documents(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<unknown> {
  let pending: string[] | undefined;
  let isFirst = true;
  for await (const line of lines) {
    if (pending !== undefined) {
      pending.push(line);
      continue;
    }
    if (line.trim() === "") continue;
    const value = parsed(line);
    if (value !== undefined) yield value;
    else if (isFirst) pending = [line];
    else throw new Error("a line is not JSON");
    isFirst = false;
  }
  if (pending === undefined) return;
  const whole = parsed(pending.join("\n"));
  if (whole === undefined) throw new Error("the file is not JSON, nor a JSON document on each line");
  yield whole;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function entriesOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const { Records, Events } = membersOf(document);
  if (Array.isArray(Records)) return Records;
  if (!Array.isArray(Events)) return [document];
  return Events.map((entry: unknown) => {
    const { CloudTrailEvent } = membersOf(entry);
    return typeof CloudTrailEvent === "string" ? parsed(CloudTrailEvent) : entry;
  });
}

function eventOf(entry: unknown): TrailEvent | undefined {
  const { eventID, eventTime, eventSource, eventName, requestID, userIdentity } = membersOf(entry);
  const atMs = typeof eventTime === "string" ? Date.parse(eventTime) : Number.NaN;
  if (typeof eventSource !== "string" || typeof eventName !== "string" || Number.isNaN(atMs))
    return undefined;
  const identity = membersOf(userIdentity);
  const context = membersOf(identity.sessionContext);
  return {
    id: textOr(eventID) ?? "",
    atMs,
    source: eventSource,
    name: eventName,
    requestId: textOr(requestID),
    role: textOr(membersOf(context.sessionIssuer).arn),
    session: identity.type === "AssumedRole" ? (textOr(identity.arn)?.split("/").at(-1) ?? null) : null,
    sourceIdentity: textOr(context.sourceIdentity),
    invokedBy: textOr(identity.invokedBy),
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOr(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
