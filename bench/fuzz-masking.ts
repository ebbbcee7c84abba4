// Masks random documents and counts those that still show a canary or that change what is not to be hidden.

import { maskAnswer } from "../lambdas/masking/mask-answer.ts";
import type { AnswerLeaf, AnswerStep } from "../lambdas/model/answer.ts";
import { type Random, randomOf } from "./fuzz/mutate.ts";

const DOCUMENTS = 200_000;
const CANARY = "canary-5f1e7c";
const NAMES = [
  "Secret",
  "Items",
  "Value",
  "a.b",
  "\u0000",
  "\ud800",
  "__proto__",
  "[masked:countersign]",
  "",
];
const TEXTS = ["", "x", '{"a":1.50}', "[", "\u2028", "-----", "AKIA", "eyJ", "@", "://", "null"];
const CALL = { service: "any", operation: "Get", parameters: {} };
const OBLIGATIONS = {
  masks: [{ path: "Hidden.inner", style: "fixed" as const }],
  unmasks: [],
  detectors: [],
};

/** @returns how many documents were masked wrongly */
export function fuzzMasking(seed: number, documents = DOCUMENTS): number {
  let wrong = 0;
  for (let index = 0; index < documents; index++) {
    if (!isMaskedWell(documentOf(randomOf(seed, "masking", index)))) wrong++;
  }
  console.log(`${documents} documents masked, ${wrong} wrongly`);
  return wrong;
}

function isMaskedWell(leaves: readonly AnswerLeaf[]): boolean {
  const { edits } = maskAnswer({ leaves, call: CALL, obligations: OBLIGATIONS });
  const byLeaf = new Map(edits.map((edit) => [edit.leaf, edit]));
  return leaves.every((leaf) => {
    const edit = byLeaf.get(leaf);
    const text = edit?.kind === "replace" ? edit.text : edit === undefined ? leaf.text : "";
    return leaf.text.includes(CANARY) ? !text.includes(CANARY) : text === leaf.text;
  });
}

function documentOf(random: Random): readonly AnswerLeaf[] {
  return Array.from({ length: 1 + random(12) }, (): AnswerLeaf => {
    const text = Array.from({ length: random(4) }, () => TEXTS[random(TEXTS.length)] ?? "").join("");
    // An answer's root is a structure: every place begins with a member.
    const root: AnswerStep = { kind: "member", name: NAMES[random(NAMES.length)] ?? "" };
    const path = [root, ...Array.from({ length: random(5) }, () => stepOf(random))];
    const leaf = { path, type: "string" as const, text, sensitive: false, known: true };
    const kind = random(4);
    if (kind === 0) return { ...leaf, text: `${text}${CANARY}`, sensitive: true };
    if (kind > 1) return leaf;
    const inner = JSON.stringify({ other: text, inner: `${CANARY}${text}` });
    return { ...leaf, path: [{ kind: "member", name: "Hidden" }], text: inner };
  });
}

function stepOf(random: Random): AnswerStep {
  const name = NAMES[random(NAMES.length)] ?? "";
  const kind = random(3);
  if (kind === 0) return { kind: "item", index: random(9) };
  return kind === 1 ? { kind: "member", name } : { kind: "value", key: name };
}
