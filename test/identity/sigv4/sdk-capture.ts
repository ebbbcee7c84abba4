// Lets a real AWS SDK client make and sign a request, and catches it before it is sent.

import { Readable } from "node:stream";
import type { SentRequest } from "../../ingress/as-event.ts";

/** The part of smithy's HttpRequest that is read here. */
interface SmithyRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string | readonly string[] | null>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

class Captured extends Error {
  readonly sent: SentRequest;
  constructor(sent: SentRequest) {
    super("captured");
    this.sent = sent;
  }
}

/** A request handler that throws what it was to send. */
export const capturingHandler = {
  async handle(request: unknown): Promise<never> {
    const { method, path, query = {}, headers, body } = request as SmithyRequest;
    const sent = {
      method,
      path,
      query: rawQuery(query),
      headers: Object.entries(headers),
      body: await bytesOf(body),
    };
    throw new Captured(sent);
  },
};

/** Runs one SDK call and returns the request that it would have sent. */
export async function captured(call: () => Promise<unknown>): Promise<SentRequest> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Captured) return error.sent;
    throw error;
  }
  throw new Error("the client sent nothing");
}

function rawQuery(query: Record<string, string | readonly string[] | null>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one]))
    .map(([name, value]) =>
      value === null ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    )
    .join("&");
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (!(body instanceof Readable)) throw new Error("a body of an unknown kind");
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
