// What approvals need of the world, in memory: a store whose changes are atomic, answers, attachments, places, grants, and
// a workflow that only counts. The adapters over DynamoDB have suites of their own.

import type {
  Answers,
  ApprovalStore,
  Attachments,
  Grants,
  KeptAnswer,
  Sealer,
  WaitingPlaces,
  Workflow,
  WorkflowInput,
} from "../../lambdas/approval/ports.ts";
import { isFinal } from "../../lambdas/approval/transitions.ts";
import { type Approval, type ApprovalId, parseApprovalId } from "../../lambdas/model/approval.ts";
import { sessionIdOfBytes } from "../../lambdas/model/ids.ts";

export interface FakeApprovals {
  readonly approvals: ApprovalStore;
  readonly answers: Answers;
  readonly attachments: Attachments;
  readonly grants: Grants;
  readonly places: WaitingPlaces;
  readonly workflow: Pick<Workflow, "start">;
  readonly sealer: Pick<Sealer, "seal" | "open">;
  readonly newApprovalId: () => ApprovalId;
  /** All approvals there are, in the order of opening. */
  all(): readonly Approval[];
  readonly started: readonly WorkflowInput[];
  readonly sealed: Map<string, string>;
  placesLeft: number;
}

export function fakeApprovals(): FakeApprovals {
  const items = new Map<ApprovalId, Approval>();
  const pointers = new Map<string, ApprovalId>();
  const sealed = new Map<string, string>();
  const kept = new Map<string, { answer: KeptAnswer; delivered: boolean }>();
  const attached = new Map<string, ApprovalId>();
  const grants = new Map<string, { calls: number; expiresAt: number; approval: ApprovalId }>();
  const started: WorkflowInput[] = [];
  let made = 0;
  const unused = (): never => {
    throw new Error("not part of this");
  };
  const world: FakeApprovals = {
    started,
    sealed,
    placesLeft: 10,
    all: () => [...items.values()],
    newApprovalId: () => {
      made += 1;
      const id = parseApprovalId(sessionIdOfBytes(Buffer.alloc(16, made)));
      if (id === undefined) throw new Error("the form of approval ids changed");
      return id;
    },
    approvals: {
      async open(approval, sealedRequest) {
        const id = pointers.get(approval.fingerprint);
        const standing = id === undefined ? undefined : items.get(id);
        if (standing !== undefined && !isFinal(standing.status)) return { kind: "exists", id: standing.id };
        items.set(approval.id, structuredClone(approval));
        pointers.set(approval.fingerprint, approval.id);
        if (sealedRequest !== null) sealed.set(approval.id, sealedRequest);
        return { kind: "opened" };
      },
      async openFor(fingerprint) {
        const id = pointers.get(fingerprint);
        const standing = id === undefined ? undefined : items.get(id);
        if (standing === undefined) return undefined;
        return !isFinal(standing.status) || standing.status === "done" ? standing.id : undefined;
      },
      find: async (id) => structuredClone(items.get(id)),
      async change(id, step) {
        const standing = items.get(id);
        if (standing === undefined) return { kind: "unknown" };
        const next = step(standing);
        if (next.kind === "keep") return { kind: "unchanged", approval: standing, reason: next.reason };
        items.set(id, structuredClone(next.approval));
        return { kind: "changed", approval: next.approval };
      },
      requestOf: async (id) => sealed.get(id),
      putToken: unused,
      tokenOf: unused,
      listOpen: unused,
    },
    answers: {
      async keep(key, answer) {
        if (!kept.has(key)) kept.set(key, { answer, delivered: false });
        return "kept";
      },
      find: async (key) => kept.get(key)?.answer,
      async deliver(key) {
        const one = kept.get(key);
        if (one === undefined || one.delivered) return false;
        one.delivered = true;
        return true;
      },
    },
    attachments: {
      attach: async (call, id) => void attached.set(call, id),
      attachedTo: async (call) => attached.get(call),
    },
    grants: {
      give: async (key, calls, expiresAt, approval) => void grants.set(key, { calls, expiresAt, approval }),
      async take(key, now) {
        const grant = grants.get(key);
        if (grant === undefined || grant.calls === 0 || grant.expiresAt <= now) return "none";
        grant.calls -= 1;
        return grant.approval;
      },
    },
    places: {
      async take() {
        if (world.placesLeft === 0) return "none";
        world.placesLeft -= 1;
        return {
          leave: async () => {
            world.placesLeft += 1;
          },
        };
      },
    },
    workflow: { start: async (_, input) => void started.push(input) },
    sealer: {
      seal: async (_purpose, id, plain) => `${id}:${Buffer.from(plain).toString("base64")}`,
      open: async (_purpose, id, text) => {
        if (!text.startsWith(`${id}:`)) throw new Error("sealed for something else");
        return Buffer.from(text.slice(id.length + 1), "base64");
      },
    },
  };
  return world;
}
