// Replaces spans of a text or of bytes and leaves all else as it was. Spans inside a span that is cut out go with it.

export interface Span<T> {
  readonly start: number;
  readonly end: number;
  readonly by: T;
}

export function spliceText(text: string, spans: readonly Span<string>[]): string {
  let written = "";
  const end = each(spans, (from, span) => {
    written += text.slice(from, span.start) + span.by;
  });
  return written + text.slice(end);
}

export function spliceBytes(bytes: Uint8Array, spans: readonly Span<Uint8Array>[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const end = each(spans, (from, span) => {
    parts.push(bytes.subarray(from, span.start), span.by);
  });
  parts.push(bytes.subarray(end));
  return new Uint8Array(Buffer.concat(parts));
}

/** In order of place, a longer one before those inside it. Two changes of one place are a fault of the caller. */
function each<T>(spans: readonly Span<T>[], take: (from: number, span: Span<T>) => void): number {
  let at = 0;
  for (const span of spans.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    if (span.start < at) {
      if (span.end > at) throw new Error("two edits of an answer overlap");
      continue;
    }
    take(at, span);
    at = span.end;
  }
  return at;
}

/** The entries of one object or list, in pairs of start and end, that stand between commas. */
export type Entries = number[];

/** What to cut so that these entries go and the commas between the others stay right. */
export function cutsOf(entries: Entries, dropped: ReadonlySet<number>): Span<string>[] {
  const cuts: Span<string>[] = [];
  let kept = false;
  for (let at = 0; at * 2 < entries.length; at += 1) {
    if (!dropped.has(at)) {
      kept = true;
      continue;
    }
    const [start = 0, end = 0] = [entries[at * 2], entries[at * 2 + 1]];
    if (kept) cuts.push({ start: entries[at * 2 - 1] ?? start, end, by: "" });
    else cuts.push({ start, end: entries[at * 2 + 2] ?? end, by: "" });
  }
  return cuts;
}
