// Sends a request as it is written, without an SDK: for what no SDK would send.

import { request } from "node:http";
import type { Demo } from "./demo.ts";

export interface RawRequest {
  readonly method: string;
  /** Path and query, as they go on the wire. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export function send(
  { cloud }: Demo,
  { method, target, headers, body = "" }: RawRequest,
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const sent = request(
    new URL(cloud.gatewayUrl),
    // The path is the options' and not the URL's, which would be normalised.
    { method, path: target, headers: headers.flat(), setHost: false },
    (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    },
  );
  sent.on("error", reject);
  sent.end(body);
  return promise;
}
