// What the gateway answers: the one form that every flow ends in and boundary/ writes to the stream.

export interface GatewayResponse {
  readonly status: number;
  /** Lower-case names, each once. */
  readonly headers: Readonly<Record<string, string>>;
  /** `Set-Cookie` lines, for the pages of people. */
  readonly cookies?: readonly string[];
  /** Whole bytes, or chunks as AWS sends them. A body that throws cuts the connection: never a silent short answer. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}
