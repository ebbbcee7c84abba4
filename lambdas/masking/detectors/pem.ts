// Private keys in PEM form, on many lines, on one, with escaped line ends, or in base64 once more (as Kubernetes keeps
// them). From the first line to the last, whatever stands between: what has no last line is hidden to the end of the text.

import { type Detector, matchAt, NOTHING } from "./detector.ts";

const GAP = String.raw`(?: |\+|%20)`;
const LABEL = `${GAP}(?:[A-Z0-9]{1,16}${GAP}){0,4}PRIVATE${GAP}KEY(?:${GAP}BLOCK)?-----`;
const BEGIN = new RegExp(`-----BEGIN${LABEL}`, "y");
const END = new RegExp(`-----END${LABEL}`, "g");

export const pem: Detector = {
  name: "pem",
  anchors: ["-----BEGIN"],
  shortest: 27,
  find(view, at) {
    const begin = matchAt(BEGIN, view, at);
    return begin === null ? NOTHING : [{ start: at, end: at + begin[0].length, open: true }];
  },
  close: { pattern: END, at: "after" },
};

// `-----BEGIN` in base64, where the text begins with it.
const ENCODED = "LS0tLS1CRUdJTi";
const FIRST_LINE = /[A-Za-z0-9+/_-]{40,88}/y;

/** The same keys in base64: the whole run of base64. */
export const encodedPem: Detector = {
  name: "pem",
  anchors: [ENCODED],
  shortest: 64,
  find(view, at) {
    const run = matchAt(FIRST_LINE, view, at);
    if (run === null || !Buffer.from(run[0], "base64").includes("PRIVATE KEY")) return NOTHING;
    return [{ start: at, end: at + run[0].length, open: true }];
  },
  // A line end inside (wrapped base64), escaped or not, is part of the run.
  close: { pattern: /(?!\\[rn]|[A-Za-z0-9+/=_\r\n-])[\s\S]/g, at: "before" },
};
