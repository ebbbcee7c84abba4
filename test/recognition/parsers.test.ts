// The strict parsers by property: what they accept they read exactly as the reference reader does, and what a second
// reader could read otherwise they refuse.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formTree, parseForm, percentDecode } from "../../lambdas/recognition/form.ts";
import { exactNumber, type JsonValue, parseJson } from "../../lambdas/recognition/json.ts";
import { Malformed } from "../../lambdas/recognition/malformed.ts";
import { parseXml } from "../../lambdas/recognition/xml.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function plain(value: JsonValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return Number(value.text);
  return value;
}

describe("JSON", () => {
  const document = fc.jsonValue({ maxDepth: 5, noUnicodeString: false });

  it("reads every document as JSON.parse does", () => {
    fc.assert(
      fc.property(document, (value) => {
        const text = JSON.stringify(value);
        expect(plain(parseJson(bytes(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses every object that names a member twice, however it is escaped", () => {
    const name = fc.string({ minLength: 1, maxLength: 8 });
    const escaped = (text: string) =>
      `"${[...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
    fc.assert(
      fc.property(name, fc.boolean(), document, (text, asEscapes, value) => {
        const again = asEscapes ? escaped(text) : JSON.stringify(text);
        const twice = `{${JSON.stringify(text)}:1,"other\u0001":2,${again}:${JSON.stringify(value)}}`.replace(
          "\u0001",
          " name",
        );
        expect(() => parseJson(bytes(twice))).toThrow(Malformed);
      }),
    );
  });

  it("accepts no text that JSON.parse refuses", () => {
    const fragments = fc.array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"a"',
        "1",
        "-",
        ".5",
        "e9",
        "true",
        "null",
        " ",
        "\\",
        "'",
        "\t",
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fragments, (parts) => {
        const text = parts.join("");
        const accepted = attempt(() => parseJson(bytes(text)));
        if (accepted) expect(() => JSON.parse(text)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it("bounds depth at 64 and members at 10,000", () => {
    const nested = (depth: number) => bytes(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    const wide = (members: number) =>
      bytes(`{${Array.from({ length: members }, (_, index) => `"${index}":0`).join(",")}}`);
    expect(attempt(() => parseJson(nested(65)))).toBe(true);
    expect(attempt(() => parseJson(nested(66)))).toBe(false);
    expect(attempt(() => parseJson(wide(10_000)))).toBe(true);
    expect(attempt(() => parseJson(wide(10_001)))).toBe(false);
  });

  it.each([
    ["1", 1],
    ["-0.5", -0.5],
    ["1.50", 1.5],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", { kind: "number", text: "9007199254740993" }],
    ["0.1000000000000000055", { kind: "number", text: "0.1000000000000000055" }],
    ["1e400", { kind: "number", text: "1e400" }],
  ])("keeps the digits of %s", (text, expected) => {
    expect(exactNumber(text)).toEqual(expected);
  });
});

function attempt(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (cause) {
    if (cause instanceof Malformed) return false;
    throw cause;
  }
}

describe("forms", () => {
  it("reads every set of fields as URLSearchParams does", () => {
    const fields = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
    fc.assert(
      fc.property(fields, (record) => {
        const text = new URLSearchParams(record).toString();
        expect(Object.fromEntries(parseForm(bytes(text)))).toEqual(record);
      }),
    );
  });

  it.each(["a", "=a", "a=1&a=2", "a=1&&b=2", "a=%", "a=%4", "a=%zz", "a=%ff"])("refuses %j", (text) => {
    expect(() => parseForm(bytes(text))).toThrow(Malformed);
  });

  it("refuses a name that is a value and a branch, in either order", () => {
    expect(() => formTree(parseForm(bytes("a.b=1&a=2")))).toThrow(Malformed);
    expect(() => formTree(parseForm(bytes("a=2&a.b=1")))).toThrow(Malformed);
  });

  it("decodes percent-encoding once", () => {
    expect(percentDecode("%2541%2F", "path")).toBe("%41/");
  });
});

describe("XML", () => {
  it("reads the text of an element exactly, with the five entities", () => {
    const text = fc
      .string({ unit: "grapheme" })
      .filter((each) => [...each].every((character) => character >= " " && character < "\ufffe"));
    fc.assert(
      fc.property(text, (each) => {
        const written = each.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
        expect(parseXml(bytes(`<a b="${written.replaceAll('"', "&quot;")}">${written}</a>`))).toMatchObject({
          name: "a",
          text: each,
        });
      }),
    );
  });

  it("never crashes or hangs on broken documents", () => {
    const parts = fc.array(
      fc.constantFrom("<a>", "</a>", "<b/>", "<", ">", "&amp;", "&", 'x="1"', "text", "<!--", "]]>", "<?"),
      {
        maxLength: 15,
      },
    );
    fc.assert(
      fc.property(parts, (each) => {
        attempt(() => parseXml(bytes(each.join(""))));
      }),
      { numRuns: 2000 },
    );
  });
});
