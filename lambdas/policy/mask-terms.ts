// Masks as policies ask for them: reads `@mask`, `@unmask` and `@detect`, and adds up what the matched permits say. Decides
// what has to be hidden, never how: masking/ finds the members in an answer. Trusts nothing in the texts.

import type { MaskObligations, MaskPath, MaskStyle } from "../model/answer.ts";

/** Every detector that a policy can name; the first two always look. */
export const DETECTORS: readonly string[] = [
  "aws-keys",
  "pem",
  "jwt",
  "connection-strings",
  "github",
  "slack",
  "stripe",
  "cards",
  "iban",
  "email",
  "national-ids",
];

/** From the one that tells the least to the one that tells the most: of two on one path the first counts. */
const STYLES: readonly MaskStyle[] = ["drop", "null", "fixed", "hash", "last4"];

/** What is wrong with an annotation, and the names that it may have meant. */
export interface TermsFault {
  readonly kind: "fault";
  readonly message: string;
  readonly name: string;
  readonly known: readonly string[];
}

// A member, with `[]` for each list it is in; `*` for every key of a map; below a text, a member of the JSON in it.
const STEP = String.raw`(?:[A-Za-z_][\w-]*|\*)(?:\[\])*`;
const MEMBERS = new RegExp(`^[A-Za-z_][\\w-]*(?:\\[\\])*(?:\\.${STEP})*$`);
const DATA = new RegExp(`^dynamodb:Table/[A-Za-z0-9_-]{3,255}(?:\\.${STEP})+$`);
const MOST_CHARACTERS = 512;

/** Reads `path` or `path=style`, separated by commas; without a style it is `fixed`. */
export function parseMasks(annotation: string): readonly MaskPath[] | TermsFault {
  return parseAll(annotation, (item) => {
    const [path = "", style = "fixed", ...rest] = item.split("=");
    const found = STYLES.find((each) => each === style);
    if (rest.length > 0 || found === undefined) {
      return { kind: "fault", message: `unknown mask style \`${style}\``, name: style, known: STYLES };
    }
    return parsePath(path, found);
  });
}

/** Reads paths alone: what is shown has no style. */
export function parseUnmasks(annotation: string): readonly MaskPath[] | TermsFault {
  return parseAll(annotation, (item) => parsePath(item, "fixed"));
}

export function parseDetectors(annotation: string): readonly string[] | TermsFault {
  return parseAll<string>(annotation, (item) =>
    DETECTORS.includes(item)
      ? item
      : { kind: "fault", message: `unknown detector \`${item}\``, name: item, known: DETECTORS },
  );
}

/** True for a path that names data of a table rather than members of one operation's answer. */
export function isDataPath(path: string): boolean {
  return path.includes(":");
}

export function isFault<Terms extends object>(terms: Terms | TermsFault): terms is TermsFault {
  return "kind" in terms && terms.kind === "fault";
}

type Annotations = Readonly<Record<string, string>>;

/**
 * Adds up over the permits of one call: masks and detectors are united, on one path the style that tells the least counts;
 * a member is shown only where every permit shows it and says why. `undefined` where no permit states anything.
 */
export function masksOf(permits: readonly Annotations[]): MaskObligations | undefined {
  const masks = permits.flatMap(({ mask }) => termsOf(mask, parseMasks));
  const detectors = permits.flatMap(({ detect }) => termsOf(detect, parseDetectors));
  const [first = [], ...rest] = permits.map(({ unmask, reason }) =>
    reason === undefined ? [] : termsOf(unmask, parseUnmasks),
  );
  const unmasks = first.filter(({ path }) => rest.every((others) => others.some((one) => one.path === path)));
  return uniteMasks([{ masks, unmasks, detectors }]);
}

/** Unites; what is shown is taken from the first alone. */
export function uniteMasks(all: readonly (MaskObligations | undefined)[]): MaskObligations | undefined {
  const masks = new Map<string, MaskPath>();
  for (const mask of all.flatMap((each) => each?.masks ?? [])) {
    const known = masks.get(mask.path);
    if (known === undefined || strictness(mask) < strictness(known)) masks.set(mask.path, mask);
  }
  const unmasks = new Map(all[0]?.unmasks.map((each) => [each.path, each]));
  const detectors = new Set(all.flatMap((each) => each?.detectors ?? []));
  if (masks.size + unmasks.size + detectors.size === 0) return undefined;
  return { masks: sorted(masks), unmasks: sorted(unmasks), detectors: [...detectors].sort() };
}

function strictness({ style }: MaskPath): number {
  return STYLES.indexOf(style);
}

function sorted(paths: ReadonlyMap<string, MaskPath>): readonly MaskPath[] {
  return [...paths.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** What does not parse hides nothing here: its permit is refused (obligations.ts). */
function termsOf<Term>(
  text: string | undefined,
  parse: (text: string) => readonly Term[] | TermsFault,
): readonly Term[] {
  if (text === undefined) return [];
  const terms = parse(text);
  return isFault(terms) ? [] : terms;
}

function parseAll<Term extends object | string>(
  annotation: string,
  parse: (item: string) => Term | TermsFault,
): readonly Term[] | TermsFault {
  const terms: Term[] = [];
  for (const item of annotation.split(",")) {
    const term = parse(item.replace(/^ /, ""));
    if (isTermFault(term)) return term;
    terms.push(term);
  }
  return terms;
}

function isTermFault(term: unknown): term is TermsFault {
  return typeof term === "object" && term !== null && isFault(term);
}

function parsePath(path: string, style: MaskStyle): MaskPath | TermsFault {
  if (path.length <= MOST_CHARACTERS && (isDataPath(path) ? DATA : MEMBERS).test(path))
    return { path, style };
  const message = isDataPath(path)
    ? `\`${path}\` names no data: write \`dynamodb:Table/Orders.card\``
    : `\`${path}\` is no member path: write \`SecretString\`, \`Parameters[].Value\` or \`Environment.Variables.*\``;
  return { kind: "fault", message, name: path, known: [] };
}
