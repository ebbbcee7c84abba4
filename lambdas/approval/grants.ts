// Which further calls an approval may let pass: the same operation on the same resources by the same agent under the same
// demand, a few times, for an hour at most. Decides the key under which they are counted, and how many there are.
// Pure. Every text in the key is caller-controlled: parts are length-prefixed before they are hashed, never just joined.

import { createHash, type Hash } from "node:crypto";
import type { Approval, GrantOffer } from "../model/approval.ts";
import { type AwsCall, displayArn, isComplete } from "../model/aws-call.ts";
import type { ApprovalDemand } from "../model/decision.ts";
import type { RoleArn } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";

const MOST_CALLS = 5;
const MOST_SECONDS = 3_600;

/** True for an offer within the bounds that an approver may choose from. */
export function isGrantOffer({ calls, seconds }: GrantOffer): boolean {
  return isWithin(calls, MOST_CALLS) && isWithin(seconds, MOST_SECONDS);
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= most;
}

export interface GrantFacts {
  readonly principal: Pick<Principal, "issuer" | "subject">;
  readonly role: RoleArn;
  readonly call: AwsCall;
  readonly demand: ApprovalDemand;
}

/**
 * sha256, hex, of whose calls to what a grant counts for. Parameters are no part of it: that is what the approver offers.
 * `undefined` where a resource is only known as a pattern: then "the same resource" says nothing.
 */
export function grantKeyOf({ principal, role, call, demand }: GrantFacts): string | undefined {
  if (call.actions.some(({ resources }) => !resources.every(isComplete))) return undefined;
  const hash = createHash("sha256");
  add(hash, ["countersign grant 1", principal.issuer, principal.subject, role]);
  add(hash, [call.service, call.operation, call.region, call.account]);
  add(hash, sorted(call.candidates.map(({ service, operation }) => `${service}:${operation}`)));
  const actions = call.actions.map(({ action, resources }) =>
    add(createHash("sha256"), [action, ...sorted(resources.map(displayArn))]).digest("hex"),
  );
  add(hash, sorted(actions));
  add(hash, sorted(demand.groups));
  const { quorum, withinSeconds, otherwise, run } = demand;
  return add(hash, [String(quorum), String(withinSeconds), otherwise, run]).digest("hex");
}

/** What all approvers together offer: the smallest of each, and nothing unless every one of them offers some. */
export function grantOf({ kind, votes }: Pick<Approval, "kind" | "votes">): GrantOffer | null {
  const approving = votes.filter(({ choice }) => choice === "approve");
  const offers = approving.flatMap(({ grant }) => (grant !== null && isGrantOffer(grant) ? [grant] : []));
  if (kind !== "call" || offers.length === 0 || offers.length < votes.length) return null;
  return {
    calls: Math.min(...offers.map(({ calls }) => calls)),
    seconds: Math.min(...offers.map(({ seconds }) => seconds)),
  };
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

/** Adds a list so that no other list of parts gives the same bytes: its length, then each part's length and bytes. */
function add(hash: Hash, parts: readonly string[]): Hash {
  hash.update(`${parts.length};`);
  for (const part of parts) {
    const bytes = Buffer.from(part, "utf8");
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash;
}
