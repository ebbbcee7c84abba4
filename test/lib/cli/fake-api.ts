// A stand-in for a gateway's /api: answers as a test says, and keeps what it was asked.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createApiClient } from "../../../lib/cli/api-client.ts";
import type { CommandContext } from "../../../lib/cli/command.ts";
import { dispatch } from "../../../lib/cli/dispatch.ts";
import type { ExitCode } from "../../../lib/cli/exit.ts";
import { plain } from "../../../lib/cli/terminal.ts";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly accept: string | undefined;
  readonly body: string;
}

export interface Told {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is a text or bytes; `cut` ends the connection before the answer does. */
  readonly body: unknown;
  readonly cut?: boolean;
}

export interface FakeApi {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

export async function startFakeApi(answer: (asked: Asked) => Told): Promise<FakeApi> {
  const asked: Asked[] = [];
  const server: Server = createServer((request, response) => {
    void serve(request, response);
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "", headers } = request;
    const one = { method, url, authorization: headers.authorization, accept: headers.accept, body };
    asked.push(one);
    const { status = 200, headers: sent = {}, body: told, cut = false } = answer(one);
    response.writeHead(status, sent);
    const text = typeof told === "string" || told instanceof Uint8Array ? told : JSON.stringify(told);
    if (!cut) {
      response.end(text);
      return;
    }
    response.write(text, () => response.destroy());
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Ran {
  readonly exitCode: ExitCode;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs a command line against the API as a signed-in person, on a terminal without colours. */
export async function run(
  words: readonly string[],
  url: string,
  change: Partial<CommandContext> & {
    readonly columns?: number;
    readonly onPrint?: (line: string) => void;
  } = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    print: (line: string) => {
      out.push(line);
      change.onPrint?.(line);
    },
    remark: (line: string) => void err.push(line),
    progress: () => {},
    paint: plain,
    columns: change.columns,
  };
  const signal = change.signal ?? new AbortController().signal;
  const exitCode = await dispatch(words, {
    environment: {},
    api: () => createApiClient({ url, token: "the-token", ca: undefined }, { signal, pause: async () => {} }),
    now: () => Date.parse("2026-11-21T12:00:00.000Z"),
    ...change,
    terminal,
    signal,
  });
  return { exitCode, out, err };
}
