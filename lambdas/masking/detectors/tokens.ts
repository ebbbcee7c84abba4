// Tokens that carry their kind in their first characters: JWTs, GitHub, Slack, Stripe; and passwords in URLs.

import { AHEAD, type Detector, type Found, matchAt, NOTHING } from "./detector.ts";

const HEADER = /([A-Za-z0-9_-]{10,1500})\.(?=[A-Za-z0-9_-])/y;
const PAYLOAD = /[A-Za-z0-9_-]*/y;
const TOKEN_CHARACTER = /[A-Za-z0-9_-]/;

/** JSON web tokens: a first part that is JSON with `alg`, then two more parts (or four: encrypted ones). */
export const jwt: Detector = {
  name: "jwt",
  anchors: ["eyJ"],
  shortest: 24,
  find(view, at) {
    const header = beginsWord(view, at) ? matchAt(HEADER, view, at) : null;
    if (header?.[1] === undefined || !namesAlgorithm(header[1])) return NOTHING;
    const payloadAt = at + header[0].length;
    const payload = matchAt(PAYLOAD, view, payloadAt)?.[0] ?? "";
    const end = payloadAt + payload.length;
    // A payload that fills all that is seen has no end here; otherwise a second dot makes it a token.
    if (end - at < AHEAD && view.charAt(end) !== ".") return NOTHING;
    return [{ start: at, end, open: true }];
  },
  close: { pattern: /[^A-Za-z0-9_.-]/g, at: "before" },
};

function namesAlgorithm(part: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof header === "object" && header !== null && "alg" in header && typeof header.alg === "string";
  } catch {
    return false;
  }
}

// `\n`, `\t` and `%3D` in front end in a character of a word, and yet a word begins after them.
function beginsWord(view: string, at: number): boolean {
  if (at === 0 || !TOKEN_CHARACTER.test(view.charAt(at - 1))) return true;
  return view.charAt(at - 2) === "\\" || view.charAt(at - 3) === "%";
}

const PASSWORD_IN_URL = /:\/\/([^\s:@/?#'"<>\\]{0,128}):([^\s@/?#'"<>\\]{1,256})@(?=[A-Za-z0-9[])/y;
const SCHEME_END = /[A-Za-z0-9+.-]/;

/** `scheme://user:password@host`: the password. Placeholders such as `${PASSWORD}` pass. */
export const connectionStrings: Detector = {
  name: "connection-strings",
  anchors: ["://"],
  shortest: 9,
  find(view, at) {
    const url = SCHEME_END.test(view.charAt(at - 1)) ? matchAt(PASSWORD_IN_URL, view, at) : null;
    const [whole, user, password] = url ?? [];
    if (whole === undefined || user === undefined || password === undefined) return NOTHING;
    if (/^(?:\$\{?\w+\}?|\{\{?[\w. ]+\}?\}|<\w+>|\*+|%s)$/.test(password)) return NOTHING;
    const start = at + 3 + user.length + 1;
    return [{ start, end: start + password.length }];
  },
};

export const github = prefixed("github", 40, [
  ["ghp_", /gh[pousr]_[A-Za-z0-9]{36,251}/y],
  ["gho_", /gh[pousr]_[A-Za-z0-9]{36,251}/y],
  ["ghu_", /gh[pousr]_[A-Za-z0-9]{36,251}/y],
  ["ghs_", /gh[pousr]_[A-Za-z0-9]{36,251}/y],
  ["ghr_", /gh[pousr]_[A-Za-z0-9]{36,251}/y],
  ["github_pat_", /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/y],
]);

export const slack = prefixed("slack", 20, [
  ["xox", /xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}/y],
  ["xapp-", /xapp-[0-9]{1,3}-[A-Za-z0-9-]{20,250}/y],
  ["hooks.slack.com/", /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_+-]{20,200}/y],
]);

export const stripe = prefixed("stripe", 20, [
  ["sk_live_", /sk_live_[A-Za-z0-9]{16,250}/y],
  ["sk_test_", /sk_test_[A-Za-z0-9]{16,250}/y],
  ["rk_live_", /rk_live_[A-Za-z0-9]{16,250}/y],
  ["rk_test_", /rk_test_[A-Za-z0-9]{16,250}/y],
  ["whsec_", /whsec_[A-Za-z0-9+/=]{24,250}/y],
]);

/** Tokens of a fixed beginning: one anchor, one pattern from it on. */
function prefixed(
  name: string,
  shortest: number,
  forms: readonly (readonly [anchor: string, form: RegExp])[],
): Detector {
  const patterns = new Map(forms);
  const anchors = [...patterns.keys()];
  const find = (view: string, at: number): readonly Found[] => {
    const anchor = anchors.find((text) => view.startsWith(text, at));
    const pattern = anchor === undefined ? undefined : patterns.get(anchor);
    const token = pattern === undefined || !beginsWord(view, at) ? null : matchAt(pattern, view, at);
    return token === null ? NOTHING : [{ start: at, end: at + token[0].length }];
  };
  return { name, anchors, shortest, find };
}
