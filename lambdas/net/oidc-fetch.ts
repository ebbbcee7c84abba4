// The requests of the login to the approvers' identity provider. Its addresses come from configuration and from its own
// metadata; its answers may be anything. Bounds: https with names checked, no redirect, no compression, 1 MB, 5 s in all.

import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { CustomFetch } from "openid-client";

const MAX_BYTES = 1_000_000;
const TIMEOUT_MILLISECONDS = 5_000;
const BODILESS = new Set([101, 204, 205, 304]); // `Response` refuses a body with these

/** @throws when the provider cannot be reached in time, or its answer is over a bound. */
export const oidcFetch: CustomFetch = async (address, { method, headers, body }) => {
  const url = new URL(address);
  if (url.protocol !== "https:") throw new Error("the provider's address is not https");
  const payload =
    body === undefined || body === null ? "" : body instanceof URLSearchParams ? body.toString() : body;
  if (typeof payload !== "string") throw new Error("a login sends forms only");
  const answer = await send(url, { method, headers }, payload);
  const bytes = await readBody(answer);
  const status = answer.statusCode ?? 0;
  return new Response(BODILESS.has(status) ? null : bytes, { status, headers: headersOf(answer) });
};

function send(
  url: URL,
  { method, headers }: { readonly method: string; readonly headers: Record<string, string> },
  payload: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, {
      method,
      headers: {
        ...headers,
        "accept-encoding": "identity",
        ...(payload !== "" && { "content-length": String(Buffer.byteLength(payload)) }),
      },
      agent: false, // a few requests in a login: nothing to keep alive
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
      .on("response", resolve)
      .on("error", reject)
      .end(payload);
  });
}

async function readBody(answer: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const encoding = answer.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      throw new Error("the provider's answer came compressed, unasked");
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new Error("the provider's answer is over 1 MB");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    answer.destroy();
  }
}

function headersOf({ headers }: IncomingMessage): Headers {
  const type = headers["content-type"];
  return new Headers(type === undefined ? {} : { "content-type": type });
}
