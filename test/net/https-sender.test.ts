// What the sender says about a request must be true: `not_sent` only when no byte left, `unknown` as soon as one may have.

import type { LookupFunction } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createHttpsSender } from "../../lambdas/net/https-sender.ts";
import type { SendLimits, SendResult } from "../../lambdas/upstream/ports.ts";
import type { SignedUpstream } from "../../lambdas/upstream/sign-upstream.ts";
import { HOST, type TlsPeer, tlsPeer } from "./tls-peer.ts";

const LIMITS: SendLimits = { connectMs: 2_000, headersMs: 2_000, idleMs: 2_000 };
const GET: SignedUpstream = {
  method: "GET",
  host: HOST,
  path: "/bucket/a?list-type=2",
  headers: { host: HOST, authorization: "AWS4-HMAC-SHA256 x" },
  body: new Uint8Array(),
};
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nETag: "e"\r\n\r\nhello';

const peers: TlsPeer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function peerThat(
  answer: (socket: TLSSocket, head: string) => void,
  names?: "asked" | "localhost",
): Promise<TlsPeer> {
  const peer = await tlsPeer(answer, names);
  peers.push(peer);
  return peer;
}

async function answeredBy(raw: string, end = true): Promise<SendResult> {
  const peer = await peerThat((socket) => (end ? socket.end(raw, "latin1") : socket.write(raw, "latin1")));
  return createHttpsSender(peer.reach).send(GET, LIMITS);
}

async function textOf(result: SendResult): Promise<string> {
  if (result.kind !== "answer") throw new Error(`no answer: ${result.kind} ${result.reason}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

describe("a whole answer", () => {
  it("gives status, lower-case header pairs, declared length and every byte of the body", async () => {
    const result = await answeredBy(OK, false);
    expect(result).toMatchObject({ kind: "answer", status: 200, declaredLength: 5 });
    expect(result.kind === "answer" && result.headers).toEqual([
      ["content-length", "5"],
      ["etag", '"e"'],
    ]);
    expect(await textOf(result)).toBe("hello");
  });

  it("takes a chunked answer, which declares no length", async () => {
    const result = await answeredBy(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      false,
    );
    expect(result).toMatchObject({ kind: "answer", declaredLength: null });
    expect(await textOf(result)).toBe("abc");
  });

  it("keeps the declared length of an answer to HEAD, which has no body", async () => {
    const peer = await peerThat((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"));
    const result = await createHttpsSender(peer.reach).send({ ...GET, method: "HEAD" }, LIMITS);
    expect(result).toMatchObject({ kind: "answer", declaredLength: 5 });
    expect(await textOf(result)).toBe("");
  });

  it("passes a redirect on as an answer and opens no second connection", async () => {
    const peer = await peerThat((socket) =>
      socket.write(`HTTP/1.1 307 Moved\r\nlocation: https://${HOST}/other\r\ncontent-length: 0\r\n\r\n`),
    );
    const result = await createHttpsSender(peer.reach).send(GET, LIMITS);
    expect(result).toMatchObject({ kind: "answer", status: 307 });
    expect(await textOf(result)).toBe("");
    expect(peer.received).toHaveLength(1);
  });

  it.each(["/b/a/../c", "/b//x/./y", "/b/%2e%2e/c", "/b/a%2Fb?versionId=%3F&acl=", "/b/*!'()"])(
    "sends the path %s byte for byte",
    async (path) => {
      const peer = await peerThat((socket) => socket.write(OK));
      await textOf(await createHttpsSender(peer.reach).send({ ...GET, path }, LIMITS));
      expect(peer.received[0]?.split("\r\n")[0]).toBe(`GET ${path} HTTP/1.1`);
    },
  );

  it("declares the body's length once and sends the body as it is", async () => {
    const peer = await peerThat((socket) => socket.write(OK));
    const body = Uint8Array.from([0, 255, 13, 10, 13, 10]);
    await textOf(await createHttpsSender(peer.reach).send({ ...GET, method: "POST", body }, LIMITS));
    expect(peer.received[0]?.match(/content-length: 6\r\n/gi)).toHaveLength(1);
    expect(peer.received[0]?.endsWith(Buffer.from(body).toString("latin1"))).toBe(true);
  });

  it("uses one connection for calls that follow one another", async () => {
    const peer = await peerThat((socket) => socket.write(OK));
    const sender = createHttpsSender(peer.reach);
    await textOf(await sender.send(GET, LIMITS));
    await textOf(await sender.send(GET, LIMITS));
    expect(peer.received).toHaveLength(1);
  });

  it("opens a new connection when the kept one was idle for over four seconds, as after a freeze", async () => {
    const peer = await peerThat((socket) => socket.write(OK));
    const sender = createHttpsSender(peer.reach);
    await textOf(await sender.send(GET, LIMITS));
    const now = Date.now();
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now + 4_500);
    await textOf(await sender.send(GET, LIMITS));
    clock.mockRestore();
    expect(peer.received).toHaveLength(2);
  });
});

describe("certainly not sent", () => {
  it("says so when nobody listens", async () => {
    const peer = await peerThat(() => {});
    await peer.close();
    const result = await createHttpsSender(peer.reach).send(GET, LIMITS);
    expect(result).toEqual({ kind: "not_sent", reason: "econnrefused" });
  });

  it("says so when the name does not resolve", async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "");
    const result = await createHttpsSender({ lookup }).send(GET, LIMITS);
    expect(result).toEqual({ kind: "not_sent", reason: "enotfound" });
  });

  it("lets no byte out to a server whose certificate it does not trust", async () => {
    const peer = await peerThat((socket) => socket.write(OK));
    const result = await createHttpsSender(peer.distrusting).send(
      { ...GET, body: new Uint8Array(99) },
      LIMITS,
    );
    expect(result.kind).toBe("not_sent");
    expect(peer.received.join("")).toBe("");
  });

  it("lets no byte out to a server of another name", async () => {
    const peer = await peerThat((socket) => socket.write(OK), "localhost");
    const result = await createHttpsSender(peer.reach).send(GET, LIMITS);
    expect(result).toEqual({ kind: "not_sent", reason: "err_tls_cert_altname_invalid" });
    expect(peer.received.join("")).toBe("");
  });

  it("says so when the connection does not stand in time", async () => {
    const lookup = () => {}; // never answers
    const result = await createHttpsSender({ lookup }).send(GET, { ...LIMITS, connectMs: 50 });
    expect(result).toEqual({ kind: "not_sent", reason: "connect_timeout" });
  });
});

describe("in doubt", () => {
  it.each([
    ["a reset before any answer", ""],
    ["a reset within the status line", "HTTP/1.1 20"],
    ["a reset within the headers", "HTTP/1.1 200 OK\r\ncontent-le"],
    ["two different lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!"],
    ["the same length twice", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello"],
    [
      "a length beside chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a length that is no number", "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello"],
    ["neither length nor chunks", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello"],
    ["folded headers", "HTTP/1.1 200 OK\r\nx-amz-a: b\r\n c\r\ncontent-length: 0\r\n\r\n"],
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
    ["headers over 16 KB", `HTTP/1.1 200 OK\r\nx-amz-a: ${"a".repeat(17_000)}\r\ncontent-length: 0\r\n\r\n`],
    ["something that is not HTTP", "SSH-2.0-server\r\n\r\n"],
  ])("is what %s means", async (_what, raw) => {
    expect((await answeredBy(raw)).kind).toBe("unknown");
  });

  it("is what silence until the header timeout means", async () => {
    const peer = await peerThat(() => {});
    const result = await createHttpsSender(peer.reach).send(GET, { ...LIMITS, headersMs: 50 });
    expect(result).toEqual({ kind: "unknown", reason: "headers_timeout" });
  });

  it("is what a reset on a kept connection means: nothing is sent again", async () => {
    let calls = 0;
    const peer = await peerThat((socket) => {
      calls += 1;
      if (calls === 1) socket.write(OK);
      else socket.destroy();
    });
    const sender = createHttpsSender(peer.reach);
    await textOf(await sender.send(GET, LIMITS));
    expect((await sender.send(GET, LIMITS)).kind).toBe("unknown");
    expect(calls).toBe(2);
  });
});

describe("a body that is cut", () => {
  it.each([
    ["shorter than declared", "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello"],
    ["without its last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ["with a broken chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"],
  ])("throws when it is %s", async (_what, raw) => {
    await expect(answeredBy(raw).then(textOf)).rejects.toThrow();
  });

  it("throws when it stops arriving", async () => {
    const peer = await peerThat((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello"),
    );
    const result = await createHttpsSender(peer.reach).send(GET, { ...LIMITS, idleMs: 50 });
    await expect(textOf(result)).rejects.toThrow("the answer stopped arriving");
  });

  it("closes its connection when it was left early, so that the rest is never read as another answer", async () => {
    const closed = Promise.withResolvers<void>();
    const peer = await peerThat((socket) => {
      socket.once("close", closed.resolve);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n${"a".repeat(100_000)}`);
    });
    const result = await createHttpsSender(peer.reach).send(GET, LIMITS);
    if (result.kind === "answer") for await (const _chunk of result.body) break;
    await closed.promise; // would time out
    expect(result.kind).toBe("answer");
  }, 5_000);
});
