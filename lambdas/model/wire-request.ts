// The request as the client signed it: what ingress restored from API Gateway's event and every later step reads.
// Every byte here is caller-controlled, but for `viewerIp` and `gatewayRequestId`, which our own edge wrote.

/** Lower-case header names to their values in order of arrival. Values are trimmed, otherwise as sent. */
export type WireHeaders = ReadonlyMap<string, readonly string[]>;

/** One query parameter, percent-decoded. Repeated names keep their order. */
export type QueryParameter = readonly [name: string, value: string];

export interface WireRequest {
  /** Upper case, as sent. */
  readonly method: string;
  /** Raw and still percent-encoded, as signed: begins with `/`, the API's stage removed, `/aws` kept. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** The client's headers under their own names; what the edge added is gone. */
  readonly headers: WireHeaders;
  readonly body: Uint8Array;
  /** What stands before the gateway's own name in `host`, once the flow compared it: `bucket.`. Absent or empty: nothing. */
  readonly hostPrefix?: string;
  /** The address CloudFront saw. */
  readonly viewerIp: string;
  /** API Gateway's request id, for the record. */
  readonly gatewayRequestId: string;
}

/** Returns the value of a header that is present exactly once, else `undefined`. */
export function singleHeader(headers: WireHeaders, name: string): string | undefined {
  const values = headers.get(name);
  return values?.length === 1 ? values[0] : undefined;
}
