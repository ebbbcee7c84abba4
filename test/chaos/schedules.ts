// Random schedules by seed: one to three calls of several kinds, with one to three faults among them. The same seed gives
// the same schedule; what the faults hit beyond that is the order in which the calls' acts come.

import type { Scene } from "../e2e/kill-scene.ts";
import type { ActFault, Fault, UpstreamFault } from "./faults.ts";

export const KINDS = ["read", "write", "denied", "attended", "stored", "rejected"] as const;
export type Kind = (typeof KINDS)[number];

/** Where a fault of an act may be: what the fault-free play of the kind did. */
export type Places = Readonly<Record<Kind, readonly Pick<Fault & { kind: "act" }, "work" | "act" | "nth">[]>>;

export interface PlannedCall {
  readonly kind: Kind;
  readonly scene: Omit<Scene, "kill">;
  readonly faults: readonly Fault[];
}

const TERMS = { otherwise: "reject", withinSeconds: 3_600 } as const;

export function sceneOf(kind: Kind): Omit<Scene, "kill"> {
  const base = { terms: { ...TERMS, run: "attended" }, choice: "none", callerStays: true } as const;
  switch (kind) {
    case "read":
      return { ...base, decision: "permit", operation: "GetItem" };
    case "write":
      return { ...base, decision: "permit" };
    case "denied":
      return { ...base, decision: "deny" };
    case "attended":
      return { ...base, choice: "approve" };
    case "stored":
      return { ...base, choice: "approve", terms: { ...TERMS, run: "stored" } };
    case "rejected":
      return { ...base, choice: "reject" };
  }
}

export function scheduleOf(seed: number, places: Places): readonly PlannedCall[] {
  const random = randomOf(seed);
  const calls = Array.from({ length: 1 + below(3, random) }, () => ({
    kind: anyOf(KINDS, random),
    deliveries: random() < 0.2 ? 2 : 1,
    callerStays: random() < 0.8,
    faults: [] as Fault[],
  }));
  const count = 1 + below(3, random);
  for (let each = 0; each < count; each += 1) {
    const call = anyOf(calls, random);
    call.faults.push(faultOf(call.kind, places, random));
  }
  return calls.map(({ kind, faults, ...changes }) => ({
    kind,
    faults,
    scene: { ...sceneOf(kind), ...changes },
  }));
}

const UPSTREAM: readonly UpstreamFault[] = ["not_sent", "reset", "cut", "throttled", "500", "slow"];
const STEPS_MS = [-600_000, -240_000, 240_000, 600_000] as const;
const MOST_NTH = 2; // of an act's name: later ones depend on who wrote first

function faultOf(kind: Kind, places: Places, random: () => number): Fault {
  const dice = random();
  if (dice < 0.15 && kind !== "denied" && kind !== "rejected") {
    return { kind: "upstream", nth: 1 + below(2, random), how: anyOf(UPSTREAM, random) };
  }
  if (dice < 0.22)
    return { kind: "clock", work: "call", nth: 1 + below(2, random), ms: anyOf(STEPS_MS, random) };
  if (dice < 0.28) {
    const act = anyOf(["read SESSION", "write OUTCOME", "read inbox"], random);
    return { kind: "act", work: "reconcile", act, nth: 1, how: anyOf(["fails", "killed after"], random) };
  }
  const place = anyOf(
    places[kind].filter(({ nth }) => nth <= MOST_NTH),
    random,
  );
  return { kind: "act", ...place, how: anyOf(howsOf(place.act), random) };
}

/** What can happen to an act: AWS is not asked twice by anybody but ourselves, and a send never throws. */
function howsOf(act: string): readonly ActFault[] {
  if (act === "send to aws" || act === "wait") return ["killed before", "killed after"];
  const all = ["fails", "slow", "killed before", "killed after"] as const;
  return act.startsWith("write ") ? [...all, "fails late", "twice"] : all;
}

function below(end: number, random: () => number): number {
  return Math.floor(random() * end);
}

function anyOf<T>(list: readonly T[], random: () => number): T {
  const one = list[below(list.length, random)];
  if (one === undefined) throw new Error("nothing to choose from");
  return one;
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
