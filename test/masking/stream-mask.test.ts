import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DETECTOR_NAMES, detectorsNamed } from "../../lambdas/masking/detectors/catalogue.ts";
import { createStreamMasker, maskText } from "../../lambdas/masking/stream-mask.ts";

const named = detectorsNamed(DETECTOR_NAMES);
const ALL = named.kind === "detectors" ? named.detectors : [];
const HEADER = Buffer.from('{"alg":"RS256"}').toString("base64url");
const PIECES = [
  "AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  `-----BEGIN PRIVATE KEY-----\n${"QUJD\n".repeat(900)}-----END PRIVATE KEY-----`,
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  `${HEADER}.${"a".repeat(3_000)}.c2ln`,
  "postgres://app:s3cret@db/x",
  "a.b@example.com",
  "4111 1111 1111 1111",
  "eyJ",
  "AKIA",
  "://",
  "@",
  " ",
  "\n",
  "-----",
  "secret_access_key=",
  "IQoJb3JpZ2lu",
  `plain text of a log line ${"x".repeat(700)}`,
  "\u0000\u00ff\u0080",
  "Ab1/".repeat(200),
];

function streamed(text: Buffer, cuts: readonly number[], least: number) {
  const masker = createStreamMasker(ALL, least);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    parts.push(masker.push(text.subarray(at, at + cut)));
    at += cut;
  }
  parts.push(masker.push(text.subarray(at)), masker.end());
  return { text: Buffer.concat(parts).toString("latin1"), found: masker.found() };
}

describe("a stream", () => {
  it("comes out the same in any pieces", () => {
    const text = fc
      .array(fc.constantFrom(...PIECES), { maxLength: 14 })
      .map((pieces) => Buffer.from(pieces.join(""), "latin1"));
    const cuts = fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(text, cuts, (bytes, sizes) => {
        const whole = maskText(bytes.toString("latin1"), ALL);
        const cut = streamed(bytes, sizes, 1);
        expect(cut.text).toBe(whole?.text ?? bytes.toString("latin1"));
        expect(cut.found).toEqual(Object.fromEntries(whole?.found ?? []));
      }),
      { numRuns: 300 },
    );
  });

  it("finds a secret cut at every place", () => {
    const text = Buffer.from(`${"x".repeat(300)} ${PIECES[0]} ${"x".repeat(3_000)}`);
    for (let cut = 290; cut < 380; cut++) expect(streamed(text, [cut], 1).text).not.toContain("wJalrXUtn");
  });

  it("passes binary content byte for byte", () => {
    const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7_919) % 251));
    expect(Buffer.from(streamed(bytes, [1, 20_000, 3], 1).text, "latin1").equals(bytes)).toBe(true);
  });

  it("hides to the end when a private key has none", () => {
    const text = Buffer.from(`a -----BEGIN PRIVATE KEY-----\n${"QUJD\n".repeat(20_000)}`);
    expect(streamed(text, [30, 40_000], 1).text).toBe("a [masked:countersign]");
  });
});

describe("hostile text", () => {
  it.each([
    "eyJ",
    "\\neyJ",
    "-----BEGIN",
    "AKIA",
    "ecret",
    "://a:",
    "@",
    "a@",
    "4111 ",
    "1",
    "DE89",
    "AKIAIOSFODNN7EXAMPLE ",
    "-----BEGIN PRIVATE KEY-----",
    "IQoJb3JpZ2lu",
    "1.1.",
    "a.",
    " ",
  ])("takes no more than linear work: %j again and again", (piece) => {
    // Work is counted in the characters that detectors are shown, not in time.
    let shown = 0;
    const counting = ALL.map((detector) => ({
      ...detector,
      find: (view: string, at: number) => {
        shown += view.length;
        return detector.find(view, at);
      },
    }));
    const text = piece.repeat(Math.ceil(20_000 / piece.length));
    maskText(text, counting);
    expect(shown).toBeLessThan(text.length * 2_304 * 4);
  });
});
