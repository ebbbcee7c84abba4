// A TLS peer for the sender's tests: it speaks raw bytes, so that it can be as wrong as a test needs. It keeps count of
// what reached it after the handshake.

import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { Reach } from "../../lambdas/net/https-sender.ts";
import { openAuthority } from "../../lib/local/certificates.ts";

export const HOST = "s3.eu-west-1.amazonaws.com";

export interface TlsPeer {
  /** What reaches this peer under any name, trusting its certificate. */
  readonly reach: Reach;
  /** The same, without trust in its certificate. */
  readonly distrusting: Reach;
  /** Bytes of each connection after its handshake, as latin1 text. */
  readonly received: string[];
  close(): Promise<void>;
}

/** @param answer is called once for each whole request head (and at least `bodyBytes` of its body) that arrived */
export async function tlsPeer(
  answer: (socket: TLSSocket, head: string) => void,
  names: "asked" | "localhost" = "asked",
): Promise<TlsPeer> {
  const authority = await openAuthority(undefined);
  // By SNI the authority signs for the very name that is asked for; without it, for this machine only.
  const { cert, key, SNICallback } = authority.server;
  const received: string[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert, key, ...(names === "asked" && { SNICallback }) }, (socket) => {
    const index = received.push("") - 1;
    let pending = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received[index] += bytes.toString("latin1");
      pending += bytes.toString("latin1");
      if (!pending.includes("\r\n\r\n")) return;
      const head = pending;
      pending = "";
      answer(socket, head);
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const reachOf = (ca: string | undefined): Reach => ({
    port: (server.address() as AddressInfo).port,
    lookup: (_name, options, callback) =>
      options.all === true
        ? callback(null, [{ address: "127.0.0.1", family: 4 }])
        : callback(null, "127.0.0.1", 4),
    ...(ca !== undefined && { ca }),
  });
  return {
    reach: reachOf(authority.caPem),
    distrusting: reachOf(undefined),
    received,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        authority.close();
        server.close(() => resolve());
      }),
  };
}
