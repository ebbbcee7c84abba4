// Asks a gateway's /api as a signed-in person. Trusts the gateway by TLS, with the CA that it is given or those of the
// machine; sends the person's token to that address only, follows no redirect and puts no token into a message. What may
// be seen is the gateway's to decide. What it answers is in part text of agents: it is parsed, and printed made visible.

import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { visible } from "../session-text.ts";
import { problemOf } from "./api-problem.ts";
import { CommandError } from "./exit.ts";

/** A gateway and who asks it. */
export interface ApiPlace {
  /** Without a slash at its end and without `/api`. */
  readonly url: string;
  /** `null` before anybody signed in. */
  readonly token: string | null;
  /** The only authority that is trusted; those of the machine when `undefined`. */
  readonly ca: string | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;

export interface ApiClient {
  readonly url: string;
  /** @throws CommandError that says what to do */
  get(path: string, query?: Query): Promise<unknown>;
  /** @throws as `get` */
  post(path: string, body: unknown): Promise<unknown>;
  /** The documents of a stream, one a line. @throws as `get`; a line that is no JSON */
  lines(path: string, query?: Query): AsyncGenerator<unknown>;
  /** @throws as `get` */
  bytes(path: string): Promise<Uint8Array>;
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500; // then 1 s, 2 s
const LONGEST_PAUSE_MS = 20_000;
const IDLE_MS = 60_000; // a stream of the gateway takes 40 s at most
const MOST_BYTES = 64 * 1_048_576;
const STATUS_OK = 200;
const TRY_AGAIN = new Set([429, 503]);

interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly accept: string;
  readonly body?: string;
}

export interface ApiOptions {
  readonly signal?: AbortSignal;
  /** Waits before a new attempt. */
  readonly pause?: (ms: number) => Promise<void>;
}

export function createApiClient(place: ApiPlace, options: ApiOptions = {}): ApiClient {
  const json = async (ask: Ask): Promise<unknown> => {
    const text = Buffer.from(await bodyOf(await send(place, ask, options))).toString("utf8");
    return parseJson(text, place);
  };
  const get = (path: string, query: Query, accept: string): Ask => ({
    method: "GET",
    path: withQuery(path, query),
    accept,
  });
  return {
    url: place.url,
    get: (path, query = {}) => json(get(path, query, "application/json")),
    post: (path, body) =>
      json({ method: "POST", path, accept: "application/json", body: JSON.stringify(body) }),
    async *lines(path, query = {}) {
      const answer = await send(place, get(path, query, "application/x-ndjson"), options);
      try {
        for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) {
          if (line !== "") yield parseJson(line, place);
        }
      } finally {
        answer.destroy();
      }
      if (!answer.complete) throw cutShort(place);
    },
    bytes: async (path) => bodyOf(await send(place, get(path, {}, "application/octet-stream"), options)),
  };
}

/** The gateway's answer, once it is a good one. @throws CommandError for any other */
async function send(place: ApiPlace, ask: Ask, options: ApiOptions): Promise<IncomingMessage> {
  const pause = options.pause ?? ((ms: number) => sleep(ms, undefined, { signal: options.signal }));
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sendOnce(place, ask, options.signal).catch((error: unknown) => {
      throw options.signal?.aborted === true ? error : unreachable(place, error);
    });
    const status = answer.statusCode ?? 0;
    if (status === STATUS_OK) return answer;
    const text = Buffer.from(await bodyOf(answer)).toString("utf8");
    // An order that was not answered may have been written: only what asks is asked again.
    if (ask.method !== "GET" || !TRY_AGAIN.has(status) || attempt === ATTEMPTS) {
      throw problemOf(place, ask.path, status, text);
    }
    await pause(pauseOf(answer.headers["retry-after"], attempt));
  }
}

function sendOnce(place: ApiPlace, ask: Ask, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const url = new URL(place.url);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(`${place.url}/api${ask.path}`, {
    method: ask.method,
    headers: {
      accept: ask.accept,
      "user-agent": "countersign-cli",
      ...(place.token !== null && { authorization: `Bearer ${place.token}` }),
      ...(ask.body !== undefined && {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(ask.body)),
      }),
    },
    timeout: IDLE_MS,
    ...(place.ca !== undefined && { ca: place.ca }),
    ...(signal !== undefined && { signal }),
  });
  sent.on("timeout", () => sent.destroy(new Error(`it did not answer within ${IDLE_MS / 1_000} s`)));
  sent.on("response", resolve);
  sent.on("error", reject);
  sent.end(ask.body);
  return promise;
}

async function bodyOf(answer: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new CommandError("the gateway's answer is over 64 MB: ask for less");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pauseOf(retryAfter: string | undefined, attempt: number): number {
  const told = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) * 1_000 : undefined;
  return Math.min(told ?? FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function parseJson(text: string, { url }: ApiPlace): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`what answers at ${url} is not Countersign's API: its answer is not JSON`, 1, {
      cause,
    });
  }
}

function cutShort({ url }: ApiPlace): CommandError {
  return new CommandError(`the answer of ${url} ended too early: ask again`);
}

function unreachable({ url }: ApiPlace, cause: unknown): CommandError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") {
    const isLocal = /^https?:\/\/(?:127\.0\.0\.1|localhost)[:/]/.test(`${url}/`);
    const hint = isLocal ? ": start the local cloud with `npm start` and leave it running" : "";
    return new CommandError(`nothing answers at ${url}${hint}`, 1, { cause });
  }
  return new CommandError(`${url} cannot be reached: ${visible(message)}`, 1, { cause });
}
