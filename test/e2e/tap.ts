// A pipe between a client and the gateway that keeps every byte of both directions: what a client really sent and got.

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface Tap {
  /** The address to give to the client in the gateway's place. */
  readonly url: string;
  /** What came back, connection by connection. */
  answers(): readonly Buffer[];
  close(): Promise<void>;
}

export async function openTap(gatewayUrl: string): Promise<Tap> {
  const port = Number(new URL(gatewayUrl).port);
  const answers: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const gateway = connect(port, "127.0.0.1");
    const kept: Buffer[] = [];
    answers.push(kept);
    gateway.on("data", (chunk) => kept.push(chunk));
    for (const socket of [client, gateway]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        gateway.destroy();
      });
    }
    client.pipe(gateway).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: () => answers.map((kept) => Buffer.concat(kept)),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
