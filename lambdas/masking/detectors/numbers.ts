// Numbers that name a payment card, an account or a person, told from other digits by their check digits. Off unless a
// policy asks: one number in ten or in a hundred has the right check digit by chance.

import { brCpf, deTaxId, esId, frNir, isDate, luhn, mod97, nlBsn, plPesel } from "./check-digits.ts";
import { type Detector, matchAt, NOTHING } from "./detector.ts";

// What a card, an IBAN or a national id begins with, digit by digit so that each is looked at once: one pass over the
// text for the three.
const FROM_FIVE = "[0-9]{4}(?:[0-9]|[ -]?[A-Z](?![0-9A-Za-z]))|[ -][0-9]{4}|[0-9]2[AB]";
const FROM_FOUR = `[0-9](?:${FROM_FIVE})|\\.[0-9]{3}\\.`;
const FROM_TWO = `[0-9](?:[0-9](?:${FROM_FOUR})| [0-9]{3} )| [0-9]{2} `;
const NUMBER_STARTS = new RegExp(
  `(?<![0-9A-Za-z])(?:[0-9](?:${FROM_TWO})|[XYZ]-?[0-9]{7}|[A-Z]{2}[0-9]{2} ?[0-9A-Z]{4})`,
  "g",
);
const NUMBER_BEFORE = /[0-9][.,_]$/;

/** True inside a longer number: `1.4111...`, `1_4111...`. */
function goesOn(view: string, at: number): boolean {
  return NUMBER_BEFORE.test(view.slice(Math.max(0, at - 2), at));
}

const ENDS = `(?![0-9A-Za-z]|[.,][0-9])`;

const CARD_FORMS = new RegExp(
  `(?:[0-9]{4}(?<gap>[ -]?)[0-9]{4}\\k<gap>[0-9]{4}\\k<gap>[0-9]{1,4}(?:\\k<gap>[0-9]{3})?|3[0-9]{3}(?<amex>[ -]?)[0-9]{6}\\k<amex>[0-9]{4,5})${ENDS}`,
  "y",
);
/** Prefix and lengths of the networks: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay, Maestro. */
const NETWORKS: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^3(?:0[0-5]|[689])/, [14]],
  [/^62/, [16, 17, 18, 19]],
  [/^(?:50|5[6-9]|6[37])/, [16, 18, 19]],
];

export const cards: Detector = {
  name: "cards",
  anchors: [],
  starts: NUMBER_STARTS,
  shortest: 13,
  find(view, at) {
    const form = matchAt(CARD_FORMS, view, at)?.[0];
    if (form === undefined || goesOn(view, at)) return NOTHING;
    const digits = form.replace(/[ -]/g, "");
    const known = NETWORKS.some(
      ([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits),
    );
    if (!known || !luhn(digits) || /^(.)\1*$/.test(digits)) return NOTHING;
    return [{ start: at, end: at + form.length }];
  },
};

// Shortest 15 (Norway), longest 34; in groups of four when written for people.
const IBAN_FORM =
  /[A-Z]{2}[0-9]{2}(?: [0-9A-Z]{4}){2,7}(?: [0-9A-Z]{1,3})?(?![0-9A-Za-z])|[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}(?![0-9A-Za-z])/y;

export const iban: Detector = {
  name: "iban",
  anchors: [],
  starts: NUMBER_STARTS,
  shortest: 15,
  find(view, at) {
    const form = matchAt(IBAN_FORM, view, at)?.[0];
    if (form === undefined) return NOTHING;
    // Words in capitals after a written IBAN look like groups of it: the longest run of groups that checks counts.
    for (let text = form; text.length >= 15; text = text.slice(0, Math.max(0, text.lastIndexOf(" ")))) {
      const packed = text.replaceAll(" ", "");
      if (packed.length >= 15 && packed.length <= 34 && mod97(packed))
        return [{ start: at, end: at + text.length }];
      if (!text.includes(" ")) break;
    }
    return NOTHING;
  },
};

interface NationalId {
  readonly form: RegExp;
  readonly checks: (digits: string) => boolean;
}

const NATIONAL_IDS: readonly NationalId[] = [
  { form: id("[1-9][0-9](?<de> ?)[0-9]{3}\\k<de>[0-9]{3}\\k<de>[0-9]{3}"), checks: deTaxId },
  { form: id("[0-9]{8}[ -]?[A-HJ-NP-TV-Z]"), checks: esId },
  { form: id("[XYZ]-?[0-9]{7}-?[A-HJ-NP-TV-Z]"), checks: esId },
  {
    form: id(
      "[12](?<fr> ?)[0-9]{2}\\k<fr>[0-9]{2}\\k<fr>(?:[0-9]{2}|2[AB])\\k<fr>[0-9]{3}\\k<fr>[0-9]{3} ?[0-9]{2}",
    ),
    checks: frNir,
  },
  { form: id("[0-9]{9}"), checks: nlBsn },
  { form: id("[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}|[0-9]{11}"), checks: brCpf },
  { form: id("[0-9]{11}"), checks: (digits) => isDate(digits) && plPesel(digits) },
];

/** Germany's Steuer-ID, Spain's DNI and NIE, France's NIR, the Dutch BSN, Brazil's CPF, Poland's PESEL. */
export const nationalIds: Detector = {
  name: "national-ids",
  anchors: [],
  starts: NUMBER_STARTS,
  shortest: 9,
  find(view, at) {
    if (goesOn(view, at)) return NOTHING;
    for (const { form, checks } of NATIONAL_IDS) {
      const text = matchAt(form, view, at)?.[0];
      if (text !== undefined && checks(text.replace(/[ .-]/g, "")))
        return [{ start: at, end: at + text.length }];
    }
    return NOTHING;
  },
};

function id(form: string): RegExp {
  return new RegExp(`(?:${form})${ENDS}`, "y");
}

const LOCAL = /[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]/;
const DOMAIN = /@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])/y;
const LONGEST_LOCAL = 64;

/** E-mail addresses. */
export const email: Detector = {
  name: "email",
  anchors: ["@"],
  shortest: 6,
  find(view, at) {
    let start = at;
    while (start > 0 && at - start <= LONGEST_LOCAL && LOCAL.test(view.charAt(start - 1))) start--;
    if (start === at || at - start > LONGEST_LOCAL) return NOTHING;
    const domain = matchAt(DOMAIN, view, at);
    return domain === null ? NOTHING : [{ start, end: at + domain[0].length }];
  },
};
