// Says of each leaf what is due: hidden whole, hidden inside, or shown by name. The union of what the models mark, what is
// curated and what policies ask; `@unmask` lifts it for the members that it names exactly and for no others.

import type { AnswerLeaf, AnswerStep, MaskObligations, MaskStyle } from "../model/answer.ts";
import { CURATED, SHOWN, type ShownMember } from "./curated.ts";
import { type DataMask, holdsData, matchesData } from "./data-masks.ts";
import type { MaskQuestion } from "./mask-answer.ts";
import { type MemberMask, matchMask, namesExactly, parseMask, placeOf, type Segment } from "./mask-paths.ts";

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

export function createLeafRules(
  masks: ReadMasks,
  call: MaskQuestion["call"],
  leaves: readonly AnswerLeaf[],
): LeafRules {
  const services = [call, ...(call.candidates ?? [])].map(({ service }) => service);
  const curated = [...new Set(services)].flatMap((service) => curatedByService.get(service) ?? []);
  const data = holdsData(call) ? masks.data : [];
  const isShown = shownMembers(services, leaves);
  const isDefault = (leaf: AnswerLeaf) =>
    (leaf.sensitive && !isShown(leaf)) ||
    curated.some((mask) => matchMask(mask, leaf.path)?.kind === "whole");

  function of(leaf: AnswerLeaf): LeafRule {
    const dataStyles = stylesOf(data.filter(({ mask }) => matchesData(mask, leaf.path, call)));
    const matches = masks.members.map(({ mask, style }) => ({ style, match: matchMask(mask, leaf.path) }));
    const styles = [...dataStyles, ...stylesOf(matches.filter(({ match }) => match?.kind === "whole"))];
    const inside = matches.flatMap(({ match, style }) =>
      match?.kind === "inside" ? [{ segments: match.rest, style }] : [],
    );
    const style = STRICTEST.find((each) => styles.includes(each)) ?? "fixed";
    // A mask of data is not lifted by the name of a member: it protects the attribute wherever it is shown.
    const shownBy = dataStyles.length > 0 ? undefined : shownByOf(leaf);
    if (shownBy !== undefined) return { whole: false, style, inside, shownInside: [], shownBy };
    const whole = styles.length > 0 || isDefault(leaf);
    return { whole, style, inside, shownInside: whole ? shownInside(leaf.path) : [] };
  }

  function shownByOf({ path }: AnswerLeaf): string | undefined {
    return masks.unmasks.find(({ mask }) => namesExactly(mask, path))?.text;
  }

  function shownInside(path: readonly AnswerStep[]): LeafRule["shownInside"] {
    return masks.unmasks.flatMap(({ mask, text }) => {
      const match = matchMask(mask, path);
      return match?.kind === "inside" ? [{ segments: match.rest, text }] : [];
    });
  }

  return { demands: masks.members.length + data.length > 0, of };
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
  if (entries.length === 0) return () => false;
  const texts = new Map(leaves.map(({ path, text }) => [keyOf(path), text]));
  return ({ path }) => entries.some((entry) => placeOf(path) === entry.path && says(entry, path, texts));
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
