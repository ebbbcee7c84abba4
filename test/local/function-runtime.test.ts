// Functions in worker threads: their environment, stream, faults, and a network that leads to the small AWS only.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LocalAuthority, openAuthority } from "../../lib/local/certificates.ts";
import type { FunctionSpec, LogLine } from "../../lib/local/function-messages.ts";
import { type FunctionRuntime, startFunction } from "../../lib/local/function-runtime.ts";
import type { ConnectionReport } from "../../lib/local/preload.ts";
import { readPrelude } from "../../lib/local/prelude.ts";

let authority: LocalAuthority;
const hosts: string[] = [];
let aws: ReturnType<typeof createServer>;
let awsPort = 0;
const folders: string[] = [];
const runtimes: FunctionRuntime[] = [];

beforeAll(async () => {
  authority = await openAuthority(undefined);
  aws = createServer(authority.server, (request, response) => {
    hosts.push(request.headers.host ?? "");
    response.end("the small aws");
  });
  await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
  const address = aws.address();
  awsPort = typeof address === "object" && address !== null ? address.port : 0;
});
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.stop();
});
afterAll(() => {
  aws.close();
  aws.closeAllConnections();
  authority.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly runtime: FunctionRuntime;
  readonly logs: LogLine[];
  readonly connections: ConnectionReport[];
}

/** A function whose bundle is `source`. */
function run(source: string, spec: Partial<FunctionSpec> = {}): Running {
  const folder = mkdtempSync(join(tmpdir(), "function-"));
  folders.push(folder);
  writeFileSync(join(folder, "index.mjs"), source);
  const logs: LogLine[] = [];
  const connections: ConnectionReport[] = [];
  const runtime = startFunction({
    function: {
      name: "small",
      arn: "arn:aws:lambda:eu-west-1:111122223333:function:small",
      assetDirectory: folder,
      handler: "index.handler",
      environment: { TABLE: "t" },
      timeoutSeconds: 5,
      memoryMb: 128,
      ...spec,
    },
    region: "eu-west-1",
    awsPort,
    caPem: authority.caPem,
    credentials: () => ({ accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" }),
    onLog: (line) => logs.push(line),
    onConnection: (connection) => connections.push(connection),
  });
  runtimes.push(runtime);
  return { runtime, logs, connections };
}

async function invoke({ runtime }: Running, event: unknown = {}) {
  const { status, headers, body } = await readPrelude(runtime.invoke(event, "request-1"));
  let text = "";
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return { status, headers, text };
}

/** A streaming handler that answers with the value of `expression`, as JSON. */
const answering = (expression: string, before = ""): string => `${before}
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const value = await (${expression});
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { "x-a": "1" } });
  out.write(JSON.stringify(value));
  out.end();
});`;

describe("the environment", () => {
  test("has the template's variables and Lambda's own, and nothing of this process", async () => {
    process.env.COUNTERSIGN_TEST_CANARY = "canary";
    const { text } = await invoke(run(answering("process.env")));
    delete process.env.COUNTERSIGN_TEST_CANARY;
    const environment = JSON.parse(text);
    expect(environment).toMatchObject({
      TABLE: "t",
      AWS_REGION: "eu-west-1",
      AWS_LAMBDA_FUNCTION_NAME: "small",
      AWS_ACCESS_KEY_ID: "AKID",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
    });
    expect(Object.keys(environment)).not.toContain("COUNTERSIGN_TEST_CANARY");
    expect(Object.keys(environment)).not.toContain("HOME");
  });

  test("gives the handler the event and Lambda's context", async () => {
    const running = run(
      answering("{ event, id: context.awsRequestId, left: context.getRemainingTimeInMillis() > 0 }"),
    );
    expect(JSON.parse((await invoke(running, { a: 1 })).text)).toEqual({
      event: { a: 1 },
      id: "request-1",
      left: true,
    });
  });

  test("what the function writes is collected line by line", async () => {
    const running = run(answering("console.log('one\\ntwo') ?? console.error('three') ?? 0"));
    await invoke(running);
    await expect
      .poll(() => running.logs.map(({ stream, text }) => `${stream} ${text}`))
      .toEqual(expect.arrayContaining(["stdout one", "stdout two", "stderr three"]));
  });
});

describe("the stream", () => {
  test("begins with the prelude", async () => {
    const { status, headers, text } = await invoke(run(answering("'hello'")));
    expect([status, headers, text]).toEqual([200, [["x-a", "1"]], '"hello"']);
  });

  test("has no prelude when the function only ends it, as in Lambda's own runtime", async () => {
    const source = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end();
    });`;
    await expect(invoke(run(source))).rejects.toThrow(/without a delimiter/);
  });

  test("throws in the middle when the handler throws after it began", async () => {
    const source = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      awslambda.HttpResponseStream.from(stream, {}).write("abc");
      throw new Error("too late");
    });`;
    await expect(invoke(run(source))).rejects.toThrow(/too late/);
  });

  test("a handler that does not stream yields bare JSON, which is no prelude", async () => {
    await expect(invoke(run("export const handler = async () => ({ statusCode: 200 });"))).rejects.toThrow(
      /delimiter/,
    );
  });
});

describe("faults", () => {
  test("a function that runs over its timeout is ended, and the next invocation has a new worker", async () => {
    const running = run(answering("event.slow ? new Promise(() => {}) : 'quick'"), { timeoutSeconds: 1 });
    await expect(invoke(running, { slow: true })).rejects.toMatchObject({ reason: "timeout" });
    expect((await invoke(running)).text).toBe('"quick"');
  });

  test("a busy loop is ended too", async () => {
    const running = run(answering("event.slow && (() => { for (;;); })()"), { timeoutSeconds: 1 });
    await expect(invoke(running, { slow: true })).rejects.toMatchObject({ reason: "timeout" });
  });

  test("a crash is an error of this invocation only", async () => {
    const running = run(answering("event.crash ? process.exit(3) : 'well'"));
    await expect(invoke(running, { crash: true })).rejects.toMatchObject({ reason: "crash" });
    expect((await invoke(running)).text).toBe('"well"');
  });

  test("a bundle that does not load fails the invocation and says why", async () => {
    const running = run("throw new Error('no TABLE');");
    await expect(invoke(running)).rejects.toMatchObject({
      reason: "crash",
      message: expect.stringMatching(/no TABLE/),
    });
    await expect(running.runtime.warm()).rejects.toThrow(/no TABLE/);
  });

  test("a worker takes one invocation at a time, and there are as many as the limit allows", async () => {
    const before = 'import { threadId } from "node:worker_threads"; let active = 0;';
    const busy = `new Promise((resolve) => {
      active += 1;
      setTimeout(() => resolve({ threadId, active: active-- }), 50);
    })`;
    const running = run(answering(busy, before), { concurrency: 2 });
    const answers = await Promise.all(Array.from({ length: 4 }, () => invoke(running)));
    const seen = answers.map(({ text }) => JSON.parse(text));
    expect(new Set(seen.map(({ threadId }) => threadId)).size).toBe(2);
    expect(seen.map(({ active }) => active)).toEqual([1, 1, 1, 1]);
  });

  test("who waits for a worker gets one when another crashes", async () => {
    const running = run(answering("event.crash ? process.exit(1) : 'well'"), { concurrency: 1 });
    const [crashed, waited] = await Promise.allSettled([invoke(running, { crash: true }), invoke(running)]);
    expect([crashed.status, waited.status]).toEqual(["rejected", "fulfilled"]);
  });
});

describe("the network", () => {
  const https = 'import { request } from "node:https";';
  const ask = (options: string): string => `new Promise((resolve) => {
    const sent = request(${options}, (response) => {
      let text = "";
      response.on("data", (part) => (text += part));
      response.on("end", () => resolve(text));
    });
    sent.on("error", (error) => resolve(error.message));
    sent.end();
  })`;

  test("AWS's names lead to the small AWS, over verified TLS", async () => {
    const running = run(answering(ask('"https://sts.eu-west-1.amazonaws.com/"'), https));
    expect(JSON.parse((await invoke(running)).text)).toBe("the small aws");
    expect(hosts).toContain("sts.eu-west-1.amazonaws.com");
    expect(running.connections).toEqual([{ host: "sts.eu-west-1.amazonaws.com", port: 443, verdict: "aws" }]);
  });

  test("fetch goes the same way", async () => {
    const running = run(
      answering("fetch('https://b.s3.dualstack.us-east-1.amazonaws.com/k').then((r) => r.text())"),
    );
    expect(JSON.parse((await invoke(running)).text)).toBe("the small aws");
  });

  test.each([
    ["another name", "https://example.com/"],
    ["an address", "https://169.254.169.254/"],
    ["a name that only looks like AWS's", "https://amazonaws.com.example.com/"],
    ["another port", "https://sts.amazonaws.com:8443/"],
  ])("%s is refused, and recorded", async (_what, url) => {
    const running = run(answering(ask(`"${url}"`), https));
    expect((await invoke(running)).text).toMatch(/lets nothing out/);
    expect(running.connections).toEqual([
      { host: new URL(url).hostname, port: Number(new URL(url).port || 443), verdict: "refused" },
    ]);
  });

  test("plain HTTP to AWS is refused", async () => {
    const running = run(
      answering(ask('"http://sts.amazonaws.com/"'), 'import { request } from "node:http";'),
    );
    expect((await invoke(running)).text).toMatch(/lets nothing out/);
  });

  test("UDP is closed", async () => {
    const running = run(
      answering(
        "(async () => { try { dgram.createSocket('udp4') } catch (e) { return e.message } })()",
        'import dgram from "node:dgram";',
      ),
    );
    expect((await invoke(running)).text).toMatch(/UDP is closed/);
  });
});
