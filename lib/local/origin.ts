// What the edge asks its origin and what it gets: one request and one answer, as they would be on the wire between
// CloudFront and API Gateway. Types and the few helpers that both sides need for lists of headers.

/** Names as sent, values as sent, in order. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface OriginRequest {
  readonly method: string;
  /** Path and query, raw. */
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** The peer that API Gateway sees. */
  readonly sourceIp: string;
}

export interface OriginAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  /** Throws when the connection is cut in the middle. */
  readonly body: AsyncIterable<Uint8Array>;
}

export type Origin = (request: OriginRequest) => Promise<OriginAnswer>;

/** The last value of a header, by its lower-case name. */
export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.findLast(([one]) => one.toLowerCase() === name)?.[1];
}

export function withoutHeaders(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([name]) => !names.has(name.toLowerCase()));
}

/** Pairs from Node's alternating list. */
export function headerList(raw: readonly string[]): HeaderList {
  return Array.from(
    { length: raw.length / 2 },
    (_, at) => [raw[2 * at] ?? "", raw[2 * at + 1] ?? ""] as const,
  );
}

export async function* bytesOf(...chunks: readonly (Uint8Array | string)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}
