// An AWS endpoint on loopback that answers what a test says, so that the adapters meet real SDK clients and real errors.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StubAnswer {
  readonly status: number;
  readonly body: string;
}

export interface StubEndpoint {
  /** For an SDK client's constructor. */
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  /** The bodies that arrived, in order. */
  readonly bodies: string[];
  close(): Promise<void>;
}

export async function stubEndpoint(
  answer: (body: string) => StubAnswer | Promise<StubAnswer>,
): Promise<StubEndpoint> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    bodies.push(body);
    const { status, body: text } = await answer(body);
    response.writeHead(status, {
      "content-type": text.startsWith("<") ? "text/xml" : "application/x-amz-json-1.1",
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    settings: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    },
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
