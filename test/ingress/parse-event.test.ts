import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEvent } from "../../lambdas/ingress/parse-event.ts";
import { ORIGIN_SECRET, STAGE, VIEWER_IP } from "./as-event.ts";
import { eventOf, honestEvent, readEventVectors } from "./event-vector.ts";

const EDGE = { stage: STAGE, originSecrets: ["the-next-secret-of-the-tests", ORIGIN_SECRET] };

describe("event vectors", () => {
  const vectors = readEventVectors();

  test.each(vectors)("$name: $expect", (vector) => {
    const parsed = parseEvent(eventOf(vector), EDGE);
    if (parsed.kind === "refused") {
      expect(`${parsed.code} ${parsed.message}`).toContain(vector.expect);
      expect(parsed.code).toBe(vector.expect);
      expect(parsed.message).toContain(vector.says ?? "");
      return;
    }
    const { request } = parsed;
    expect("request").toBe(vector.expect);
    if (vector.path !== undefined) expect(request.path).toBe(vector.path);
    if (vector.query !== undefined) expect(request.query).toEqual(vector.query);
    if (vector.body !== undefined) expect(Buffer.from(request.body).toString("base64")).toBe(vector.body);
    for (const [name, values] of Object.entries(vector.headers ?? {})) {
      expect(request.headers.get(name) ?? null, name).toEqual(values);
    }
  });

  test("are each named once", () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
  });
});

describe("parseEvent", () => {
  test("takes either of two origin secrets, and none when none is configured", () => {
    const event = honestEvent();
    expect(parseEvent(event, EDGE).kind).toBe("request");
    expect(parseEvent(event, { ...EDGE, originSecrets: [ORIGIN_SECRET] }).kind).toBe("request");
    expect(parseEvent(event, { ...EDGE, originSecrets: ["the-next-secret-of-the-tests"] })).toMatchObject({
      code: "AccessDenied",
    });
    expect(parseEvent(event, { ...EDGE, originSecrets: [] })).toMatchObject({ code: "AccessDenied" });
  });

  test("does not take an empty header for an empty secret", () => {
    const event = eventOf({ name: "", expect: "", setHeader: { "x-countersign-origin": [""] } });
    expect(parseEvent(event, { ...EDGE, originSecrets: [""] })).toMatchObject({ code: "AccessDenied" });
  });

  test("tells the address that CloudFront saw and API Gateway's request id", () => {
    expect(parseEvent(honestEvent(), EDGE)).toMatchObject({
      request: { viewerIp: VIEWER_IP, gatewayRequestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef" },
    });
  });

  test("takes a body of exactly 4.5 MB and a URL of exactly 8 KB", () => {
    const noLength = ["x-countersign-h-content-length"];
    const body = { repeat: "a", times: 4_500_000 };
    const big = eventOf({
      name: "",
      expect: "",
      set: { "/body": body, "/isBase64Encoded": false },
      dropHeader: noLength,
    });
    expect(parseEvent(big, EDGE).kind).toBe("request");
    const path = { repeat: "a", times: 8192 - "/aws/".length, before: "/prod/aws/" };
    const long = eventOf({ name: "", expect: "", set: { "/requestContext/path": path } });
    expect(parseEvent(long, EDGE).kind).toBe("request");
  });

  test("never throws and never lets anything but a request through, whatever the event is", () => {
    const anyEvent = fc.oneof(
      fc.anything(),
      fc.json().map((text): unknown => JSON.parse(text)),
    );
    fc.assert(
      fc.property(anyEvent, (event) => parseEvent(event, EDGE).kind === "refused"),
      { numRuns: 500 },
    );
  });

  test("never throws when one field of an honest event becomes anything", () => {
    const field = fc.constantFrom(
      ...[
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
      ],
      ...["requestContext", "body", "isBase64Encoded"],
    );
    fc.assert(
      fc.property(field, fc.anything(), (name, value) => {
        const parsed = parseEvent({ ...honestEvent(), [name]: value }, EDGE);
        return parsed.kind === "refused" || parsed.request.path === "/aws/";
      }),
      { numRuns: 1000 },
    );
  });

  test("never repeats the origin secret or the authorization in a message", () => {
    for (const vector of readEventVectors()) {
      const parsed = parseEvent(eventOf(vector), EDGE);
      if (parsed.kind === "refused")
        expect(parsed.message).not.toMatch(/origin-secret|Signature=|session-token/);
    }
  });
});
