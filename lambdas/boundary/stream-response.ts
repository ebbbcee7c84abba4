// Writes an answer in the form that Lambda streams to API Gateway: status and headers first, then the body's bytes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html

import { Readable } from "node:stream";
import type { GatewayResponse } from "../model/gateway-response.ts";

export interface StreamedResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: Readable;
}

/** A body that throws destroys the stream, and Lambda cuts the connection: the client never takes a part for the whole. */
export function streamResponse({ status, headers, cookies, body }: GatewayResponse): StreamedResponse {
  const chunks = body instanceof Uint8Array ? (body.length === 0 ? [] : [body]) : body;
  return {
    statusCode: status,
    headers,
    ...(cookies !== undefined && { cookies }),
    body: Readable.from(chunks, { objectMode: false }),
  };
}
