// The gateway's functions as tests crash them: the real flow over the real DynamoDB adapters, with the rest of the world
// (time, workflow, AWS, mail, Slack) asked from outside. Every act on the world has a name and goes through `act`, which
// may fail, repeat or never return. Used in processes that are killed (approval-kill-child.ts) and in process (test/chaos).

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createAnswers } from "../../lambdas/aws/answers.ts";
import { createApprovalStore } from "../../lambdas/aws/approval-store.ts";
import { createAttachments } from "../../lambdas/aws/attachments.ts";
import { createAttempts } from "../../lambdas/aws/attempts.ts";
import { createCallLog } from "../../lambdas/aws/call-log.ts";
import { createGrants } from "../../lambdas/aws/grants.ts";
import { createSessionStore } from "../../lambdas/aws/session-store.ts";
import { createWaitingPlaces } from "../../lambdas/aws/waiting-places.ts";
import { ask } from "../../lambdas/flow/ask.ts";
import { run } from "../../lambdas/flow/run.ts";
import { serve } from "../../lambdas/flow/serve.ts";
import { keyOfApproved } from "../../lambdas/flow/tell-approval.ts";
import { castVote } from "../../lambdas/flow/vote.ts";
import { newApprovalId, newNonce, random } from "../../lambdas/net/randomness.ts";
import type { Policy } from "../../lambdas/policy/policy.ts";
import { APPROVALS } from "../approval/approvals.ts";
import { SESSIONS_TABLE, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { testGateway } from "../flow/gateway.ts";
import { actOf } from "./approval-kill-acts.ts";
import type { Invoke, Reply, World } from "./approval-kill-protocol.ts";
import { upstreamAnswer } from "./kill-upstream.ts";

export interface Surroundings {
  /** Does one act under its name, or what a test makes of it. */
  readonly act: <T>(name: string, doIt: () => Promise<T>) => Promise<T>;
  readonly ask: (world: World) => Promise<Reply>;
  readonly client: DynamoDBClient;
  /** Epoch milliseconds, as far as this function knows. */
  readonly now: { ms: number };
}

/** What a credential of AWS looks like here: nothing that is stored may hold it. */
export const CREDENTIAL_CANARY = "canary-of-a-target-credential";

/** Each DynamoDB command as an act; adapters use nothing else of the client. */
export function actingClient({ client, act }: Pick<Surroundings, "client" | "act">): DynamoDBClient {
  const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
  return { send: (command: object) => act(actOf(command), () => send(command)) } as unknown as DynamoDBClient;
}

/** Runs one function once. */
export async function carryOut(invoked: Invoke, surroundings: Surroundings): Promise<unknown> {
  const { work, event } = invoked;
  const { dependencies, askDependencies } = functionsOf(invoked, surroundings);
  switch (work) {
    case "call": {
      const { status, body } = await serve(event, dependencies);
      return { status, text: body instanceof Uint8Array ? Buffer.from(body).toString() : "" };
    }
    case "ask":
      return ask(event, askDependencies);
    case "run":
      return run(event, dependencies);
    case "vote": {
      const { approvals: store, workflow, sealer, clock, deployment } = dependencies;
      const vote = event as Parameters<typeof castVote>[0];
      return (await castVote(vote, { store, workflow, sealer, clock, deployment })).kind;
    }
  }
}

function functionsOf(invoked: Invoke, surroundings: Surroundings) {
  const { act, ask: askOutside, now } = surroundings;
  const client = actingClient(surroundings);
  const state = { client, table: STATE_TABLE };
  const records = { client, table: SESSIONS_TABLE };
  const clock = { nowMs: () => now.ms };
  const pause = async (ms: number): Promise<void> => {
    await act("wait", async () => {
      now.ms = Number(await askOutside({ kind: "sleep", ms }));
    });
  };
  const sealer = {
    seal: (purpose: string, id: string, plain: Uint8Array) =>
      act(`seal ${purpose}`, async () => `${purpose} ${id} ${Buffer.from(plain).toString("base64")}`),
    open: (purpose: string, _id: string, sealed: string) =>
      act(`open ${purpose}`, async () => Buffer.from(sealed.split(" ")[2] ?? "", "base64")),
  };
  const approvals = createApprovalStore({ ...state, clock, pause, random, newNonce });
  const attempts = createAttempts(records);

  const policy = policyOf(invoked);

  const workflow = {
    start: async (id: string, input: object) => {
      await act("start workflow", () => askOutside({ kind: "start", approval: id, input }));
    },
    resume: async (token: string, { status }: { readonly status: string }) =>
      act(
        "resume workflow",
        async () => (await askOutside({ kind: "resume", token, status })) as "resumed" | "gone",
      ),
  };

  const { dependencies: served } = testGateway(
    {},
    {
      clock,
      pause,
      policy,
      approvals,
      workflow,
      newApprovalId,
      attachments: createAttachments(state),
      grants: createGrants(state),
      answers: createAnswers({ ...state, sealer, newNonce }),
      places: createWaitingPlaces({ ...state, places: 20, newNonce, random }),
      sessions: createSessionStore(state),
      log: createCallLog({ ...records, retentionDays: 1, clock }),
      sealer,
      credentials: {
        assume: () =>
          act("credentials", async () => ({
            kind: "credentials",
            credentials: {
              accessKeyId: "ASIAEXAMPLE",
              secretAccessKey: CREDENTIAL_CANARY,
              sessionToken: CREDENTIAL_CANARY,
              expiresAt: now.ms + 900_000,
            },
          })),
      },
      sender: {
        send: () =>
          act("send to aws", async () =>
            upstreamAnswer(String(await askOutside({ kind: "send" })), (end) => act("read answer", end)),
          ),
      },
    },
  );
  const deployment = { ...served.deployment, approvals: APPROVALS };
  const dependencies = { ...served, deployment, sealer, approvals, workflow };

  const askDependencies: Parameters<typeof ask>[1] = {
    approvals: APPROVALS,
    clock,
    store: approvals,
    sealer,
    workflow,
    log: dependencies.log,
    attemptOf: (approval) => attempts(keyOfApproved(approval)),
    mailer: { send: ({ to }) => act("mail", async () => void (await askOutside({ kind: "tell", to }))) },
    slack: {
      post: (to) => act("slack post", async () => String(await askOutside({ kind: "tell", to }))),
      update: (to) => act("slack update", async () => void (await askOutside({ kind: "tell", to }))),
    },
    publicUrl: async () => "https://gateway.example.com",
  };
  return { dependencies, askDependencies };
}

function policyOf({ terms, decision }: Invoke): Policy {
  const base = { policies: ["p"], policyVersion: "test" } as const;
  const obligations = { scope: "call" } as const;
  const demand = { ...terms, groups: ["prod-approvers"], quorum: 1 } as const;
  const decideCall: Policy["decideCall"] = () => {
    if (decision === "permit") return { ...base, kind: "permit", obligations };
    if (decision === "deny") return { ...base, kind: "deny", reason: "forbidden", message: "not here" };
    return { ...base, kind: "hold", obligations, approval: demand, holdsSession: false };
  };
  return {
    version: "test",
    decideRole: () => ({ ...base, kind: "permit", policies: [], obligations }),
    taggedResources: () => [],
    decideCall,
  };
}
