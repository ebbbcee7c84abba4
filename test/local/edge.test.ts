// What the local CloudFront forwards, refuses, caches and answers, by the settings of the template.

import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { OriginRequest } from "../../lib/local/origin.ts";
import type { Template } from "../../lib/local/template.ts";
import { get, setBehaviour, setConfig, start } from "./edge-harness.ts";

const header = (request: OriginRequest | undefined, name: string): string | undefined =>
  request?.headers.findLast(([one]) => one.toLowerCase() === name)?.[1];

describe("what reaches the origin", () => {
  test("the raw path behind the stage, never normalised, and the raw query", async () => {
    const { port, asked } = await start();
    await get(port, "/b/../c//%2e%2F%41?x=%2f&&y");
    expect(asked[0]?.target).toBe("/live/b/../c//%2e%2F%41?x=%2f&&y");
  });

  test("the function's headers, the origin's secret and Host, but not what the function deleted", async () => {
    const { port, asked } = await start();
    await get(port, "/", {
      headers: [
        ["Authorization", "Bearer x"],
        ["X-Origin-Secret", "forged"],
      ],
    });
    const [request] = asked;
    expect(header(request, "x-copy-host")).toBe(`127.0.0.1:${port}`);
    expect(header(request, "host")).toMatch(/\.execute-api\.eu-west-1\.amazonaws\.com$/);
    expect(header(request, "authorization")).toBeUndefined();
    expect(request?.headers.filter(([name]) => name.toLowerCase() === "x-origin-secret")).toEqual([
      ["x-origin-secret", expect.stringMatching(/^[A-Za-z0-9]{48}$/)],
    ]);
  });

  test("without the function nothing is copied", async () => {
    const { port, asked } = await start(
      {},
      setBehaviour((behaviour) => delete behaviour.FunctionAssociations),
    );
    await get(port, "/", { headers: [["Authorization", "Bearer x"]] });
    expect(header(asked[0], "x-copy-host")).toBeUndefined();
    expect(header(asked[0], "authorization")).toBe("Bearer x");
  });

  test("without the origin request policy neither query nor the viewer's headers, nor the function's", async () => {
    const { port, asked } = await start(
      {},
      setBehaviour((behaviour) => delete behaviour.OriginRequestPolicyId),
    );
    await get(port, "/x?a=1", { headers: [["X-A", "1"]] });
    expect(asked[0]?.target).toBe("/live/x");
    expect(header(asked[0], "x-a")).toBeUndefined();
    expect(header(asked[0], "x-copy-host")).toBeUndefined();
    expect(header(asked[0], "x-origin-secret")).toBeDefined();
  });

  test("every value of a repeated header in order, and the name as the viewer wrote it", async () => {
    const { port, asked } = await start();
    await get(port, "/", {
      headers: [
        ["X-Twice", "1"],
        ["X-Twice", "2"],
      ],
    });
    expect(asked[0]?.headers.filter(([name]) => name === "X-Twice").map(([, value]) => value)).toEqual([
      "1",
      "2",
    ]);
  });

  test("the viewer's address behind what the viewer claims", async () => {
    const { port, asked } = await start();
    await get(port, "/", { headers: [["X-Forwarded-For", "198.51.100.1"]] });
    expect(header(asked[0], "x-forwarded-for")).toBe("198.51.100.1, 127.0.0.1");
    expect(header(asked[0], "x-amz-cf-id")).toMatch(/^[\w-]{56}$/);
    expect(header(asked[0], "via")).toMatch(/cloudfront\.net \(CloudFront\)$/);
  });

  test.each([
    "Connection",
    "Expect",
    "TE",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "X-Edge-A",
    "Proxy-Authorization",
  ])("%s is not forwarded", async (name) => {
    const { port, asked } = await start();
    await get(port, "/", { headers: [[name, name === "Expect" ? "100-continue" : "mine"]] });
    expect(asked[0]?.headers.filter(([one, value]) => one === name && value === "mine")).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  test("the body, byte for byte", async () => {
    const { port, asked } = await start();
    await get(port, "/", { method: "POST", body: "abc\0" });
    expect(Buffer.from(asked[0]?.body ?? []).toString()).toBe("abc\0");
  });
});

describe("what the edge refuses itself", () => {
  test("a method that is not in the list", async () => {
    const { port, asked } = await start(
      {},
      setBehaviour((behaviour) => delete behaviour.AllowedMethods),
    );
    expect((await get(port, "/", { method: "POST" })).status).toBe(403);
    expect((await get(port, "/")).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  test("a URL over 8,192 bytes, a request over 32 KB, a GET with a body", async () => {
    const { port, asked } = await start();
    expect((await get(port, `/${"a".repeat(8192)}`)).status).toBe(414);
    expect((await get(port, "/", { headers: [["X-A", "a".repeat(33_000)]] })).status).toBe(413);
    expect((await get(port, "/", { headers: [["Content-Length", "1"]], body: "a" })).status).toBe(403);
    expect(asked).toEqual([]);
  });

  const code = (body: string) => (template: Template) => {
    Object.assign(template.Resources.Copy?.Properties ?? {}, {
      FunctionCode: `function handler(event) { ${body} }`,
    });
  };
  const functions: readonly (readonly [string, string, number])[] = [
    ["throws", "throw new Error('no')", 503],
    ["never ends", "for (;;) {}", 503],
    [
      "adds a disallowed header",
      "event.request.headers.connection = { value: 'x' }; return event.request",
      502,
    ],
    ["changes the Host header", "event.request.headers.host = { value: 'x' }; return event.request", 502],
    ["changes the method", "event.request.method = 'PUT'; return event.request", 502],
    ["reaches for Node", "return process.env", 503],
    ["answers itself", "return { statusCode: 418, headers: {}, body: 'tea' }", 418],
  ];
  test.each(functions)("what comes of a function that %s", async (_what, body, status) => {
    const { port, asked } = await start({}, code(body));
    expect((await get(port, "/")).status).toBe(status);
    expect(asked).toEqual([]);
  });

  test("a function with an import does not start", async () => {
    await expect(
      start({}, (template) => {
        Object.assign(template.Resources.Copy?.Properties ?? {}, {
          FunctionCode: "import cf from 'cloudfront';",
        });
      }),
    ).rejects.toThrow(SyntaxError);
  });
});

describe("caching of errors", () => {
  test("a 500 that the distribution does not name is kept for ten seconds, for other callers too", async () => {
    const { port, asked, clock } = await start({ status: 500, body: "one" });
    await get(port, "/x?a");
    const second = await get(port, "/x?b", { headers: [["Authorization", "another"]] });
    expect(second).toMatchObject({ status: 500, text: "one" });
    expect(asked).toHaveLength(1);
    clock.now = 10_000;
    await get(port, "/x");
    expect(asked).toHaveLength(2);
  });

  test("a 503 with a TTL of 0 is not kept, and is once the setting is gone", async () => {
    const stated = await start({ status: 503 });
    await get(stated.port, "/");
    await get(stated.port, "/");
    expect(stated.asked).toHaveLength(2);
    const removed = await start({ status: 503 }, setConfig("CustomErrorResponses", []));
    await get(removed.port, "/");
    await get(removed.port, "/");
    expect(removed.asked).toHaveLength(1);
  });

  test("a 403 is kept only when the origin says for how long", async () => {
    const silent = await start({ status: 403 });
    const saying = await start({ status: 403, headers: [["Cache-Control", "max-age=5"]] });
    for (const { port } of [silent, saying]) {
      await get(port, "/");
      await get(port, "/");
    }
    expect([silent.asked.length, saying.asked.length]).toEqual([2, 1]);
  });

  test("nothing is kept of a POST, nor of a success", async () => {
    const failing = await start({ status: 500 });
    const serving = await start({ status: 200, headers: [["Cache-Control", "max-age=60"]] });
    await get(failing.port, "/", { method: "POST" });
    await get(failing.port, "/", { method: "POST" });
    await get(serving.port, "/");
    await get(serving.port, "/");
    expect([failing.asked.length, serving.asked.length]).toEqual([2, 2]);
  });
});

describe("the answer", () => {
  test("goes out as the origin gave it, with CloudFront's own headers", async () => {
    const { port } = await start({
      status: 404,
      headers: [
        ["x-amzn-RequestId", "r"],
        ["Content-Length", "3"],
      ],
      body: "abc",
    });
    const got = await get(port, "/");
    expect(got).toMatchObject({ status: 404, text: "abc" });
    expect(got.headers).toMatchObject({
      "x-amzn-requestid": "r",
      "content-length": "3",
      "x-cache": "Error from cloudfront",
    });
    expect(got.headers.via).toMatch(/CloudFront/);
  });

  test("a HEAD keeps the length of what it does not carry", async () => {
    const { port } = await start({ headers: [["Content-Length", "1234"]] });
    const got = await get(port, "/", { method: "HEAD" });
    expect(got.headers["content-length"]).toBe("1234");
  });

  test("a body that breaks off cuts the connection: never a short answer that looks whole", async () => {
    const body = (async function* () {
      yield Buffer.from("abc");
      throw new Error("cut");
    })();
    const { port, reasons } = await start({ body });
    await expect(get(port, "/")).rejects.toThrow();
    expect(reasons).toEqual(["cut"]);
  });

  test("a body shorter than its length cuts the connection", async () => {
    const { port } = await start({ headers: [["Content-Length", "10"]], body: "abc" });
    await expect(get(port, "/")).rejects.toThrow();
  });

  test("a request target that is not a path is refused", async () => {
    const { port } = await start();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write("GET http://169.254.169.254/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      });
      socket.once("data", (text) => resolve(String(text)));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});
