// Adds verdicts up by operation: an operation is only as right as the worst of its requests. Nothing else is kept, so
// that all services fit into memory.

import type { Protocol } from "../../lambdas/model/aws-call.ts";
import type { IamSource, OperationFacts } from "./facts.ts";
import { type ArnForm, named, type Outcome, type Verdict } from "./judge.ts";
import type { Sample, Unsent } from "./sample.ts";

export interface OperationScore {
  readonly service: string;
  readonly name: string;
  readonly protocol: Protocol;
  readonly iam: IamSource;
  readonly hasResourceType: boolean;
  outcome: Outcome;
  requests: number;
  /** `equal`, or the worst difference. */
  parameters: "equal" | "added" | "missing" | "differs";
  /** Of the request with every member set. */
  arn: ArnForm | undefined;
  signed: boolean;
  rebuilt: boolean;
}

const WORST: readonly Outcome[] = ["wrong", "refused", "candidate", "same", "single"];
const WORST_PARAMETERS = ["differs", "missing", "added", "equal"] as const;

export class Tally {
  readonly operations = new Map<string, OperationScore>();
  readonly byRequest: Record<Outcome, number> = { single: 0, same: 0, candidate: 0, wrong: 0, refused: 0 };
  /** Refusal messages without the caller's texts, with the operations that met them. */
  readonly refusals = new Map<string, Set<string>>();
  readonly candidateSets = new Map<string, number>();
  readonly problems: string[] = [];
  readonly unsent = new Map<string, string>();
  requests = 0;
  readonly #facts: ReadonlyMap<string, OperationFacts>;

  constructor(facts: ReadonlyMap<string, OperationFacts>) {
    this.#facts = facts;
  }

  addUnsent(sample: Unsent): void {
    this.unsent.set(`${named(sample)} (${sample.variant})`, sample.unsent);
  }

  add(sample: Sample, verdict: Verdict): void {
    const score = this.#scoreOf(sample);
    const { outcome, detail, rebuild } = verdict;
    this.requests += 1;
    this.byRequest[outcome] += 1;
    score.requests += 1;
    score.signed &&= sample.signed;
    score.rebuilt &&= rebuild === undefined;
    score.outcome = worst(WORST, score.outcome, outcome);
    if (sample.variant === "every" || score.arn === undefined) score.arn = verdict.arn;
    for (const { kind } of verdict.differences) {
      score.parameters = worst(WORST_PARAMETERS, score.parameters, kind);
    }
    if (outcome === "candidate" || outcome === "same")
      this.candidateSets.set(detail, (this.candidateSets.get(detail) ?? 0) + 1);
    if (outcome === "refused") this.#addRefusal(named(sample), detail);
    this.#addProblems(sample, verdict, rebuild);
  }

  #scoreOf({ service, operation }: Sample): OperationScore {
    const key = named({ service, operation });
    const known = this.operations.get(key);
    if (known) return known;
    const facts = this.#facts.get(key);
    const made: OperationScore = {
      service,
      name: operation,
      protocol: facts?.protocol ?? "rest-json",
      iam: facts?.iam ?? "unknown",
      hasResourceType: facts?.hasResourceType ?? false,
      outcome: "single",
      requests: 0,
      parameters: "equal",
      arn: undefined,
      signed: true,
      rebuilt: true,
    };
    this.operations.set(key, made);
    return made;
  }

  #addRefusal(key: string, message: string): void {
    const reason = message.replaceAll(/`[^`]*`/g, "...");
    this.refusals.set(reason, (this.refusals.get(reason) ?? new Set()).add(key));
  }

  #addProblems(sample: Sample, verdict: Verdict, rebuild: string | undefined): void {
    const at = `${named(sample)} (${sample.variant})`;
    if (verdict.outcome === "wrong") this.problems.push(`${at} taken for ${verdict.detail}`);
    if (rebuild !== undefined) this.problems.push(`${at} rebuilt: ${rebuild}`);
    for (const { path, kind, found } of verdict.differences) {
      const seen = typeof found === "string" ? `, found ${JSON.stringify(found.slice(0, 60))}` : "";
      this.problems.push(`${at} ${kind} ${path}${seen}`);
    }
  }
}

function worst<T extends string>(order: readonly T[], one: T, other: T): T {
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}
