// What approvals need from the world: a store whose every change is one conditional write, grants, answers kept for
// retries, places to wait, and the workflow that wakes up. Adapters: lambdas/aws/. All throw when it is not known whether
// something was read or written; the flow then refuses or withholds (R7).

import type { Approval, ApprovalId } from "../model/approval.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import type { SessionId } from "../model/ids.ts";
import type { Change } from "./transitions.ts";

export interface ApprovalStore {
  /**
   * Stores a new pending approval as the one that is open for its fingerprint, with the sealed request that
   * `run=stored` will send. `exists` names the approval that is open already: the caller attaches to that one. It may be
   * about to be written by somebody else, so `find` may not know it for a moment.
   */
  open(
    approval: Approval,
    sealedRequest: string | null,
  ): Promise<{ readonly kind: "opened" } | { readonly kind: "exists"; readonly id: ApprovalId }>;
  /**
   * The approval that is open for this fingerprint: pending, approved or running, and one that is done for 24 h, as its
   * answer may not have been delivered (`Answers.deliver` tells). `open` does not wait for one that is done.
   */
  openFor(fingerprint: string): Promise<ApprovalId | undefined>;
  /** Strongly consistent. */
  find(id: ApprovalId): Promise<Approval | undefined>;
  /**
   * Reads the approval, asks `step` what becomes of it, and writes that only if nobody wrote in between; else it reads
   * again. So each change is decided on what it replaces. A final status also frees the fingerprint and drops the sealed
   * request.
   */
  change(id: ApprovalId, step: (approval: Approval) => Change): Promise<ChangeResult>;
  /** What `open` sealed. */
  requestOf(id: ApprovalId): Promise<string | undefined>;
  /** The sealed task token by which the workflow waits now; each new one replaces the last. */
  putToken(id: ApprovalId, sealedToken: string): Promise<void>;
  tokenOf(id: ApprovalId): Promise<string | undefined>;
  /** Oldest first, all that are not final; for the inbox. */
  listOpen(
    limit: number,
    after?: string,
  ): Promise<{ readonly approvals: readonly Approval[]; readonly next?: string }>;
}

export type ChangeResult =
  | { readonly kind: "changed"; readonly approval: Approval }
  /** `step` said that nothing changes, and why. */
  | { readonly kind: "unchanged"; readonly approval: Approval; readonly reason: string }
  | { readonly kind: "unknown" };

/** Bounded leave for further calls, given with an approval. */
export interface Grants {
  /** `key` from approval/grants.ts: agent, role, operation, resources and demand. Epoch seconds. */
  give(key: string, calls: number, expiresAt: number, approval: ApprovalId): Promise<void>;
  /** Takes one call, if one is left: the approval that gave it. */
  take(key: string, now: number): Promise<ApprovalId | "none">;
}

/** Answers kept, sealed, for 24 h, so that a retry is answered and not carried out again. */
export interface Answers {
  /** `key` names the call (recording/keys.ts). Answers over 300 KB are not kept. */
  keep(key: string, response: KeptAnswer, now: number): Promise<"kept" | "too_large">;
  find(key: string, now: number): Promise<KeptAnswer | undefined>;
  /** Marks as delivered; true for the one who did it first. */
  deliver(key: string): Promise<boolean>;
}

export interface KeptAnswer extends Pick<GatewayResponse, "status" | "headers"> {
  readonly body: Uint8Array;
}

/** Which approval a caller waits for, so that its retries come back to it, whatever became of it. */
export interface Attachments {
  /** Remembered for 24 h. `call` names the call and its invocation (recording/keys.ts). Epoch seconds. */
  attach(call: string, id: ApprovalId, now: number): Promise<void>;
  attachedTo(call: string, now: number): Promise<ApprovalId | undefined>;
}

/** Places on which callers wait with an open connection: few for each agent, bounded over all. */
export interface WaitingPlaces {
  /** Takes a place until `until` (epoch seconds), or `none` when they are taken. */
  take(agent: string, now: number, until: number): Promise<WaitingPlace | "none">;
}

export interface WaitingPlace {
  /** Never throws: a place that is not given back expires. */
  leave(): Promise<void>;
}

/** The state machine of one approval. */
export interface Workflow {
  /** Starts the execution, named by the approval; once more is the same. */
  start(id: ApprovalId, input: WorkflowInput): Promise<void>;
  /** Lets the execution go on from where it waits. `gone` when it waits there no more. */
  resume(taskToken: string, result: { readonly status: string }): Promise<"resumed" | "gone">;
}

/** Ids and times only: executions are readable by operators. ISO 8601 with seconds. */
export interface WorkflowInput {
  readonly approvalId: ApprovalId;
  readonly session: SessionId;
  readonly expiresAt: string;
  readonly run: "attended" | "stored";
  readonly otherwise: "reject" | "queue";
  readonly remindSeconds: number;
}

/** Encrypts for storage: AES-256-GCM under a data key of KMS, bound to what it is for and to whom it belongs. */
export interface Sealer {
  seal(purpose: SealPurpose, id: string, plain: Uint8Array): Promise<string>;
  /** @throws when it was changed, or sealed for something else */
  open(purpose: SealPurpose, id: string, sealed: string): Promise<Uint8Array>;
}

export type SealPurpose = "held-request" | "task-token" | "answer";
