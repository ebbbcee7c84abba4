// Approvals over DynamoDB (table `state`): one item each, and one that names the approval that is open for a fingerprint.
// Every change is one conditional write on the version that it was decided on; after a failed one the item is read back.
// The pointer is never deleted: whether what it names is still open is what that approval says, so that no crash between
// two writes can leave a fingerprint taken for ever. What a step may do is approval/transitions.ts's.

import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { ApprovalStore, ChangeResult } from "../approval/ports.ts";
import { type Change, isFinal } from "../approval/transitions.ts";
import { CountersignError } from "../boundary/errors.ts";
import type { Approval, ApprovalId } from "../model/approval.ts";
import { listOpen } from "./approval-inbox.ts";
import { type ApprovalTable, createApprovalTable, type TableSetup } from "./approval-items.ts";
import { holdsFingerprint, mayBeUndelivered } from "./stored-approval.ts";

const CHANGE_ATTEMPTS = 12;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 400; // 12 attempts wait 3 s in all at most: Slack gives us no longer
const ORPHAN_SECONDS = 30; // an approval that is not written so long after its pointer never will be

export interface ApprovalStoreSetup extends TableSetup {
  readonly pause: (ms: number) => Promise<void>;
  /** 0 to below 1. */
  readonly random: () => number;
  readonly newNonce: () => string;
}

export function createApprovalStore(setup: ApprovalStoreSetup): ApprovalStore {
  const table = createApprovalTable(setup);
  const nowSeconds = () => Math.floor(setup.clock.nowMs() / 1_000);
  return {
    open: (approval, sealedRequest) => open(table, approval, sealedRequest, setup),
    async openFor(fingerprint) {
      const pointer = await table.pointerOf(fingerprint);
      const found = pointer === undefined ? undefined : (await table.read(pointer.id))?.approval;
      // A pointer can only name an approval of its own fingerprint; anything else is not to be believed.
      if (found?.fingerprint !== fingerprint) return undefined;
      const now = nowSeconds();
      return holdsFingerprint(found, now) || mayBeUndelivered(found, now) ? found.id : undefined;
    },
    find: async (id) => (await table.read(id))?.approval,
    async change(id, step) {
      const result = await change(table, id, step, setup);
      if (result.kind === "changed") await dropUseless(table, result.approval);
      return result;
    },
    requestOf: (id) => table.requestOf(id),
    putToken: (id, sealedToken) => table.putToken(id, sealedToken),
    tokenOf: async (id) => (await table.read(id))?.token,
    listOpen: (limit, after) => listOpen(setup, limit, after),
  };
}

/** Never throws: the change is made, and what is not dropped now goes with its TTL, sealed as it is. */
async function dropUseless(table: ApprovalTable, { id, status, demand }: Approval): Promise<void> {
  if (!isFinal(status) || demand.run !== "stored") return;
  await table.dropRequest(id).catch(() => undefined);
}

type Opened = Awaited<ReturnType<ApprovalStore["open"]>>;

async function open(
  table: ApprovalTable,
  approval: Approval,
  sealedRequest: string | null,
  setup: ApprovalStoreSetup,
): Promise<Opened> {
  const { id, fingerprint } = approval;
  const now = Math.floor(setup.clock.nowMs() / 1_000);
  const standing = await table.pointerOf(fingerprint);
  if (standing !== undefined && standing.id !== id && (await isHeld(table, standing, now))) {
    return { kind: "exists", id: standing.id };
  }
  if (sealedRequest !== null) await table.putRequest(approval, sealedRequest);
  const winner = await table.point(approval, now, standing?.id);
  if (winner !== id) return { kind: "exists", id: winner };
  // INVARIANT: this read follows our pointer. Its maker may have been slow, not dead: then its approval counts.
  if (standing !== undefined && standing.id !== id && (await isHeld(table, { ...standing, at: 0 }, now))) {
    await table.point({ ...approval, id: standing.id }, standing.at, id);
    return { kind: "exists", id: standing.id };
  }
  await table.insert(approval, setup.newNonce());
  // INVARIANT: this read follows our approval. If we were the slow one, somebody else has taken the pointer meanwhile.
  const after = await table.pointerOf(fingerprint);
  if (after === undefined || after.id === id) return { kind: "opened" };
  await change(table, id, withdrawn, setup);
  return { kind: "exists", id: after.id };
}

function withdrawn(approval: Approval): Change {
  const ending = "the same call was already waiting for approval";
  return { kind: "change", approval: { ...approval, status: "cancelled", ending } };
}

/** False when the pointer may be taken over: its approval has ended, or was never written. */
async function isHeld(
  table: ApprovalTable,
  { id, at }: { readonly id: ApprovalId; readonly at: number },
  now: number,
): Promise<boolean> {
  const row = await table.read(id);
  return row === undefined ? now < at + ORPHAN_SECONDS : holdsFingerprint(row.approval, now);
}

async function change(
  table: ApprovalTable,
  id: ApprovalId,
  step: (approval: Approval) => Change,
  { pause, random, newNonce }: ApprovalStoreSetup,
): Promise<ChangeResult> {
  const nonce = newNonce();
  let limit = FIRST_PAUSE_MS;
  for (let attempt = 1; attempt <= CHANGE_ATTEMPTS; attempt += 1) {
    const row = await table.read(id);
    if (row === undefined) return { kind: "unknown" };
    // Our own write whose answer was lost, found by its nonce although others may have written since: it was made.
    if (row.writes.includes(nonce)) return { kind: "changed", approval: row.approval };
    const next = step(row.approval);
    if (next.kind === "keep") return { kind: "unchanged", approval: row.approval, reason: next.reason };
    try {
      await table.replace(row, next.approval, nonce);
      return { kind: "changed", approval: next.approval };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
    await pause(Math.ceil(random() * limit));
    limit = Math.min(limit * 2, LONGEST_PAUSE_MS);
  }
  throw new CountersignError("record_failed", "the approval is being changed by too many at once");
}
