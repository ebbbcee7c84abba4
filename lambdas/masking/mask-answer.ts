// Decides what of an answer is hidden: what the models mark, what is known to hold secrets, what policies name, and what
// detectors find in the rest. Trusts the leaves' names and types; every value is hostile. What has to be hidden and cannot
// be, because the answer holds members that nobody knows, is withheld. Writing the edits back is recognition/'s.

import type { AnswerLeaf, Edit, MaskObligations } from "../model/answer.ts";
import type { AwsCall } from "../model/aws-call.ts";
import { detectorsNamed } from "./detectors/catalogue.ts";
import type { Detector } from "./detectors/detector.ts";
import { type EditContext, editOf, isEmptyType, textEdit } from "./edits.ts";
import { type Detected, detectBeside, detectIn } from "./leaf-detection.ts";
import { createLeafRules, type LeafRule, type LeafRules, readMasks } from "./leaf-rules.ts";
import { maskInside } from "./mask-inside.ts";
import { placeOf } from "./mask-paths.ts";

export interface MaskQuestion {
  readonly leaves: readonly AnswerLeaf[];
  readonly call: Pick<AwsCall, "service" | "operation" | "parameters"> & Partial<Pick<AwsCall, "candidates">>;
  readonly obligations: MaskObligations | undefined;
  /** Of the deployment: makes values joinable in style `hash`. Without it that style is `fixed`. */
  readonly hashKey?: Uint8Array;
  /** True where the model marks any output member of this operation, whether this answer holds it or not. */
  readonly marked?: boolean;
  /** The deployment's own detectors. */
  readonly custom?: readonly Detector[];
}

interface AnswerMasks {
  /** By member path without indexes and without the keys of maps. */
  readonly paths: Readonly<Record<string, number>>;
  readonly detectors: Readonly<Record<string, number>>;
  /** Paths of `@unmask` that showed something which would have been hidden. */
  readonly unmasked: readonly string[];
  readonly unknown: readonly string[];
}

export interface MaskedAnswer {
  readonly edits: readonly Edit[];
  readonly masks: AnswerMasks;
  /** Set when the answer must not be given at all: a public sentence that says why. */
  readonly withheld?: string;
}

const MOST_UNKNOWN = 32; // names in a record; the rest is counted by nobody
const LONGEST_PLACE = 200;

export function maskAnswer(question: MaskQuestion): MaskedAnswer {
  const { obligations, custom = [], call } = question;
  const masks = readMasks(obligations);
  if (masks.kind === "unreadable") {
    return withheld(`the mask \`${masks.path}\` of the policy cannot be read: correct it`);
  }
  const looking = detectorsNamed(obligations?.detectors ?? [], custom);
  if (looking.kind === "unknown") {
    return withheld(`the detector \`${looking.name}\` of the policy does not exist: correct its name`);
  }
  const rules = createLeafRules(masks, call, question.leaves);
  return maskLeaves(question, rules, looking.detectors, createTally(masks.unmaskTexts));
}

/** What was hidden, as it is counted up. */
function createTally(unmaskTexts: readonly string[]) {
  const [paths, detected] = [new Map<string, number>(), new Map<string, number>()];
  const [unmasked, unknown] = [new Set<string>(), new Set<string>()];
  return {
    paths,
    detected,
    unmasked,
    unknown,
    masks: (): AnswerMasks => ({
      paths: Object.fromEntries(paths),
      detectors: Object.fromEntries(detected),
      unmasked: unmaskTexts.filter((text) => unmasked.has(text)),
      unknown: [...unknown],
    }),
  };
}

type Tally = ReturnType<typeof createTally>;

function maskLeaves(
  question: MaskQuestion,
  rules: LeafRules,
  detectors: readonly Detector[],
  tally: Tally,
): MaskedAnswer {
  const edits: Edit[] = [];
  const { hide, look } = createHider(question, detectors, tally, edits);
  let isDue = question.marked === true || rules.demands;
  for (const [at, leaf] of question.leaves.entries()) {
    if (isEmptyType(leaf, question.call)) continue;
    const rule = rules.of(leaf);
    if (rule.shownBy !== undefined) tally.unmasked.add(rule.shownBy);
    isDue ||= rule.whole || rule.shownBy !== undefined;
    if (rule.whole || rule.inside.length > 0) hide(leaf, rule);
    else if (rule.shownBy === undefined) look(leaf, leaf.text, detectBeside(question.leaves, at, detectors));
    noteUnknown(leaf, rule, tally);
  }
  return isDue && tally.unknown.size > 0 ? withheldFor([...tally.unknown]) : { edits, masks: tally.masks() };
}

function noteUnknown(leaf: AnswerLeaf, { whole }: LeafRule, { unknown }: Tally): void {
  if (!leaf.known && !whole && unknown.size < MOST_UNKNOWN) unknown.add(place(leaf));
}

function createHider(
  { call, hashKey }: MaskQuestion,
  detectors: readonly Detector[],
  tally: Tally,
  edits: Edit[],
) {
  const context: EditContext = { hashKey, keys: { masked: 0 }, call };

  function hide(leaf: AnswerLeaf, rule: LeafRule): void {
    const inside = maskInside(leaf, rule, hashKey);
    if (inside !== undefined) {
      for (const name of inside.places)
        count(tally.paths, `${place(leaf)}${name.startsWith("[") ? "" : "."}${name}`);
      for (const path of inside.unmasked) tally.unmasked.add(path);
      look(leaf, inside.text);
      return;
    }
    const edit = editOf(leaf, rule.style, context);
    if (edit === undefined) return;
    edits.push(edit);
    count(tally.paths, place(leaf));
  }

  /** Detectors look at what is left of the leaf's text, unless they know it `already`. */
  function look(leaf: AnswerLeaf, text: string, already?: Detected): void {
    const found = already ?? detectIn(leaf, text, detectors);
    for (const [name, times] of found?.found ?? []) count(tally.detected, name, times);
    const left = found?.text ?? text;
    if (left !== leaf.text) edits.push(textEdit(leaf, left, context));
  }

  return { hide, look };
}

function withheldFor(unknown: readonly string[]): MaskedAnswer {
  const names = unknown.slice(0, 3).join("`, `");
  return withheld(
    `the answer holds members that are not known (\`${names}\`) where others have to be hidden: update the models`,
    unknown,
  );
}

function place({ path }: AnswerLeaf): string {
  return placeOf(path).slice(0, LONGEST_PLACE);
}

function count(counts: Map<string, number>, name: string, times = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

function withheld(reason: string, unknown: readonly string[] = []): MaskedAnswer {
  return { edits: [], masks: { paths: {}, detectors: {}, unmasked: [], unknown }, withheld: reason };
}
