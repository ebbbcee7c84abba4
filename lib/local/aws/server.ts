// The HTTPS server in front of the pipeline: reads a request byte for byte, writes the answer. HTTP/1.1, keep-alive,
// on 127.0.0.1. It decides nothing but the size of a body.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SmallAwsOptions } from "./contract.ts";
import type { Ending } from "./pipeline.ts";
import type { AwsRequest } from "./wire.ts";

const MAX_BODY = 64 * 1024 * 1024; // ample for tests; a real upload of this size does not pass the gateway
const KEEP_ALIVE_MS = 120_000; // longer than any client of ours keeps an idle connection: no reset in its face

export interface AwsServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(
  certificate: SmallAwsOptions["certificate"],
  answer: (request: AwsRequest) => Promise<Ending>,
): Promise<AwsServer> {
  const server = createServer(
    {
      ...certificate,
      ALPNProtocols: ["http/1.1"],
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 64 * 1024,
    },
    (incoming, response) => {
      serve(incoming, response, answer).catch(() => incoming.socket.destroy());
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: (request: AwsRequest) => Promise<Ending>,
): Promise<void> {
  const ending = await answer(await read(incoming));
  if (ending.kind === "reset") {
    incoming.socket.destroy();
    return;
  }
  response.writeHead(ending.reply.status, ending.reply.headers);
  response.end(incoming.method === "HEAD" ? undefined : ending.reply.body);
}

async function read(incoming: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new Error("the body is too large for the local cloud");
    chunks.push(chunk as Buffer);
  }
  const url = incoming.url ?? "/";
  const question = url.indexOf("?");
  const headers = headersOf(incoming.rawHeaders);
  return {
    method: incoming.method ?? "",
    host: headers.get("host")?.[0] ?? "",
    rawPath: question < 0 ? url : url.slice(0, question),
    rawQuery: question < 0 ? "" : url.slice(question + 1),
    headers,
    body: Buffer.concat(chunks),
  };
}

function headersOf(raw: readonly string[]): Map<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), (raw[at + 1] ?? "").trim()]);
  }
  return headers;
}
