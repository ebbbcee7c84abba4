// Fetches an issuer's key set over HTTPS. The address is configuration; the answer is the issuer's and may be anything:
// slow, huge, cut, redirecting. Bounds here: TLS with names checked, no redirect, status 200, no compression, 1 MB, 5 s in
// all. What the bytes mean, and how often they are asked for, is identity's.

import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { type JwksFetcher, JwksUnavailable } from "../identity/token/keyring.ts";

const MAX_BYTES = 1_000_000;
const TIMEOUT_MILLISECONDS = 5_000;

/** `timeoutMilliseconds` bounds one fetch as a whole, from the name look-up to the last byte. */
export function createJwksFetcher(timeoutMilliseconds = TIMEOUT_MILLISECONDS): JwksFetcher {
  return {
    async fetch(uri) {
      const url = URL.parse(uri);
      if (url?.protocol !== "https:" || url.username !== "" || url.password !== "") {
        throw new JwksUnavailable("the key set's address is not plain https");
      }
      try {
        return await readBody(await get(url, AbortSignal.timeout(timeoutMilliseconds)));
      } catch (error) {
        throw error instanceof JwksUnavailable
          ? error
          : new JwksUnavailable("the key set could not be fetched", error);
      }
    },
  };
}

function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, {
      method: "GET",
      headers: { accept: "application/jwk-set+json, application/json", "accept-encoding": "identity" },
      agent: false, // ten minutes between two fetches: nothing to keep alive
      signal,
    })
      .on("response", resolve)
      .on("error", reject)
      .end();
  });
}

async function readBody(response: IncomingMessage): Promise<Uint8Array> {
  try {
    const encoding = response.headers["content-encoding"];
    if (response.statusCode !== 200) {
      throw new JwksUnavailable("the key set's address did not answer 200");
    }
    if (encoding !== undefined && encoding !== "identity") {
      throw new JwksUnavailable("the key set came compressed, unasked");
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response) {
      length += chunk.length;
      if (length > MAX_BYTES) {
        throw new JwksUnavailable("the key set is over 1 MB");
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks); // a body cut short throws in the loop
  } finally {
    response.destroy();
  }
}
