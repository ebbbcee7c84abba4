// Approvals as policies ask for them: reads `@approve("group=... quorum=2 within=1h otherwise=queue run=stored")` and adds
// several up to one demand. Decides how strict the sum is, never whether anybody has approved. Trusts nothing in the text.

import type { ApprovalDemand } from "../model/decision.ts";

/** What one permit asks for; what it leaves out has its default here already. */
export interface ApprovalTerms {
  readonly group: string;
  readonly quorum: number;
  readonly withinSeconds: number;
  readonly otherwise: ApprovalDemand["otherwise"];
  readonly run: ApprovalDemand["run"];
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };
const LONGEST_SECONDS = 7 * 86_400; // A call that waited for longer is about another world.

const OPTIONS: ReadonlyMap<string, RegExp> = new Map([
  ["group", /^[A-Za-z][\w-]{0,63}$/], // As lib/config-approvals.ts takes it.
  ["quorum", /^[1-9]$/],
  ["within", /^[1-9]\d{0,3}[mhd]$/],
  ["otherwise", /^(reject|queue)$/],
  ["run", /^(attended|stored)$/],
]);

/** Returns the terms, or `undefined` when the annotation has not its form, states an option twice, or names no group. */
export function parseApproval(annotation: string): ApprovalTerms | undefined {
  const options = new Map<string, string>();
  for (const word of annotation.split(" ")) {
    const [name = "", value = "", ...rest] = word.split("=");
    if (rest.length > 0 || options.has(name) || OPTIONS.get(name)?.test(value) !== true) return undefined;
    options.set(name, value);
  }
  const group = options.get("group");
  const withinSeconds = secondsOf(options.get("within") ?? "1h");
  if (group === undefined || withinSeconds > LONGEST_SECONDS) return undefined;
  return {
    group,
    quorum: Number(options.get("quorum") ?? 1),
    withinSeconds,
    otherwise: options.get("otherwise") === "queue" ? "queue" : "reject",
    run: options.get("run") === "stored" ? "stored" : "attended",
  };
}

/** Adds up: every group, the largest quorum, the shortest time, reject over queue, attended over stored. */
export function demandOf(terms: readonly ApprovalTerms[]): ApprovalDemand | null {
  const [group, ...groups] = [...new Set(terms.map((each) => each.group))].sort();
  if (group === undefined) return null;
  return {
    groups: [group, ...groups],
    quorum: Math.max(...terms.map(({ quorum }) => quorum)),
    withinSeconds: Math.min(...terms.map(({ withinSeconds }) => withinSeconds)),
    otherwise: terms.some(({ otherwise }) => otherwise === "reject") ? "reject" : "queue",
    run: terms.some(({ run }) => run === "attended") ? "attended" : "stored",
  };
}

function secondsOf(text: string): number {
  return Number(text.slice(0, -1)) * (UNIT_SECONDS[text.slice(-1)] ?? 0);
}
