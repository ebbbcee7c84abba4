// What the local API Gateway makes of a request and of a function's answer, as AWS documents it.

import { describe, expect, test } from "vitest";
import { FunctionFault } from "../../lib/local/function-messages.ts";
import type { FunctionRuntime } from "../../lib/local/function-runtime.ts";
import { createGateway } from "../../lib/local/gateway.ts";
import type { HeaderList, OriginAnswer, OriginRequest } from "../../lib/local/origin.ts";
import { parseTemplate, resolveStack, type Template } from "../../lib/local/template.ts";
import { PLACE, smallTemplate } from "./small-template.ts";

type Event = Record<string, never> & {
  readonly headers: Record<string, string>;
  readonly multiValueHeaders: Record<string, string[]>;
  readonly multiValueQueryStringParameters: Record<string, string[]> | null;
  readonly queryStringParameters: Record<string, string> | null;
  readonly pathParameters: Record<string, string> | null;
  readonly requestContext: { readonly path: string; readonly requestId: string; readonly stage: string };
  readonly path: string;
  readonly httpMethod: string;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
};

interface Answered {
  readonly answer: OriginAnswer;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly events: readonly Event[];
  readonly reasons: readonly string[];
}

const OK = '{"statusCode":200}';

/** Sends one request through the gateway of the small template to a function that streams `output`. */
async function send(
  request: Partial<OriginRequest>,
  output: string | (() => AsyncIterable<Uint8Array>) = OK,
  change: (template: Template) => void = () => {},
): Promise<Answered> {
  const template = smallTemplate();
  change(template);
  const { api, permissions, functions } = resolveStack(parseTemplate(template), PLACE);
  const events: Event[] = [];
  const reasons: string[] = [];
  const runtime: FunctionRuntime = {
    invoke: (event) => {
      events.push(JSON.parse(JSON.stringify(event)));
      return typeof output === "string" ? streamed(output) : output();
    },
    warm: async () => {},
    stop: async () => {},
  };
  const { region, account, partition } = PLACE;
  const gateway = createGateway({
    api,
    permissions,
    functions: new Map(functions.map(({ arn }) => [arn, runtime])),
    region,
    account,
    partition,
    onError: (_id, reason) => reasons.push(reason),
  });
  const host = `${api.id}.execute-api.eu-west-1.amazonaws.com`;
  const answer = await gateway({
    method: "GET",
    target: "/live/",
    body: new Uint8Array(),
    sourceIp: "203.0.113.9",
    ...request,
    headers: [["Host", host], ...(request.headers ?? [])],
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const headers = Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
  return { answer, headers, text: Buffer.concat(chunks).toString(), events, reasons };
}

async function* streamed(prelude: string, ...body: readonly string[]): AsyncIterable<Uint8Array> {
  yield Buffer.from(prelude);
  yield Buffer.alloc(8);
  for (const part of body) yield Buffer.from(part);
}

describe("the event", () => {
  test("holds the raw path under requestContext and a decoded one beside it", async () => {
    const { events } = await send({ target: "/live/aws/b%2Fc/../d//e?x" });
    expect(events[0]?.requestContext.path).toBe("/live/aws/b%2Fc/../d//e");
    expect(events[0]?.path).toBe("/aws/b/c/../d//e");
    expect(events[0]?.pathParameters).toEqual({ proxy: "aws/b/c/../d//e" });
  });

  test("holds every value of a repeated parameter decoded, and only the last in the single map", async () => {
    const { events } = await send({ target: "/live/?a=1&a=%32%2B&b&%C3%A9=x+y" });
    expect(events[0]?.multiValueQueryStringParameters).toEqual({ a: ["1", "2+"], b: [""], é: ["x y"] });
    expect(events[0]?.queryStringParameters).toEqual({ a: "2+", b: "", é: "x y" });
  });

  test("splits the query at a semicolon too", async () => {
    const { events } = await send({ target: "/live/?a=1;b=2" });
    expect(events[0]?.multiValueQueryStringParameters).toEqual({ a: ["1"], b: ["2"] });
  });

  test("keeps headers that differ in case apart", async () => {
    const headers: HeaderList = [
      ["X-A", "1"],
      ["x-a", "2"],
      ["x-a", "3"],
    ];
    const { events } = await send({ headers });
    expect(events[0]?.multiValueHeaders["X-A"]).toEqual(["1"]);
    expect(events[0]?.multiValueHeaders["x-a"]).toEqual(["2", "3"]);
    expect(events[0]?.headers["x-a"]).toBe("3");
  });

  test("holds the body as base64, byte for byte, and null when there is none", async () => {
    const body = Uint8Array.of(0, 255, 128);
    expect((await send({ method: "POST", body })).events[0]).toMatchObject({
      body: "AP+A",
      isBase64Encoded: true,
    });
    expect((await send({})).events[0]).toMatchObject({ body: null, isBase64Encoded: false });
  });

  test("loses bytes of the body when the API's binary media types are taken away", async () => {
    const body = Uint8Array.of(0, 255, 128);
    const { events } = await send({ method: "POST", body }, OK, (template) => {
      delete template.Resources.Api?.Properties?.BinaryMediaTypes;
    });
    expect(events[0]).toMatchObject({ body: "\0\ufffd\ufffd", isBase64Encoded: false });
  });

  test("takes the method from x-http-method-override", async () => {
    const { events } = await send({ method: "POST", headers: [["X-HTTP-Method-Override", "DELETE"]] });
    expect(events[0]?.httpMethod).toBe("DELETE");
  });
});

describe("headers on the way to the function", () => {
  const sigv4 =
    "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=00";
  const dropped: readonly (readonly [string, string])[] = [
    ["Authorization", sigv4],
    ["Connection", "keep-alive"],
    ["Content-MD5", "x"],
    ["Expect", "100-continue"],
    ["Max-Forwards", "1"],
    ["Server", "x"],
    ["TE", "trailers"],
    ["Trailer", "x"],
    ["Transfer-Encoding", "chunked"],
    ["Upgrade", "h2c"],
    ["WWW-Authenticate", "x"],
  ];
  test.each(dropped)("%s is dropped", async (name, value) => {
    const { events } = await send({ headers: [[name, value]] });
    expect(Object.keys(events[0]?.headers ?? {})).not.toContain(name);
  });

  const kept = [
    ["Authorization", "Bearer abc"],
    ["Date", "x"],
    ["Range", "bytes=0-1"],
    ["Content-Encoding", "aws-chunked"],
    ["User-Agent", "x"],
    ["Via", "1.1 x"],
  ] as const;
  test.each(kept)("%s goes through", async (name, value) => {
    const { events } = await send({ headers: [[name, value]] });
    expect(events[0]?.headers[name]).toBe(value);
  });

  test("adds its own to X-Forwarded-For, and a trace id", async () => {
    const { events } = await send({ headers: [["x-forwarded-for", "198.51.100.1"]] });
    expect(events[0]?.headers["X-Forwarded-For"]).toBe("198.51.100.1, 203.0.113.9");
    expect(events[0]?.headers["X-Amzn-Trace-Id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });
});

describe("headers on the way back", () => {
  const names = [
    "Authorization",
    "Connection",
    "Content-MD5",
    "Date",
    "Max-Forwards",
    "Server",
    "User-Agent",
  ];
  test.each([...names, "WWW-Authenticate", "x-amzn-RequestId"])("%s is remapped", async (name) => {
    const { headers } = await send({}, JSON.stringify({ headers: { [name]: "mine" } }));
    expect(headers[`x-amzn-remapped-${name.toLowerCase()}`]).toBe("mine");
    expect(headers[name.toLowerCase()]).not.toBe("mine");
  });

  test.each(["Expect", "Host", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via"])(
    "%s is dropped",
    async (name) => {
      const { headers } = await send({}, JSON.stringify({ headers: { [name]: "mine" } }));
      expect(Object.values(headers)).not.toContain("mine");
    },
  );

  test("an answer without a type gets application/json", async () => {
    expect((await send({}, OK)).headers["content-type"]).toBe("application/json");
  });

  test("the request id of the answer is the one of the event", async () => {
    const { headers, events } = await send({});
    expect(headers["x-amzn-requestid"]).toBe(events[0]?.requestContext.requestId);
  });
});

describe("what the API answers itself", () => {
  const statuses: readonly (readonly [string, Partial<OriginRequest>, number])[] = [
    ["a path beside the stage", { target: "/other/x" }, 403],
    ["a path that only begins like the stage", { target: "/livex" }, 403],
    ["another Host than the API's", { headers: [["Host", "d111.cloudfront.net"]] }, 403],
    ["a plain `|` in the query", { target: "/live/?a=b|c" }, 400],
    ["a plain `{` in the query", { target: "/live/?a={b}" }, 400],
    ["more than 10,240 bytes of headers", { headers: [["x-a", "a".repeat(10_240)]] }, 400],
    ["a body over 10 MB", { method: "POST", body: new Uint8Array(10 * 1024 * 1024 + 1) }, 413],
    ["an event over Lambda's 6 MB", { method: "POST", body: new Uint8Array(5 * 1024 * 1024) }, 413],
  ];
  test.each(statuses)("%s", async (_what, request, status) => {
    const { answer, events } = await send(request);
    expect(answer.status).toBe(status);
    expect(events).toEqual([]);
  });

  test("a method without a route is refused", async () => {
    const only = (template: Template): void => {
      Object.assign(template.Resources.RootAny?.Properties ?? {}, { HttpMethod: "GET" });
    };
    expect((await send({ method: "POST" }, OK, only)).answer.status).toBe(403);
    expect((await send({ method: "GET" }, OK, only)).answer.status).toBe(200);
  });

  test("without the permission to invoke, the function is not called", async () => {
    const { answer, events, reasons } = await send({}, OK, (template) => {
      delete template.Resources.Permission;
    });
    expect(answer.status).toBe(500);
    expect(events).toEqual([]);
    expect(reasons[0]).toMatch(/permission/);
  });

  test("a function error is a 502 in the template's form", async () => {
    const failing = (): AsyncIterable<Uint8Array> => {
      throw new FunctionFault("crash", "it crashed");
    };
    const { answer, headers, text, reasons } = await send({}, failing);
    expect(answer.status).toBe(502);
    expect(headers["x-amzn-errortype"]).toBe("ServiceUnavailable");
    expect(JSON.parse(text)).toMatchObject({
      __type: "ServiceUnavailable",
      requestId: headers["x-amzn-requestid"],
    });
    expect(reasons).toEqual(["it crashed"]);
  });

  test("the form follows the first media type of Accept", async () => {
    const { text, headers } = await send(
      { headers: [["Accept", "application/xml, application/json"]] },
      "no prelude",
    );
    expect(headers["content-type"]).toBe("application/xml");
    expect(text).toBe("<Code>ServiceUnavailable</Code>");
  });

  test("a wrong prelude is a 500", async () => {
    expect((await send({}, "no prelude")).answer.status).toBe(500);
  });

  test("a function that does not begin in time is a 504", async () => {
    const silent = async function* (): AsyncIterable<Uint8Array> {
      await new Promise(() => {});
      yield new Uint8Array();
    };
    const { answer } = await send({}, silent, (template) => {
      Object.assign(template.Resources.RootAny?.Properties?.Integration ?? {}, { TimeoutInMillis: 50 });
    });
    expect(answer.status).toBe(504);
  });
});
