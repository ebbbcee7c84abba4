// Which items of table `state` each function may touch, by the beginning of their key: what IAM enforces
// (`dynamodb:LeadingKeys`) beside what the code does. So a fault in one function cannot lift a revocation or forge a vote.

/** The beginnings of keys, and `FORBID`, which is a whole one. */
export interface StateAccess {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly deletes?: readonly string[];
  /** Lists what is open, by the index that holds keys only. */
  readonly lists?: true;
}

const MARKERS = ["FORBID", "REVOKED#*"];
// FORBID is an operator's with AWS credentials of their own (lib/emergency-orders.ts): no function writes it.
const APPROVAL = ["APPROVAL#*", "OPEN#*"];
// What was held is of no use once its approval has ended: whoever ends it drops it. `call` ends none that has any.
const HELD = ["HELD#*"];
// Which sessions are under legal hold.
const HOLD = ["HOLD#*"];
const KEPT = ["ANSWER#*", "ATTACH#*", "GRANT#*", "WAIT#*"];

/** Emergency orders and revocations are only read: who calls through the gateway cannot lift what stops it. */
export const CALL_STATE: StateAccess = {
  reads: ["SESSION#*", ...MARKERS, "BUDGET#*", ...APPROVAL, ...KEPT],
  // HELD# is written only: what was held is opened by `run` alone.
  writes: ["SESSION#*", "BUDGET#*", ...HELD, ...APPROVAL, ...KEPT],
};

export const RUN_STATE: StateAccess = {
  reads: ["SESSION#*", ...MARKERS, "BUDGET#*", ...HELD, ...APPROVAL, "ANSWER#*", "GRANT#*"],
  writes: ["BUDGET#*", ...APPROVAL, "ANSWER#*", "GRANT#*"],
  deletes: HELD,
};

export const ASK_STATE: StateAccess = { reads: APPROVAL, writes: APPROVAL, deletes: HELD };

export const APPROVALS_STATE: StateAccess = {
  reads: [...APPROVAL, "WEB#*", "LOGIN#*", "SLACK#*"],
  writes: [...APPROVAL, "WEB#*", "LOGIN#*", "SLACK#*"],
  deletes: ["WEB#*", "LOGIN#*", ...HELD],
  lists: true,
};

export const API_STATE: StateAccess = {
  reads: ["SESSION#*", ...MARKERS, "BUDGET#*", ...APPROVAL, ...HOLD],
  // An agent withdraws what it asked for; an administrator revokes and places legal holds, and lifts either.
  writes: [...APPROVAL, "REVOKED#*", ...HOLD],
  deletes: [...HELD, "REVOKED#*"],
  lists: true,
};

/** Its own cursors, and approvals that nobody was asked about: it starts their workflow, and changes none. */
export const RECONCILE_STATE: StateAccess = {
  reads: ["RECONCILE#*", "APPROVAL#*"],
  writes: ["RECONCILE#*"],
  lists: true,
};

/** Copies what held sessions record: notes how far it came. */
export const HOLDS_STATE: StateAccess = { reads: HOLD, writes: HOLD, lists: true };
