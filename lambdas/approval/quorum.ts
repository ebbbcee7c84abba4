// Whether votes are enough: each demanded group needs a person of its own, and there have to be so many people in all.
// Pure; believes that each vote's person is proven and that one human has one id (people.ts).

import type { Approval, Vote } from "../model/approval.ts";
import type { ApprovalDemand } from "../model/decision.ts";
import type { ApprovalsConfig } from "../model/deployment.ts";

/** Demanded groups whose escalation group may decide too by now, with that group. */
export type Escalations = ReadonlyMap<string, string>;

/** What of the configuration's escalations counts for this approval by now. */
export function escalationsOf(
  { escalated }: Pick<Approval, "escalated">,
  approvals: ApprovalsConfig | null,
): Escalations {
  const pairs = (approvals?.groups ?? []).flatMap(({ name, escalateTo }) =>
    escalateTo !== null && escalated.includes(name) ? [[name, escalateTo] as const] : [],
  );
  return new Map(pairs);
}

/** The groups whose members may vote: those demanded, and the escalation groups that were let in. */
export function groupsThatMayVote(
  { groups }: Pick<ApprovalDemand, "groups">,
  escalations: Escalations,
): ReadonlySet<string> {
  return new Set(groups.flatMap((group) => seats(group, escalations)));
}

/**
 * True when nobody rejected, every demanded group has a person of its own (one person in two groups counts for one of
 * them), and at least `quorum` different people approved who are in a group that may vote.
 */
export function isSatisfied(
  votes: readonly Vote[],
  demand: Pick<ApprovalDemand, "groups" | "quorum">,
  escalations: Escalations,
): boolean {
  if (votes.some(({ choice }) => choice !== "approve")) return false;
  const may = groupsThatMayVote(demand, escalations);
  const people = new Map<string, ReadonlySet<string>>();
  for (const { person } of votes) {
    const groups = person.groups.filter((group) => may.has(group));
    if (groups.length > 0 && !people.has(person.id)) people.set(person.id, new Set(groups));
  }
  if (people.size < Math.max(1, demand.quorum)) return false;
  return eachGroupHasItsOwn([...new Set(demand.groups)], people, escalations);
}

/** A matching of groups to people by augmenting paths (Kuhn): there are few of both. */
function eachGroupHasItsOwn(
  groups: readonly string[],
  people: ReadonlyMap<string, ReadonlySet<string>>,
  escalations: Escalations,
): boolean {
  const standsFor = new Map<string, string>();
  const place = (group: string, tried: Set<string>): boolean => {
    const able = seats(group, escalations);
    for (const [id, own] of people) {
      if (tried.has(id) || !able.some((seat) => own.has(seat))) continue;
      tried.add(id);
      const other = standsFor.get(id);
      if (other === undefined || place(other, tried)) {
        standsFor.set(id, group);
        return true;
      }
    }
    return false;
  };
  return groups.every((group) => place(group, new Set()));
}

function seats(group: string, escalations: Escalations): readonly string[] {
  const escalation = escalations.get(group);
  return escalation === undefined ? [group] : [group, escalation];
}
