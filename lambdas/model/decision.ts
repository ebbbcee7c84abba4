// The answer of policy to one question, with the policies that decided it and what they oblige us to do.

import type { MaskObligations } from "./answer.ts";

/** How wide the session policy of the upstream credential is: this call (default), its prefix, or the role as it is. */
export type Scope = "call" | "prefix" | "role";

export type DenyReason =
  | "no_policy"
  | "forbidden"
  | "policy_error"
  | "credential_vending"
  | "role_not_permitted"
  | "obligation_unsupported"
  | "limit_reached"
  | "scope_too_narrow";

/** What has to be approved by people, added up over all permits that matched: the strictest of each. */
export interface ApprovalDemand {
  /** Every one of them must approve. */
  readonly groups: readonly [string, ...string[]];
  /** So many different people at least, over all groups. */
  readonly quorum: number;
  readonly withinSeconds: number;
  /** What becomes of it when nobody decides in time: refused, or kept waiting with a daily reminder. */
  readonly otherwise: "reject" | "queue";
  /** `attended`: only while its caller waits or comes back. `stored`: by the gateway itself, once approved. */
  readonly run: "attended" | "stored";
}

/** A budget: so many calls of one agent by one policy, in windows of so many seconds. */
export interface CallLimit {
  readonly policy: string;
  readonly calls: number;
  readonly perSeconds: number;
}

/** What the matched permits oblige, after adding up. Grows with the engines that carry obligations out. */
export interface Obligations {
  readonly scope: Scope;
  /** Every one has to have a call left; absent where none was stated. */
  readonly limits?: readonly CallLimit[];
  /** Absent where no permit states one. */
  readonly mask?: MaskObligations;
  /** The fullest that any matched permit asks; `full` when absent. */
  readonly record?: RecordLevel;
}

/** How much of a call is recorded: parameters and answer, parameters only, or neither. */
export type RecordLevel = "full" | "parameters" | "metadata";

export type Decision =
  | {
      readonly kind: "permit";
      readonly policies: readonly string[];
      readonly obligations: Obligations;
      readonly policyVersion: string;
    }
  | {
      /** Permitted once people have approved it. */
      readonly kind: "hold";
      readonly policies: readonly string[];
      readonly obligations: Obligations;
      readonly approval: ApprovalDemand;
      /** True where the use of the role is what has to be approved: once for the session, not for each call. */
      readonly holdsSession: boolean;
      readonly policyVersion: string;
    }
  | {
      readonly kind: "deny";
      readonly reason: DenyReason;
      readonly policies: readonly string[];
      /** For the caller: the `@reason` of the forbid, or a sentence that says what was missing. */
      readonly message: string;
      readonly policyVersion: string;
    };
