// A leaf of an answer together with the place where it lies, so that writing touches that place and nothing else. The
// rest of the gateway sees only the AnswerLeaf of model/; every codec here extends Leaf by its own kind of place.

import type { AnswerLeaf, AnswerStep, Edit, LeafType } from "../../model/answer.ts";
import type { Member } from "../shapes.ts";

export const MAX_DEPTH = 64;

/** What lies around a value: how it is called, and what is true of everything inside it. */
export interface Frame {
  readonly path: readonly AnswerStep[];
  readonly sensitive: boolean;
  readonly known: boolean;
  readonly depth: number;
}

export const ROOT: Frame = { path: [], sensitive: false, known: true, depth: 0 };

/** The bytes (or headers) that hold leaves, and can write themselves with some of them changed. */
export interface Holder<T> {
  /** With these edits, each to a leaf of this holder. */
  write(edits: readonly Edit[]): T;
}

export interface LeafFacts {
  readonly type: LeafType;
  readonly text: string;
  readonly frame: Frame;
}

export class Leaf implements AnswerLeaf {
  readonly path: readonly AnswerStep[];
  readonly type: LeafType;
  readonly text: string;
  readonly sensitive: boolean;
  readonly known: boolean;
  readonly holder: Holder<unknown>;

  constructor(holder: Holder<unknown>, { type, text, frame }: LeafFacts) {
    this.holder = holder;
    this.type = type;
    this.text = text;
    this.path = frame.path;
    this.sensitive = frame.sensitive;
    this.known = frame.known;
  }
}

export function leafOf(edit: Edit): Leaf {
  if (edit.leaf instanceof Leaf) return edit.leaf;
  throw new Error("an edit names a leaf that no answer gave: pass the leaf itself, never a copy");
}

export function under(frame: Frame, step: AnswerStep, sensitive = false): Frame {
  return {
    path: [...frame.path, step],
    sensitive: frame.sensitive || sensitive,
    known: frame.known,
    depth: frame.depth + 1,
  };
}

export function memberFrame(frame: Frame, member: Member): Frame {
  return under(frame, { kind: "member", name: member.name }, member.sensitive);
}

export function unknownFrame(frame: Frame): Frame {
  return { ...frame, known: false };
}

/** A path for people: `Parameters[0].Value`. */
export function shownPath(path: readonly AnswerStep[]): string {
  let text = "";
  for (const step of path) {
    if (step.kind === "item") text += `[${step.index}]`;
    else text += `${text === "" ? "" : "."}${step.kind === "member" ? step.name : step.key}`;
  }
  return text === "" ? "the whole answer" : text;
}

/** Gathers what a reader finds. */
export class Findings {
  readonly leaves: Leaf[] = [];
  readonly unknown: string[] = [];

  noteUnknown(frame: Frame): void {
    if (frame.known) this.unknown.push(shownPath(frame.path));
  }
}

const NUMBER = /^-?(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|Infinity|NaN)$/;

export function isNumeric(text: string): boolean {
  return NUMBER.test(text) || text === "NaN";
}
