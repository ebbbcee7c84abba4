// Makes leaves of a plain tree, as recognition would, and masks them.

import { type MaskQuestion, maskAnswer } from "../../lambdas/masking/mask-answer.ts";
import type { AnswerLeaf, AnswerStep, Edit, MaskObligations, MaskStyle } from "../../lambdas/model/answer.ts";

export const CANARY = "canary-5f1e7c";
export const ANY_CALL = { service: "any", operation: "Get", parameters: {} };

export function leaf(path: string, text: string, more: Partial<AnswerLeaf> = {}): AnswerLeaf {
  return { path: stepsOf(path), type: "string", text, sensitive: false, known: true, ...more };
}

/** `Items[0].{card}.S`: members, items, and map keys in braces; `{card}!` at the end is the key itself. */
export function stepsOf(path: string): readonly AnswerStep[] {
  return (path.match(/\[\d+\]|\{[^}]*\}!?|[^.[\]{}]+/g) ?? []).map((part): AnswerStep => {
    if (part.startsWith("[")) return { kind: "item", index: Number(part.slice(1, -1)) };
    if (part.endsWith("!")) return { kind: "key", key: part.slice(1, -2) };
    if (part.startsWith("{")) return { kind: "value", key: part.slice(1, -1) };
    return { kind: "member", name: part };
  });
}

/** The leaves' texts after the edits. */
export function edited(leaves: readonly AnswerLeaf[], edits: readonly Edit[]): (string | undefined)[] {
  return leaves.map((one) => {
    const edit = edits.find((each) => each.leaf === one);
    if (edit === undefined) return one.text;
    return edit.kind === "replace" ? edit.text : undefined;
  });
}

export function obligations(
  masks: Record<string, MaskStyle>,
  unmasks: readonly string[] = [],
): MaskObligations {
  return {
    masks: Object.entries(masks).map(([path, style]) => ({ path, style })),
    unmasks: unmasks.map((path) => ({ path, style: "fixed" as const })),
    detectors: [],
  };
}

export function mask(leaves: readonly AnswerLeaf[], more: Partial<MaskQuestion> = {}) {
  const answer = maskAnswer({ leaves, call: ANY_CALL, obligations: undefined, ...more });
  return { ...answer, texts: edited(leaves, answer.edits) };
}
