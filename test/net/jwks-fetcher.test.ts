// The fetcher against a real HTTPS server on this machine that behaves in every bad way an issuer can.

import type { ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JwksUnavailable } from "../../lambdas/identity/token/token-verifier.ts";
import { createJwksFetcher } from "../../lambdas/net/jwks-fetcher.ts";
import { type LocalAuthority, openAuthority } from "../../lib/local/certificates.ts";

const DOCUMENT = '{"keys":[]}';
const MEGABYTE = 1_000_000;
const authorities = getCACertificates();

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/good": (response) => response.end(DOCUMENT),
  "/one-megabyte": (response) => response.end("x".repeat(MEGABYTE)),
  "/over-one-megabyte": (response) => response.end("x".repeat(MEGABYTE + 1)),
  "/endless": (response) => {
    const timer = setInterval(() => response.write("x".repeat(100_000)), 1);
    response.on("close", () => clearInterval(timer));
  },
  "/redirect": (response) => response.writeHead(302, { location: "/good" }).end(),
  "/permanent-redirect": (response) => response.writeHead(308, { location: "/good" }).end(DOCUMENT),
  "/not-found": (response) => response.writeHead(404).end(DOCUMENT),
  "/error": (response) => response.writeHead(500).end(DOCUMENT),
  "/partial-content": (response) => response.writeHead(206).end(DOCUMENT),
  "/no-content": (response) => response.writeHead(204).end(),
  "/gzip": (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(DOCUMENT)),
  "/cut-with-length": (response) => {
    response.writeHead(200, { "content-length": "100" }).write(DOCUMENT);
    setImmediate(() => response.destroy());
  },
  "/cut-in-chunks": (response) => {
    response.writeHead(200).write(DOCUMENT);
    setImmediate(() => response.destroy());
  },
  "/never-answers": () => {},
  "/never-ends": (response) => response.writeHead(200).write(DOCUMENT),
  "/drips": (response) => {
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  },
  "/reset": (response) => response.destroy(),
};

let server: Server;
let base = "";
let certificate = "";
let authority: LocalAuthority;
let seen: string[] = [];

beforeAll(async () => {
  authority = await openAuthority(undefined);
  server = createServer(authority.server, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["accept-encoding"]}`);
    answers[request.url ?? ""]?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `https://localhost:${(server.address() as AddressInfo).port}`;
  certificate = authority.caPem;
  setDefaultCACertificates([...authorities, certificate]);
});

afterAll(() => {
  setDefaultCACertificates(authorities);
  authority.close();
  server.closeAllConnections();
  server.close();
});

function fetchFrom(path: string, milliseconds?: number): Promise<Uint8Array> {
  return createJwksFetcher(milliseconds).fetch(`${base}${path}`);
}

describe("the JWKS fetcher", () => {
  it("returns the bytes of a 200 answer, having asked for no compression", async () => {
    seen = [];
    expect(Buffer.from(await fetchFrom("/good")).toString()).toBe(DOCUMENT);
    expect(seen).toEqual(["GET /good identity"]);
  });

  it("takes a document of exactly 1 MB", async () => {
    expect((await fetchFrom("/one-megabyte")).length).toBe(MEGABYTE);
  });

  it.each(["/over-one-megabyte", "/endless"])("refuses a document over 1 MB: %s", async (path) => {
    await expect(fetchFrom(path)).rejects.toThrow("over 1 MB");
  });

  it.each(["/redirect", "/permanent-redirect"])("follows no redirect: %s", async (path) => {
    seen = [];
    await expect(fetchFrom(path)).rejects.toThrow("did not answer 200");
    expect(seen).toEqual([`GET ${path} identity`]);
  });

  it.each(["/not-found", "/error", "/partial-content", "/no-content"])("takes 200 only: %s", async (path) => {
    await expect(fetchFrom(path)).rejects.toThrow("did not answer 200");
  });

  it("refuses a compressed document", async () => {
    await expect(fetchFrom("/gzip")).rejects.toThrow("compressed");
  });

  it.each(["/cut-with-length", "/cut-in-chunks", "/reset"])(
    "refuses a document cut short: %s",
    async (path) => {
      await expect(fetchFrom(path)).rejects.toBeInstanceOf(JwksUnavailable);
    },
  );

  it.each(["/never-answers", "/never-ends", "/drips"])(
    "gives up when the whole takes too long, however it goes on: %s",
    async (path) => {
      await expect(fetchFrom(path, 150)).rejects.toBeInstanceOf(JwksUnavailable);
    },
  );

  it("refuses a certificate that no authority signed", async () => {
    setDefaultCACertificates(authorities);
    try {
      await expect(fetchFrom("/good")).rejects.toMatchObject({
        cause: { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
      });
    } finally {
      setDefaultCACertificates([...authorities, certificate]);
    }
  });

  it("refuses a certificate for another name", async () => {
    const { SNICallback, ...own } = authority.server;
    const elsewhere = createServer(
      { ...own, SNICallback: (_name, done) => SNICallback?.("sts.amazonaws.com", done) },
      (_request, response) => response.end(DOCUMENT),
    );
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const { port } = elsewhere.address() as AddressInfo;
    await expect(createJwksFetcher().fetch(`https://localhost:${port}/good`)).rejects.toMatchObject({
      cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    });
    elsewhere.close();
  });

  it("refuses a closed port", async () => {
    await expect(createJwksFetcher().fetch("https://localhost:1/keys")).rejects.toBeInstanceOf(
      JwksUnavailable,
    );
  });

  it("never speaks plain http", async () => {
    let requests = 0;
    const plain = createHttpServer((_, response) => {
      requests += 1;
      response.end(DOCUMENT);
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    const uri = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/good`;
    await expect(createJwksFetcher().fetch(uri)).rejects.toThrow("not plain https");
    plain.close();
    expect(requests).toBe(0);
  });

  it.each(["", "keys", "file:///etc/passwd", "https://", "https://user:word@localhost/keys", "data:,{}"])(
    "refuses the address `%s`",
    async (uri) => {
      await expect(createJwksFetcher().fetch(uri)).rejects.toThrow("not plain https");
    },
  );
});
