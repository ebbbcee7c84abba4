// Stands in for slack.com: chat.postMessage, chat.update and views.open over HTTPS on 127.0.0.1. Checks the bot token and
// Block Kit's bounds, keeps what was posted, and can be made to fail. It imports nothing of `lambdas/`.

import type { Catchers } from "../catchers.ts";
import type { SmallAwsOptions } from "./contract.ts";
import type { Ending } from "./pipeline.ts";
import { listen } from "./server.ts";
import { blockFault } from "./slack-blocks.ts";
import type { AwsRequest } from "./wire.ts";

type Json = Readonly<Record<string, unknown>>;

export interface SlackOptions {
  /** Made for the name that is asked for. */
  readonly certificate: SmallAwsOptions["certificate"];
  /** Asked at each request: the token that counts now. */
  readonly botToken: () => string | Promise<string>;
  readonly catchers: Pick<Catchers, "message" | "messages">;
  readonly now?: () => number;
}

interface SlackFault {
  /** `throttle`: 429 with Retry-After 1. `500`. `error`: `ok: false`. `silent`: no answer. `reset-after`: done, then cut. */
  readonly how: "throttle" | "500" | "error" | "silent" | "reset-after";
  /** 1 when absent, `Infinity` until `heal()`. */
  readonly times?: number;
  /** Every method when absent. */
  readonly method?: string;
}

export interface Slack {
  readonly port: number;
  /** The forms that were opened, oldest first. */
  readonly views: readonly { readonly triggerId: string; readonly view: Json }[];
  /** Every request's method, in order. */
  readonly calls: readonly string[];
  fail(fault: SlackFault): void;
  heal(): void;
  stop(): Promise<void>;
}

interface State {
  readonly options: SlackOptions;
  readonly views: { triggerId: string; view: Json }[];
  readonly calls: string[];
  faults: { how: SlackFault["how"]; method: string | undefined; times: number }[];
  posted: number;
}

export async function startSlack(options: SlackOptions): Promise<Slack> {
  const state: State = { options, views: [], calls: [], faults: [], posted: 0 };
  const server = await listen(options.certificate, (request) => answer(request, state));
  return {
    port: server.port,
    views: state.views,
    calls: state.calls,
    fail: ({ how, times = 1, method }) => state.faults.push({ how, method, times }),
    heal: () => {
      state.faults = [];
    },
    stop: () => server.close(),
  };
}

async function answer(request: AwsRequest, state: State): Promise<Ending> {
  const method = /^\/api\/([a-zA-Z.]+)$/.exec(request.rawPath)?.[1] ?? "";
  state.calls.push(method);
  const fault = state.faults.find((rule) => rule.times > 0 && (rule.method ?? method) === method);
  if (fault !== undefined) fault.times -= 1;
  switch (fault?.how) {
    case "throttle":
      return reply(429, { ok: false, error: "ratelimited" }, { "retry-after": "1" });
    case "500":
      return reply(500, { ok: false, error: "internal_error" });
    case "error":
      return reply(200, { ok: false, error: "channel_not_found" });
    case "silent":
      return new Promise(() => {});
    default: {
      const done = await carryOut(method, request, state);
      return fault?.how === "reset-after" ? { kind: "reset" } : done;
    }
  }
}

async function carryOut(method: string, request: AwsRequest, state: State): Promise<Ending> {
  const token = await state.options.botToken();
  const [authorization, ...more] = request.headers.get("authorization") ?? [];
  if (request.method !== "POST" || more.length > 0 || authorization !== `Bearer ${token}`) {
    return refused("invalid_auth");
  }
  const input = inputOf(request);
  if (input === undefined) return refused("invalid_json");
  if (method === "chat.postMessage") return post(input, state);
  if (method === "chat.update") return update(input, state);
  if (method === "views.open") return openView(input, state);
  return refused("unknown_method");
}

function post(input: Json, state: State): Ending {
  const { channel, text, blocks, thread_ts: thread } = input;
  if (typeof channel !== "string" || !/^[CG][A-Z0-9]{4,20}$/.test(channel))
    return refused("channel_not_found");
  const fault = blockFault(blocks);
  if (typeof text !== "string" || !Array.isArray(blocks) || fault !== undefined)
    return refused(fault ?? "no_text");
  const at = nowOf(state);
  state.posted += 1;
  const ts = `${Math.floor(at / 1_000)}.${String(state.posted).padStart(6, "0")}`;
  const above = typeof thread === "string" ? thread : null;
  state.options.catchers.message({ at, channel, ts, thread: above, text, blocks, updates: 0 });
  return reply(200, { ok: true, channel, ts });
}

function update(input: Json, { options }: State): Ending {
  const { channel, ts, text, blocks } = input;
  const known = options.catchers.messages.find((message) => message.channel === channel && message.ts === ts);
  if (known === undefined) return refused("message_not_found");
  const fault = blockFault(blocks);
  if (typeof text !== "string" || !Array.isArray(blocks) || fault !== undefined)
    return refused(fault ?? "no_text");
  options.catchers.message({ ...known, text, blocks, updates: known.updates + 1 });
  return reply(200, { ok: true, channel, ts });
}

function openView(input: Json, state: State): Ending {
  const { trigger_id: triggerId, view } = input;
  if (typeof triggerId !== "string" || triggerId === "") return refused("invalid_trigger_id");
  const fault = blockFault((view as { blocks?: unknown } | undefined)?.blocks);
  if (fault !== undefined) return refused(fault);
  state.views.push({ triggerId, view: view as Json });
  return reply(200, { ok: true, view: { id: `V${state.views.length}` } });
}

function inputOf(request: AwsRequest): Json | undefined {
  try {
    const parsed: unknown = JSON.parse(request.body.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? (parsed as Json) : undefined;
  } catch {
    return undefined;
  }
}

function nowOf({ options }: State): number {
  return (options.now ?? Date.now)();
}

function refused(error: string): Ending {
  return reply(200, { ok: false, error });
}

function reply(status: number, answerBody: object, headers: Readonly<Record<string, string>> = {}): Ending {
  return {
    kind: "reply",
    reply: {
      status,
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: Buffer.from(JSON.stringify(answerBody)),
    },
  };
}
