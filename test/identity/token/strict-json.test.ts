// The strict reader against the engine's own: where it accepts, both read the same; what is ambiguous it never accepts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JsonValue, parseStrictObject } from "../../../lambdas/identity/token/strict-json.ts";
import { createTokenVerifier } from "../../../lambdas/identity/token/token-verifier.ts";
import { documentOf, goodToken, ISSUER_CONFIG, NOW } from "./issue.ts";

const DEPTH = 16;

function plain(value: JsonValue | undefined): unknown {
  if (value instanceof Map) {
    // defineProperty: a key may be `__proto__`
    const object = {};
    for (const [key, inner] of value) {
      Object.defineProperty(object, key, { value: plain(inner), enumerable: true, configurable: true });
    }
    return object;
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

function engine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe("the strict reader", () => {
  it("reads what JSON.stringify writes as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 6 })), (object) => {
        const text = JSON.stringify(object);
        expect(plain(parseStrictObject(Buffer.from(text), DEPTH))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("accepts nothing that JSON.parse refuses, however a text is bent", () => {
    const seed = JSON.stringify({
      iss: "https://a.example/\u00e4",
      n: [1, -2.5e3, true, null],
      o: { k: 'v\\"' },
    });
    const edits = fc.array(
      fc.tuple(fc.nat(seed.length), fc.constantFrom(...'{}[]",:\\u0 1e+-.tfn\n\t\0\ufeff')),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(edits, fc.boolean(), (list, insert) => {
        const text = list.reduce((t, [at, c]) => t.slice(0, at) + c + t.slice(insert ? at : at + 1), seed);
        const read = parseStrictObject(Buffer.from(text), DEPTH);
        expect(read === undefined || JSON.stringify(plain(read)) === JSON.stringify(engine(text))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses every object with a key twice, in whatever escapes", () => {
    const escaped = (key: string, chosen: readonly boolean[]): string =>
      [...key]
        .map((character, index) =>
          chosen[index] && character.length === 1
            ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
            : JSON.stringify(character).slice(1, -1),
        )
        .join("");
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.array(fc.boolean()),
        fc.array(fc.boolean()),
        (key, a, b) => {
          const text = `{"${escaped(key, a)}":1,"x x x":2,"${escaped(key, b)}":3}`;
          expect(parseStrictObject(Buffer.from(text), DEPTH)).toBeUndefined();
        },
      ),
    );
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseStrictObject(bytes, DEPTH);
        parseStrictObject(Buffer.concat([Buffer.from('{"a":"'), bytes]), DEPTH);
      }),
    );
  });
});

describe("the verifier", () => {
  const verifier = createTokenVerifier({
    issuers: [ISSUER_CONFIG],
    fetcher: { fetch: async (uri) => documentOf(uri) },
    now: () => NOW,
  });

  it("refuses any text, and any edit of a good token, without throwing", async () => {
    const good = goodToken();
    const edited = fc
      .tuple(fc.nat(good.length - 1), fc.string({ unit: "binary", maxLength: 3 }), fc.nat(3))
      .map(([at, text, drop]) => good.slice(0, at) + text + good.slice(at + drop))
      .filter((text) => text !== good);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: "binary" }), edited), async (text) => {
        expect((await verifier.verify(text)).kind).toBe("refused");
      }),
      { numRuns: 500 },
    );
  });
});
