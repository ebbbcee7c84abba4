// Calls Slack's Web API over HTTPS: posts, updates, opens forms. The host is fixed; the answer may be anything: slow, huge,
// cut, an error inside a 200. What can be repeated is repeated a bounded number of times within a bounded time, waiting as
// long as Slack asks; anything else throws. It decides nothing. A post whose answer was lost may be repeated: told twice is
// better than not at all. https://docs.slack.dev/apis/web-api

import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { SlackChat, SlackModals } from "../approval/notices/ports.ts";
import { CountersignError } from "../boundary/errors.ts";

const HOST = "slack.com";
const MAX_BYTES = 256_000; // Slack answers with the message that it was sent
const BACKOFF_MS = 500;

/** How patient a caller of Slack can be. */
export interface SlackPatience {
  readonly attempts: number;
  /** One request, from the name look-up to the last byte. */
  readonly requestMs: number;
  /** Everything, pauses too. */
  readonly totalMs: number;
}

/** For the workflow, which nobody waits for; posting and updating together stay within the 60 s of its function. */
export const PATIENT: SlackPatience = { attempts: 4, requestMs: 5_000, totalMs: 25_000 };
/** While Slack itself waits for our answer, 3 s at most. */
export const PROMPT: SlackPatience = { attempts: 1, requestMs: 1_500, totalMs: 1_500 };

export interface SlackClientSetup {
  /** Asked at each call, so that a replaced token is used soon. */
  readonly botToken: () => Promise<string>;
  readonly patience: SlackPatience;
  /** For tests: where the name leads and whom TLS trusts. A deployed function passes nothing. */
  readonly reach?: Pick<RequestOptions, "ca" | "lookup" | "port">;
}

type Json = Readonly<Record<string, unknown>>;

export function createSlackClient(setup: SlackClientSetup): SlackChat & SlackModals {
  return {
    async post(channel, message, thread) {
      const answer = await call(setup, "chat.postMessage", {
        channel,
        ...message,
        ...(thread !== undefined && { thread_ts: thread, reply_broadcast: true }),
        mrkdwn: false,
        parse: "none",
        link_names: false,
        unfurl_links: false,
        unfurl_media: false,
      });
      if (typeof answer.ts !== "string") throw failure("an answer without a message's timestamp");
      return answer.ts;
    },
    async update(channel, ts, message) {
      await call(setup, "chat.update", { channel, ts, ...message, parse: "none", link_names: false });
    },
    async open(triggerId, view) {
      await call(setup, "views.open", { trigger_id: triggerId, view });
    },
  };
}

type Attempt =
  | { readonly kind: "done"; readonly answer: Json }
  | { readonly kind: "later"; readonly afterMs: number | undefined; readonly why: string }
  | { readonly kind: "failed"; readonly why: string };

async function call(setup: SlackClientSetup, method: string, input: Json): Promise<Json> {
  const { attempts, totalMs } = setup.patience;
  const deadline = performance.now() + totalMs;
  const token = await setup.botToken();
  const body = Buffer.from(JSON.stringify(input), "utf8");
  let why = "no time was left";
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const result = await once(setup, { method, token, body });
    if (result.kind === "done") return result.answer;
    why = result.why;
    if (result.kind === "failed") break;
    const pauseMs = result.afterMs ?? BACKOFF_MS * 2 ** (attempt - 1);
    if (attempt === attempts || performance.now() + pauseMs >= deadline) break;
    await sleep(pauseMs);
  }
  throw failure(why);
}

/** Errors that pass by themselves. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const PASSING = new Set([
  "fatal_error",
  "internal_error",
  "ratelimited",
  "rate_limited",
  "request_timeout",
  "service_unavailable",
]);

interface Call {
  readonly method: string;
  readonly token: string;
  readonly body: Buffer;
}

async function once(setup: SlackClientSetup, call: Call): Promise<Attempt> {
  try {
    const response = await send(setup, call);
    const text = await readBody(response);
    const status = response.statusCode ?? 0;
    if (status === 429 || status >= 500) {
      return { kind: "later", afterMs: retryAfterMs(response), why: `Slack answered ${status}` };
    }
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null)
      return { kind: "failed", why: "an answer that is no object" };
    const { ok, error } = answer as Json;
    if (status === 200 && ok === true) return { kind: "done", answer: answer as Json };
    const code = typeof error === "string" && /^[a-z_]{1,60}$/.test(error) ? error : "an unknown error";
    return PASSING.has(code)
      ? { kind: "later", afterMs: retryAfterMs(response), why: code }
      : { kind: "failed", why: code };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return {
      kind: "later",
      afterMs: undefined,
      why: typeof code === "string" ? code : "no whole answer came",
    };
  }
}

/** Seconds in whole numbers, as Slack sends them; anything else leaves the pause to us. */
function retryAfterMs({ headers }: IncomingMessage): number | undefined {
  const value = headers["retry-after"];
  return value !== undefined && /^\d{1,4}$/.test(value) ? Number(value) * 1_000 : undefined;
}

function send(
  { patience, reach }: SlackClientSetup,
  { method, token, body }: Call,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({
      host: HOST,
      port: 443,
      method: "POST",
      path: `/api/${method}`,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json; charset=utf-8",
        "content-length": String(body.length),
        accept: "application/json",
        "accept-encoding": "identity",
      },
      signal: AbortSignal.timeout(patience.requestMs),
      agent: false, // a few messages an hour: nothing to keep alive
      ...reach,
    })
      .on("response", resolve)
      .on("error", reject)
      .end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new Error("the answer is too large");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8"); // a body cut short throws in the loop
  } finally {
    response.destroy();
  }
}

/** `why` is Slack's error code or ours, never the token or the message. */
function failure(why: string): CountersignError {
  return new CountersignError("internal", `slack did not take the message: ${why}`);
}
