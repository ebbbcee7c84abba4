// Says of each leaf what is due: hidden whole, hidden inside, or shown by name. The union of what the models mark, what is
// curated and what policies ask; `@unmask` lifts it for the members that it names exactly and for no others.

import type { AnswerLeaf, AnswerStep, MaskObligations, MaskStyle } from "../model/answer.ts";
import { CURATED, SHOWN, type ShownMember } from "./curated.ts";
import { createDataMatcher, type DataMask, holdsData } from "./data-masks.ts";
import type { MaskQuestion } from "./mask-answer.ts";
import { canName, type MemberMask, parseMask, placeOf, type Segment } from "./mask-paths.ts";
import { PathStates, type Pattern } from "./path-states.ts";

export interface InsideMask {
  readonly segments: readonly Segment[];
  readonly style: MaskStyle;
}

export interface LeafRule {
  readonly whole: boolean;
  readonly style: MaskStyle;
  /** Masks that go on inside the leaf's text. */
  readonly inside: readonly InsideMask[];
  /** `@unmask` paths that go on inside it, where the rest of it is hidden. */
  readonly shownInside: readonly { readonly segments: readonly Segment[]; readonly text: string }[];
  /** The `@unmask` path that shows what would be hidden, or that keeps detectors away. */
  readonly shownBy?: string;
}

export interface LeafRules {
  /** True when policies name members of this answer, whether it holds them or not. */
  readonly demands: boolean;
  readonly of: (leaf: AnswerLeaf) => LeafRule;
}

interface Styled<M> {
  readonly mask: M;
  readonly style: MaskStyle;
  readonly text: string;
}

export interface ReadMasks {
  readonly kind: "read";
  readonly members: readonly Styled<MemberMask>[];
  readonly data: readonly Styled<DataMask>[];
  readonly unmasks: readonly Styled<MemberMask>[];
  readonly unmaskTexts: readonly string[];
}

/** From the one that leaves least to the one that leaves most. */
const STRICTEST: readonly MaskStyle[] = ["drop", "null", "fixed", "hash", "last4"];
const curatedByService: ReadonlyMap<string, readonly MemberMask[]> = new Map(
  [...Map.groupBy(CURATED, ({ service }) => service)].map(([service, entries]) => [
    service,
    entries.flatMap(({ paths }) => paths.flatMap(memberMask)),
  ]),
);

/** Reads the paths of policies. A mask that is no path makes none of them count. */
export function readMasks(
  obligations: MaskObligations | undefined,
): ReadMasks | { readonly kind: "unreadable"; readonly path: string } {
  const members: Styled<MemberMask>[] = [];
  const data: Styled<DataMask>[] = [];
  for (const { path, style } of obligations?.masks ?? []) {
    const mask = parseMask(path);
    if (mask === undefined) return { kind: "unreadable", path };
    if (mask.kind === "data") data.push({ mask, style, text: path });
    else members.push({ mask, style, text: path });
  }
  const unmasks = (obligations?.unmasks ?? []).flatMap(({ path, style }) =>
    memberMask(path).map((mask) => ({ mask, style, text: path })),
  );
  return { kind: "read", members, data, unmasks, unmaskTexts: unmasks.map(({ text }) => text) };
}

/** What the names above a leaf say of it, whatever the answer holds. */
interface Verdict {
  readonly styles: readonly MaskStyle[];
  readonly shownInside: LeafRule["shownInside"];
  /** For a member that the model marks, and for one that it does not. */
  readonly marked: LeafRule;
  readonly plain: LeafRule;
}

type Verdicts = PathStates<Verdict>;

const MOST_KEPT = 64; // of what is made once for an operation's masks and used for its next answers
const kept = new Map<string, Verdicts>();

export function createLeafRules(
  masks: ReadMasks,
  call: MaskQuestion["call"],
  leaves: readonly AnswerLeaf[],
): LeafRules {
  const services = [...new Set([call, ...(call.candidates ?? [])].map(({ service }) => service))];
  const verdicts = verdictsFor(masks, services);
  const data = holdsData(call) ? masks.data : [];
  const isData = createDataMatcher(call);
  const isShown = shownMembers(services, leaves);

  function of(leaf: AnswerLeaf): LeafRule {
    const verdict = verdicts.verdict(leaf.path);
    const rule = leaf.sensitive && !isShown(leaf) ? verdict.marked : verdict.plain;
    if (data.length === 0) return rule;
    const dataStyles = stylesOf(isData(leaf.path, data));
    if (dataStyles.length === 0) return rule;
    // A mask of data is not lifted by the name of a member: it protects the attribute wherever it is shown.
    const { shownInside } = verdict;
    return {
      whole: true,
      style: strictest([...dataStyles, ...verdict.styles]),
      inside: rule.inside,
      shownInside,
    };
  }

  return { demands: masks.members.length + data.length > 0, of };
}

/** Keeps what it makes: policies are few, and calls many. The key names all that it is made of. */
function verdictsFor({ members, unmasks }: ReadMasks, services: readonly string[]): Verdicts {
  const words = (list: readonly Styled<MemberMask>[]) => list.map(({ style, text }) => [style, text]);
  const key = JSON.stringify([services, words(members), words(unmasks)]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = verdictsOf(members, unmasks, services);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, made);
  return made;
}

function verdictsOf(
  members: readonly Styled<MemberMask>[],
  unmasks: readonly Styled<MemberMask>[],
  services: readonly string[],
): Verdicts {
  const curated = services.flatMap((service) => curatedByService.get(service) ?? []);
  const nameable = unmasks.filter(({ mask }) => canName(mask));
  const patterns: Pattern[] = [
    ...members.map(({ mask }) => ({ ...mask, exact: false })),
    ...curated.map((mask) => ({ ...mask, exact: false })),
    ...nameable.map(({ mask }) => ({ ...mask, exact: true })),
    ...unmasks.map(({ mask }) => ({ ...mask, exact: false })),
  ];
  const curatedAt = members.length;
  const exactAt = curatedAt + curated.length;
  const unmasksAt = exactAt + nameable.length;
  return new PathStates(patterns, ({ whole, inside }): Verdict => {
    const styles = stylesOf(whole.flatMap((number) => members[number] ?? []));
    const isCurated = whole.some((number) => number >= curatedAt && number < exactAt);
    const exact = whole.find((number) => number >= exactAt && number < unmasksAt);
    const shownBy = exact === undefined ? undefined : nameable[exact - exactAt]?.text;
    const masksInside = inside.flatMap(({ pattern, rest }): readonly InsideMask[] => {
      const style = members[pattern]?.style;
      return style === undefined ? [] : [{ segments: rest, style }];
    });
    const shownInside = inside.flatMap(({ pattern, rest }) => {
      const text = unmasks[pattern - unmasksAt]?.text;
      return text === undefined ? [] : [{ segments: rest, text }];
    });
    const rule = { style: strictest(styles), inside: masksInside };
    if (shownBy !== undefined) {
      const shown: LeafRule = { ...rule, whole: false, shownInside: [], shownBy };
      return { styles, shownInside, marked: shown, plain: shown };
    }
    const marked: LeafRule = { ...rule, whole: true, shownInside };
    const isWhole = styles.length > 0 || isCurated;
    return {
      styles,
      shownInside,
      marked,
      plain: isWhole
        ? marked
        : { ...rule, whole: false, shownInside: masksInside.length > 0 ? shownInside : [] },
    };
  });
}

function strictest(styles: readonly MaskStyle[]): MaskStyle {
  return STRICTEST.find((each) => styles.includes(each)) ?? "fixed";
}

function stylesOf(masks: readonly { readonly style: MaskStyle }[]): readonly MaskStyle[] {
  return masks.map(({ style }) => style);
}

/** Members that the model marks and that a sibling member declares to be no secret. */
function shownMembers(
  services: readonly string[],
  leaves: readonly AnswerLeaf[],
): (leaf: AnswerLeaf) => boolean {
  const entries = SHOWN.filter(({ service }) => services.every((each) => each === service));
  const siblings = new Set(entries.map(({ sibling }) => sibling));
  let texts: ReadonlyMap<string, string> | undefined;
  return ({ path }) => {
    const entry = entries.find((each) => placeOf(path) === each.path);
    if (entry === undefined) return false;
    texts ??= new Map(
      leaves
        .filter((leaf) => siblings.has(memberName(leaf.path.at(-1))))
        .map((leaf) => [keyOf(leaf.path), leaf.text]),
    );
    return says(entry, path, texts);
  };
}

function memberName(step: AnswerStep | undefined): string {
  return step?.kind === "member" ? step.name : "";
}

function says(
  { sibling, values }: ShownMember,
  path: readonly AnswerStep[],
  texts: ReadonlyMap<string, string>,
) {
  const text = texts.get(keyOf([...path.slice(0, -1), { kind: "member", name: sibling }]));
  return text !== undefined && values.includes(text);
}

function keyOf(path: readonly AnswerStep[]): string {
  return JSON.stringify(path);
}

function memberMask(path: string): readonly MemberMask[] {
  const mask = parseMask(path);
  return mask?.kind === "members" ? [mask] : [];
}
