// What the matched permits oblige us to when their annotations are added up: the strictest of each kind, in whatever order
// they come. What no engine carries out, or does not parse, is named here and makes a matched permit a refusal (R7).

import type { MaskObligations } from "../model/answer.ts";
import type { ApprovalDemand, CallLimit, Obligations, RecordLevel, Scope } from "../model/decision.ts";
import { type ApprovalTerms, demandOf, parseApproval } from "./approval-terms.ts";
import { parseLimit } from "./budgets.ts";
import { isFault, masksOf, parseDetectors, parseMasks, parseUnmasks, uniteMasks } from "./mask-terms.ts";
import type { BundledPolicy } from "./policy-bundle.ts";

const SCOPES: readonly Scope[] = ["call", "prefix", "role"];
/** The fullest first. */
const RECORD_LEVELS: readonly RecordLevel[] = ["full", "parameters", "metadata"];

export interface AddedUp {
  readonly scope: Scope;
  /** In the order of their policies' ids, so that all instances ask for them in the same order. */
  readonly limits: readonly CallLimit[];
  readonly mask: MaskObligations | undefined;
  readonly record: RecordLevel;
  /** What people have to approve, and the permits that say so; `null`: nothing. */
  readonly approval: (ApprovalDemand & { readonly policies: readonly string[] }) | null;
  /** Ids of the permits that oblige us to something that no engine carries out yet. */
  readonly unsupported: readonly string[];
}

/** Names the obligations of one policy that no engine carries out yet. */
function unsupportedObligations(annotations: BundledPolicy["annotations"]): readonly string[] {
  return Object.entries(annotations)
    .filter(([name, value]) => !isCarriedOut(name, value))
    .map(([name]) => `@${name}`);
}

/** Adds up over all permits that matched. Their order makes no difference. */
export function addUp(permits: readonly BundledPolicy[]): AddedUp {
  const scope = SCOPES.find((width) => permits.some((permit) => scopeOf(permit) === width)) ?? "call";
  const unsupported = permits.filter(
    (permit) =>
      unsupportedObligations(permit.annotations).length > 0 ||
      (scope === "prefix" && scopeOf(permit) === "prefix"),
  );
  return {
    scope,
    limits: limitsOf(permits),
    mask: masksOf(permits.map(({ annotations }) => annotations)),
    record: RECORD_LEVELS.find((level) => permits.some((permit) => recordOf(permit) === level)) ?? "full",
    approval: approvalOf(permits),
    unsupported: unsupported.map(({ id }) => id),
  };
}

/** As a decision carries them: what is not stated is absent. */
export function obligationsOf({ scope, limits, mask, record }: AddedUp): Obligations {
  return {
    scope,
    ...(limits.length > 0 && { limits }),
    ...(mask !== undefined && { mask }),
    ...(record !== "full" && { record }),
  };
}

/**
 * With what the use of the role obliges to at each call under it: its budgets, masks and detectors. Not its scope and its
 * record, which are about the exchange, and never what it shows: that takes a permit of the call itself.
 */
export function withObligationsOfRole(own: Obligations, role: Obligations): Obligations {
  const limits = [...(own.limits ?? []), ...(role.limits ?? [])];
  const unique = [...new Map(limits.map((limit) => [limit.policy, limit])).values()];
  const mask = uniteMasks([own.mask ?? NOTHING, role.mask]);
  return { ...own, ...(unique.length > 0 && { limits: unique }), ...(mask !== undefined && { mask }) };
}

const NOTHING: MaskObligations = { masks: [], unmasks: [], detectors: [] };

function limitsOf(permits: readonly BundledPolicy[]): readonly CallLimit[] {
  const limits = new Map<string, CallLimit>();
  for (const { id, annotations } of permits) {
    const limit = annotations.limit === undefined ? undefined : parseLimit(id, annotations.limit);
    if (limit !== undefined) limits.set(id, limit);
  }
  return [...limits.values()].sort((one, other) => (one.policy < other.policy ? -1 : 1));
}

function approvalOf(permits: readonly BundledPolicy[]): AddedUp["approval"] {
  const terms = permits.flatMap(({ id, annotations: { approve } }): [string, ApprovalTerms][] => {
    const parsed = approve === undefined ? undefined : parseApproval(approve);
    return parsed === undefined ? [] : [[id, parsed]];
  });
  const demand = demandOf(terms.map(([, each]) => each));
  return demand === null ? null : { ...demand, policies: [...new Set(terms.map(([id]) => id))].sort() };
}

function scopeOf({ annotations }: BundledPolicy): string {
  return annotations.scope ?? "call";
}

function recordOf({ annotations }: BundledPolicy): string {
  return annotations.record ?? "full";
}

// `@scope("prefix")` is refused when it is what the permits add up to; beside a permit of scope `call` it is not used.
function isCarriedOut(name: string, value: string): boolean {
  switch (name) {
    case "id":
    case "reason":
    case "accepts":
    case "scope":
      return true;
    case "record":
      return RECORD_LEVELS.some((level) => level === value);
    case "limit":
      return parseLimit("", value) !== undefined;
    case "approve":
      return parseApproval(value) !== undefined;
    case "mask":
      return !isFault(parseMasks(value));
    case "unmask":
      return !isFault(parseUnmasks(value));
    case "detect":
      return !isFault(parseDetectors(value));
    default:
      return false;
  }
}
