// Matches all paths of a call at once with the place of a leaf, step by step: what the paths have matched so far is a
// state, and states that were met before are kept. An answer's leaves share few of them, so a leaf costs one look-up a
// step. Matching is as generous as mask-paths.ts says. Keys of maps may be secrets: they are compared, never kept.

import type { AnswerStep } from "../model/answer.ts";
import { type Segment, segmentsTaken } from "./mask-paths.ts";

export interface Pattern {
  readonly segments: readonly Segment[];
  /** May begin at any member, not only at the answer's root. */
  readonly anywhere: boolean;
  /** Names one place in full: list marks count and nothing below it is named. */
  readonly exact: boolean;
}

/** What the patterns, by their numbers, say of one place. */
interface Matches {
  /** They name this place or, unless they are exact, one above it. */
  readonly whole: readonly number[];
  /** They go on inside this text, which may be JSON. */
  readonly inside: readonly { readonly pattern: number; readonly rest: readonly Segment[] }[];
}

/** A pattern of which the first segments are matched. */
interface Live {
  readonly pattern: number;
  readonly at: number;
}

interface State<V> {
  readonly live: readonly Live[];
  /** Patterns that end at or above this place. */
  readonly done: readonly number[];
  /** No step leads out of it. */
  readonly isFinal: boolean;
  readonly members: Map<string, State<V>>;
  item: State<V> | undefined;
  key: State<V> | undefined;
  /** Where names lead that no pattern has. */
  other: State<V> | undefined;
  verdict: V | undefined;
}

const MOST_STATES = 2_048;
const MOST_MEMBERS = 256; // of one state: answers with unknown members must not fill the memory
const LONGEST_MEMBER = 128;

/** The states of these patterns, made when an answer first leads to them. */
export class PathStates<V> {
  readonly #patterns: readonly Pattern[];
  readonly #judge: (matches: Matches) => V;
  readonly #states = new Map<string, State<V>>();
  /** May begin at each step. */
  readonly #again: readonly Live[];
  readonly #root: State<V>;

  /** @param judge makes what is to be known of a place; asked once for all places that the patterns do not tell apart */
  constructor(patterns: readonly Pattern[], judge: (matches: Matches) => V) {
    this.#patterns = patterns;
    this.#judge = judge;
    const atStart = patterns.map((_, pattern): Live => ({ pattern, at: 0 }));
    this.#again = atStart.filter(({ pattern }) => this.#pattern(pattern).anywhere);
    this.#root = this.#state(atStart, []);
  }

  verdict(path: readonly AnswerStep[]): V {
    let state = this.#root;
    for (const step of path) {
      if (state.isFinal) break;
      state = this.#next(state, step);
    }
    state.verdict ??= this.#judge(this.#matches(state));
    return state.verdict;
  }

  #next(state: State<V>, step: AnswerStep): State<V> {
    switch (step.kind) {
      case "member":
        return this.#afterMember(state, step.name);
      case "value":
        return this.#afterName(state, step.key);
      case "item":
        state.item ??= this.#afterItem(state);
        return state.item;
      case "key":
        state.key ??= this.#state([], state.done);
        return state.key;
    }
  }

  #afterItem(state: State<V>): State<V> {
    const live = state.live.flatMap(({ pattern, at }): readonly Live[] => {
      const { segments, exact } = this.#pattern(pattern);
      if (segments[at]?.kind === "items") return [{ pattern, at: at + 1 }];
      return exact ? [] : [{ pattern, at }];
    });
    return this.#after(state, live);
  }

  #afterMember(state: State<V>, name: string): State<V> {
    const known = state.members.get(name);
    if (known !== undefined) return known;
    const next = this.#afterName(state, name);
    if (state.members.size < MOST_MEMBERS && name.length <= LONGEST_MEMBER) state.members.set(name, next);
    return next;
  }

  #afterName(state: State<V>, name: string): State<V> {
    const live: Live[] = [];
    for (const { pattern, at } of state.live) {
      for (const count of segmentsTaken(this.#pattern(pattern).segments, at, name)) {
        live.push({ pattern, at: at + count });
      }
    }
    if (live.length > 0) return this.#after(state, live);
    state.other ??= this.#after(state, []);
    return state.other;
  }

  /** The state after these patterns have gone on; those that are through go to `done`. */
  #after(from: State<V>, live: readonly Live[]): State<V> {
    const ended = live.filter((one) => this.#isThrough(one)).map(({ pattern }) => pattern);
    const done = [...new Set([...from.done, ...ended])].sort((one, other) => one - other);
    const goesOn = [...live, ...this.#again].filter(({ pattern }) => !done.includes(pattern));
    const unique = goesOn.filter((one, index) => goesOn.findIndex((other) => isSame(one, other)) === index);
    return this.#state(
      unique.sort((one, other) => one.pattern - other.pattern || one.at - other.at),
      done,
    );
  }

  #state(live: readonly Live[], done: readonly number[]): State<V> {
    const signature = `${live.map(({ pattern, at }) => `${pattern}:${at}`).join()}|${done.join()}`;
    const known = this.#states.get(signature);
    if (known !== undefined) return known;
    const members = new Map<string, State<V>>();
    const none = { item: undefined, key: undefined, other: undefined, verdict: undefined };
    const made: State<V> = { live, done, isFinal: live.length === 0, members, ...none };
    if (this.#states.size < MOST_STATES) this.#states.set(signature, made);
    return made;
  }

  #matches({ live, done }: State<V>): Matches {
    const exactly = live.filter(({ pattern, at }) => {
      const { segments, exact } = this.#pattern(pattern);
      return exact && at === segments.length;
    });
    const inside = live.flatMap(({ pattern, at }) => {
      const { segments, exact, anywhere } = this.#pattern(pattern);
      const waits = anywhere && at === 0;
      return exact || waits ? [] : [{ pattern, rest: segments.slice(at) }];
    });
    return { whole: [...done, ...exactly.map(({ pattern }) => pattern)], inside };
  }

  #isThrough({ pattern, at }: Live): boolean {
    const { segments, exact } = this.#pattern(pattern);
    return !exact && at === segments.length;
  }

  #pattern(number: number): Pattern {
    return this.#patterns[number] ?? NO_PATTERN;
  }
}

const NO_PATTERN: Pattern = { segments: [], anywhere: false, exact: false };

function isSame(one: Live, other: Live): boolean {
  return one.pattern === other.pattern && one.at === other.at;
}
