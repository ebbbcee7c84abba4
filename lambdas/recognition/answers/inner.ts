// JSON inside a string: many secrets are JSON objects in a text. Gives its leaves, whose paths go on from the text's
// own, and writes them back into the text, which then goes back to where it lay.

import type { AnswerLeaf, Edit } from "../../model/answer.ts";
import { Malformed } from "../malformed.ts";
import { JsonBody } from "./json.ts";
import { Findings, type Frame, type Holder, Leaf, leafOf } from "./leaf.ts";

const STARTS = /^\s*[[{]/;

/** The text of one leaf, read as JSON. */
class InnerText implements Holder<string> {
  readonly outer: Leaf;
  #body: JsonBody | undefined;

  constructor(outer: Leaf) {
    this.outer = outer;
  }

  read(frame: Frame): readonly Leaf[] {
    const found = new Findings();
    const body = new JsonBody(this.outer.text, { type: undefined, frame, error: false }, found);
    this.#body = body;
    inners.set(body, this);
    return found.leaves;
  }

  write(edits: readonly Edit[]): string {
    if (!this.#body) throw new Error("a text is written that was never read");
    return this.#body.write(edits);
  }
}

const inners = new WeakMap<Holder<unknown>, InnerText>();
/** One reading per text, so that edits by two who looked are written together. */
const read = new WeakMap<Leaf, readonly Leaf[]>();

/** The leaves of the JSON object or list that a string leaf holds; `undefined` when it holds none. */
export function innerLeaves(leaf: AnswerLeaf): readonly AnswerLeaf[] | undefined {
  if (!(leaf instanceof Leaf) || leaf.type !== "string" || !STARTS.test(leaf.text)) return undefined;
  const before = read.get(leaf);
  if (before) return before;
  const { path, sensitive, known } = leaf;
  try {
    const inner = new InnerText(leaf);
    const leaves = inner.read({ path, sensitive, known, depth: 0 });
    read.set(leaf, leaves);
    return leaves;
  } catch (cause) {
    if (cause instanceof Malformed) return undefined;
    throw cause;
  }
}

/** Edits of leaves inside texts become edits of those texts. An edit of the whole text wins over those inside it. */
export function outerEdits(edits: readonly Edit[]): readonly Edit[] {
  if (!edits.some((edit) => inners.has(leafOf(edit).holder))) return edits;
  const outer: Edit[] = [];
  const byText = new Map<InnerText, Edit[]>();
  for (const edit of edits) {
    const inner = inners.get(leafOf(edit).holder);
    if (!inner) outer.push(edit);
    else byText.set(inner, [...(byText.get(inner) ?? []), edit]);
  }
  const whole = new Set(outer.map(({ leaf }) => leaf));
  const texts = [...byText].flatMap(([inner, own]): Edit[] =>
    whole.has(inner.outer) ? [] : [{ kind: "replace", leaf: inner.outer, text: inner.write(own) }],
  );
  return outerEdits([...outer, ...texts]);
}
