// The streaming prelude: found however the stream is cut, refused when API Gateway would refuse it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PreludeError, readPrelude } from "../../lib/local/prelude.ts";

const DELIMITER = Buffer.alloc(8);

async function* stream(...chunks: readonly (Uint8Array | string)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk as Uint8Array);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("the prelude", () => {
  test("is found wherever the stream is cut", async () => {
    const prelude = JSON.stringify({ statusCode: 404, headers: { "content-type": "text/plain" } });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.nat(80), { maxLength: 5 }),
        async (body, cuts) => {
          const whole = Buffer.concat([Buffer.from(prelude), DELIMITER, body]);
          const at = [...cuts.map((cut) => cut % whole.length), whole.length].toSorted((a, b) => a - b);
          const parts = at.map((end, index) => whole.subarray(at[index - 1] ?? 0, end));
          const answer = await readPrelude(stream(...parts));
          expect(answer.status).toBe(404);
          expect(answer.headers).toEqual([["content-type", "text/plain"]]);
          expect(await collect(answer.body)).toEqual(Buffer.from(body));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("joins single and multi-value headers, a pair in both once, and cookies", async () => {
    const prelude = JSON.stringify({
      headers: { "x-a": "1" },
      multiValueHeaders: { "x-a": ["1", "2"] },
      cookies: ["c=1"],
    });
    const { status, headers } = await readPrelude(stream(prelude, DELIMITER));
    expect(status).toBe(200);
    expect(headers).toEqual([
      ["x-a", "1"],
      ["x-a", "2"],
      ["set-cookie", "c=1"],
    ]);
  });

  const broken: readonly (readonly [string, readonly (Uint8Array | string)[], RegExp])[] = [
    ["an answer without a delimiter", ['{"statusCode":200}'], /without a delimiter/],
    ["an empty answer", [], /0 bytes/],
    ["seven NUL bytes", ["{}", Buffer.alloc(7), "body"], /without a delimiter/],
    ["text that is not JSON", ["hello", DELIMITER], /not JSON/],
    ["a list", ["[]", DELIMITER], /not an object/],
    ["an informational status", ['{"statusCode":100}', DELIMITER], /statusCode/],
    ["a status in quotes", ['{"statusCode":"200"}', DELIMITER], /statusCode/],
    ["a body inside", ['{"statusCode":200,"body":"x"}', DELIMITER], /body/],
    [
      "a header value with a line break",
      [JSON.stringify({ headers: { a: "b\r\nc: d" } }), DELIMITER],
      /header `a`/,
    ],
    ["more than 16 KB", [JSON.stringify({ headers: { a: "b".repeat(17_000) } }), DELIMITER], /16 KB/],
  ];
  test.each(broken)("refuses %s", async (_what, chunks, message) => {
    await expect(readPrelude(stream(...chunks))).rejects.toThrow(PreludeError);
    await expect(readPrelude(stream(...chunks))).rejects.toThrow(message);
  });
});
