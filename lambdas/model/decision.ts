// The answer of policy to one question, with the policies that decided it and what they oblige us to do.

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
}

export type Decision =
  | {
      readonly kind: "permit";
      readonly policies: readonly string[];
      readonly obligations: Obligations;
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
