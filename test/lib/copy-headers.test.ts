// Runs the CloudFront Function as it is deployed, in a context that has nothing of Node, as the edge has nothing of it.

import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COPIED_HEADERS, COPY_HEADER_PREFIX, VIEWER_IP_HEADER } from "../../lambdas/model/edge-headers.ts";
import { copyHeadersCode } from "../../lib/edge-distribution.ts";

interface EdgeHeader {
  readonly value: string;
  readonly multiValue?: readonly { readonly value: string }[];
}
type EdgeHeaders = Record<string, EdgeHeader>;

const code = copyHeadersCode();
const VIEWER_IP = "203.0.113.7";

/** What the function makes of a request with these headers. Events reach it as JSON, with no object shared. */
function atEdge(headers: EdgeHeaders): EdgeHeaders {
  const event = {
    version: "1.0",
    viewer: { ip: VIEWER_IP },
    request: { method: "GET", uri: "/aws", headers },
  };
  const answer = runInNewContext(`${code}; JSON.stringify(handler(JSON.parse(event)))`, {
    event: JSON.stringify(event),
  });
  return JSON.parse(answer).headers;
}

const headerName = fc.oneof(
  fc.constantFrom<string>(...COPIED_HEADERS),
  fc.constantFrom(
    "x-amz-date",
    "x-amz-target",
    "x-countersign-origin",
    "x-countersign-h-host",
    "x-countersign-",
    "cookie",
  ),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
);
const headerValue = fc.stringMatching(/^[!-~]{0,30}$/);
const edgeHeader = headerValue.chain((value) =>
  fc.oneof(
    fc.constant<EdgeHeader>({ value }),
    fc.array(headerValue, { minLength: 1, maxLength: 3 }).map<EdgeHeader>((more) => ({
      value,
      multiValue: [value, ...more].map((one) => ({ value: one })),
    })),
  ),
);
const edgeHeaders = fc.dictionary(headerName, edgeHeader, { maxKeys: 12, noNullPrototype: true });

describe("the CloudFront Function", () => {
  it("is within CloudFront's 10 KB and has no place left to fill in", () => {
    expect(Buffer.byteLength(code)).toBeLessThan(10_240);
    expect(code).not.toMatch(/"__[A-Z_]+__"/);
  });

  it("copies each header that may be lost to its own name, with its value", () => {
    const sent = Object.fromEntries(COPIED_HEADERS.map((name) => [name, { value: `value of ${name}` }]));
    const forwarded = atEdge(sent);
    for (const name of COPIED_HEADERS) {
      expect(forwarded[COPY_HEADER_PREFIX + name]).toEqual({ value: `value of ${name}` });
    }
  });

  it("copies every value, in order, of a header that came more than once", () => {
    const multiValue = [{ value: "bytes=0-1" }, { value: "bytes=5-6" }];
    expect(atEdge({ range: { value: "bytes=0-1", multiValue } })["x-countersign-h-range"]).toEqual({
      value: "bytes=0-1",
      multiValue,
    });
  });

  it("removes authorization and leaves the other headers as they came", () => {
    const forwarded = atEdge({
      authorization: { value: "secret" },
      "content-type": { value: "text/xml" },
      cookie: { value: "a" },
    });
    expect(forwarded).not.toHaveProperty("authorization");
    expect(forwarded["content-type"]).toEqual({ value: "text/xml" });
    expect(forwarded.cookie).toEqual({ value: "a" });
  });

  it.each([
    "x-countersign-origin",
    "x-countersign-h-authorization",
    "x-countersign-h-x-amz-date",
    "x-countersign-",
    "X-Countersign-H-Host",
  ])("deletes %s when the client sends it", (name) => {
    expect(Object.keys(atEdge({ [name]: { value: "forged" } }))).toEqual([VIEWER_IP_HEADER]);
  });

  it("writes the viewer's address over one that the client claims", () => {
    const forged = {
      value: "198.51.100.1",
      multiValue: [{ value: "198.51.100.1" }, { value: "198.51.100.2" }],
    };
    expect(atEdge({ [VIEWER_IP_HEADER]: forged })).toEqual({ [VIEWER_IP_HEADER]: { value: VIEWER_IP } });
  });

  it("passes nothing under our names but true copies and the viewer's address, whatever is sent", () => {
    fc.assert(
      fc.property(edgeHeaders, (sent) => {
        const forwarded = atEdge(sent);
        const ours = Object.entries(forwarded).filter(([name]) => name.startsWith("x-countersign-"));
        const copies = COPIED_HEADERS.flatMap((name) =>
          Object.hasOwn(sent, name) ? [[COPY_HEADER_PREFIX + name, sent[name]]] : [],
        );
        expect(Object.fromEntries(ours)).toEqual({
          ...Object.fromEntries(copies),
          [VIEWER_IP_HEADER]: { value: VIEWER_IP },
        });
      }),
      { numRuns: 300 },
    );
  });

  it("changes and drops no header of the client that is not ours or authorization, whatever is sent", () => {
    fc.assert(
      fc.property(edgeHeaders, (sent) => {
        const theirs = (headers: EdgeHeaders) =>
          Object.fromEntries(
            Object.entries(headers).filter(
              ([name]) => name !== "authorization" && !name.startsWith("x-countersign-"),
            ),
          );
        expect(theirs(atEdge(sent))).toEqual(theirs(sent));
      }),
      { numRuns: 300 },
    );
  });
});
