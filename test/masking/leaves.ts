// Makes leaves of a plain tree, as recognition would: structures are members, `map()` marks a map.

import type { AnswerLeaf, AnswerStep, Edit } from "../../lambdas/model/answer.ts";

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
