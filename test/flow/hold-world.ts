// A gateway whose policy holds what it is told to hold, with people who vote: for the tests of the caller's side.

import { vote } from "../../lambdas/approval/transitions.ts";
import type { ServeDependencies } from "../../lambdas/flow/serve.ts";
import type { Approval, ApprovalId, GrantOffer } from "../../lambdas/model/approval.ts";
import type { ApprovalDemand, Decision } from "../../lambdas/model/decision.ts";
import type { Outcome } from "../../lambdas/model/record.ts";
import { APPROVALS } from "../approval/approvals.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { getItem, openSession } from "./requests.ts";

const DEMAND: ApprovalDemand = {
  groups: ["prod-approvers"],
  quorum: 1,
  withinSeconds: 3_600,
  otherwise: "reject",
  run: "attended",
};

export interface HoldWorld {
  readonly gateway: TestGateway;
  /** What policy says from now on. */
  decision: "hold" | "permit" | "deny";
  demand: ApprovalDemand;
  holdsSession: boolean;
  /** Called each time somebody waits for a second. */
  onPause: (waited: number) => void | Promise<void>;
  only(): Approval;
  approve(person?: string, grant?: GrantOffer | null): Promise<void>;
  reject(comment: string): Promise<void>;
}

function holdWorld(replaced: Partial<ServeDependencies> = {}): HoldWorld {
  let waited = 0;
  const decide = (approvedSession: boolean): Decision => {
    const base = { policies: ["p"], policyVersion: "test" } as const;
    const obligations = { scope: "call" } as const;
    if (world.decision === "deny") {
      return { ...base, kind: "deny", reason: "forbidden", message: "deletes are forbidden now" };
    }
    if (world.decision === "permit" || (world.holdsSession && approvedSession)) {
      return { ...base, kind: "permit", obligations };
    }
    return { ...base, kind: "hold", obligations, approval: world.demand, holdsSession: world.holdsSession };
  };
  const gateway = testGateway(
    // Many callers in a moment in which the clock stands: none of it is about limits.
    { callBurstPerAgent: 100_000, callBurstPerSession: 100_000 },
    {
      policy: {
        version: "test",
        decideRole: () => ({
          kind: "permit",
          policies: [],
          obligations: { scope: "call" },
          policyVersion: "test",
        }),
        taggedResources: () => [],
        decideCall: ({ approvedSession }) => decide(approvedSession ?? false),
      },
      pause: async (ms) => {
        gateway.clock.ms += ms;
        waited += 1;
        await world.onPause(waited);
      },
      ...replaced,
    },
  );
  const { approvals, all } = gateway.held;
  const only = (): Approval => {
    const [approval, more] = all();
    if (approval === undefined || more !== undefined) throw new Error(`${all().length} approvals`);
    return approval;
  };
  const cast = async (ballot: {
    person: string;
    choice: "approve" | "reject";
    comment: string | null;
    grant: GrantOffer | null;
  }): Promise<void> => {
    const now = Math.floor(gateway.clock.ms / 1_000);
    const { id }: { id: ApprovalId } = all().at(-1) ?? only();
    const result = await approvals.change(id, (standing) =>
      vote(
        standing,
        {
          ...ballot,
          person: { id: ballot.person, name: ballot.person, groups: ["prod-approvers"] },
          at: now,
          via: "page",
        },
        APPROVALS,
        now,
      ),
    );
    if (result.kind !== "changed") throw new Error("the vote did not count");
  };
  const world: HoldWorld = {
    gateway,
    decision: "hold",
    demand: DEMAND,
    holdsSession: false,
    onPause: () => {},
    only,
    approve: (person = "Ada", grant = null) => cast({ person, choice: "approve", comment: null, grant }),
    reject: (comment) => cast({ person: "Ada", choice: "reject", comment, grant: null }),
  };
  return world;
}

/** An agent with a session, who asks for the same item again and again. */
export async function started(replaced: Parameters<typeof holdWorld>[0] = {}) {
  const world = holdWorld(replaced);
  const session = await openSession(world.gateway, "agent-1");
  // Each send is a call of its own: it has another time in its signature, and no invocation id.
  const send = (key = "A-1") => {
    world.gateway.clock.ms += 1_000;
    return world.gateway.send(getItem(world.gateway, session, { key }));
  };
  return { world, session, send, sent: world.gateway.sender.sent };
}

export function outcomes({ gateway }: HoldWorld): readonly Outcome[] {
  return gateway.log.records.flatMap(({ record }) => (record.phase === "OUTCOME" ? [record] : []));
}
