// The ports of the local cloud on 127.0.0.1: opened before anything else is started, since addresses go into the
// configuration and the template. A request that comes too early is told to wait.

import {
  createServer as createPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTls, type Server as TlsServer } from "node:https";
import type { LocalAuthority } from "./certificates.ts";

export interface Listeners {
  /** `http://127.0.0.1:<port>` */
  readonly gatewayUrl: string;
  /** `https://127.0.0.1:<port>` */
  readonly tlsUrl: string;
  /** Host and port of the TLS listener. */
  readonly tlsHost: string;
  /** `https://localhost:<port>`: another site than the gateway's, for cookies. */
  readonly issuerUrl: string;
  readonly issuer: TlsServer;
  /** Sets who answers on both of the gateway's listeners. */
  serve(handler: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

// CloudFront takes 32 KB of URL and headers; one that is larger must come through to be refused by the edge.
const MAX_HEADER_SIZE = 65_536;
const KEEP_ALIVE = 60_000; // milliseconds, over what SDKs keep idle connections for

/**
 * Listens on `port` (plain), `port + 1` (TLS) and `port + 2` (issuer), or on any three with port 0.
 * @throws an error that names COUNTERSIGN_PORT when one of them is taken
 */
export async function openListeners(port: number, authority: LocalAuthority): Promise<Listeners> {
  const settings = { maxHeaderSize: MAX_HEADER_SIZE, keepAliveTimeout: KEEP_ALIVE };
  const servers: readonly [Server, TlsServer, TlsServer] = [
    createPlain(settings),
    createTls({ ...settings, ...authority.server }),
    createTls(authority.server),
  ];
  const [plain, tls, issuer] = servers;
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer));
  };
  try {
    const ports: number[] = [];
    for (const [at, server] of servers.entries())
      ports.push(await listen(server, port === 0 ? 0 : port + at));
    let answer = (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(503, { "retry-after": "1" }).end();
    };
    for (const server of [plain, tls]) server.on("request", (request, response) => answer(request, response));
    return {
      gatewayUrl: `http://127.0.0.1:${ports[0]}`,
      tlsUrl: `https://127.0.0.1:${ports[1]}`,
      tlsHost: `127.0.0.1:${ports[1]}`,
      issuerUrl: `https://localhost:${ports[2]}`,
      issuer,
      serve: (handler) => {
        answer = handler;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server | TlsServer, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", (error: NodeJS.ErrnoException) => {
    const taken = `port ${port} is taken: set COUNTERSIGN_PORT to the first of three free ones`;
    reject(error.code === "EADDRINUSE" ? new Error(taken, { cause: error }) : error);
  });
  server.listen(port, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : port);
  });
  return promise;
}

function closeServer(server: Server | TlsServer): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
