// One process of the gateway's functions, for tests that kill it: the real flow over the real DynamoDB adapters, with the
// rest of the world (time, workflow, AWS, mail, Slack) asked from the parent process. Every act on the world has a name;
// told to die at one, it kills itself with SIGKILL just before or just after that act.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
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
import type { Decision } from "../../lambdas/model/decision.ts";
import { newApprovalId, newNonce, random } from "../../lambdas/net/randomness.ts";
import type { Policy } from "../../lambdas/policy/policy.ts";
import { APPROVALS } from "../approval/approvals.ts";
import { fakeAnswer } from "../fakes/upstream.ts";
import { testGateway } from "../flow/gateway.ts";
import { actOf } from "./approval-kill-acts.ts";
import type { FromChild, Invoke, Reply, World } from "./approval-kill-protocol.ts";

const tell = (message: FromChild): void => void process.send?.(message);

let invoked: Invoke | undefined;
let nowMs = 0;
const acts: string[] = [];
const done: string[] = [];
const replies = new Map<number, (reply: Reply) => void>();
let asked = 0;

function askParent(world: World): Promise<Reply> {
  asked += 1;
  const id = asked;
  const { promise, resolve } = Promise.withResolvers<Reply>();
  replies.set(id, resolve);
  tell({ kind: "world", id, world });
  return promise;
}

/** Does one act under its name, and dies at it if that is what it was told. */
async function act<T>(name: string, doIt: () => Promise<T>): Promise<T> {
  acts.push(name);
  const kill = invoked?.kill;
  const isAt = (nth: number): boolean => kill?.act === name && kill.nth === nth;
  const times = (): number => done.filter((one) => one === name).length;
  if (kill?.when === "before" && isAt(times() + 1)) die();
  const result = await doIt(); // a write that lost a race is none
  done.push(name);
  if (kill?.when === "after" && isAt(times())) die();
  return result;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;); // until the signal is here
}

const client = new DynamoDBClient({
  endpoint: process.argv[2] ?? "",
  region: "eu-west-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 3,
});
const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
Object.assign(client, { send: (command: object) => act(actOf(command), () => send(command)) });

const clock = { nowMs: () => nowMs };
const pause = async (ms: number): Promise<void> => {
  await act("wait", async () => {
    nowMs = Number(await askParent({ kind: "sleep", ms }));
  });
};
const sealer = {
  seal: (purpose: string, id: string, plain: Uint8Array) =>
    act(`seal ${purpose}`, async () => `${purpose} ${id} ${Buffer.from(plain).toString("base64")}`),
  open: (purpose: string, _id: string, sealed: string) =>
    act(`open ${purpose}`, async () => Buffer.from(sealed.split(" ")[2] ?? "", "base64")),
};
const state = { client, table: process.argv[3] ?? "" };
const records = { client, table: process.argv[4] ?? "" };
const approvals = createApprovalStore({ ...state, clock, pause, random, newNonce });
const attempts = createAttempts(records);

const decide = (): Decision => ({
  kind: "hold",
  policies: ["p"],
  policyVersion: "test",
  obligations: { scope: "call" },
  approval: {
    groups: ["prod-approvers"],
    quorum: 1,
    withinSeconds: invoked?.terms.withinSeconds ?? 3_600,
    otherwise: invoked?.terms.otherwise ?? "reject",
    run: invoked?.terms.run ?? "attended",
  },
  holdsSession: false,
});
const policy: Policy = {
  version: "test",
  decideRole: () => ({ kind: "permit", policies: [], obligations: { scope: "call" }, policyVersion: "test" }),
  taggedResources: () => [],
  decideCall: decide,
};

const workflow = {
  start: async (id: string, input: object) => {
    await act("start workflow", () => askParent({ kind: "start", approval: id, input }));
  },
  resume: async (token: string, { status }: { readonly status: string }) =>
    act(
      "resume workflow",
      async () => (await askParent({ kind: "resume", token, status })) as "resumed" | "gone",
    ),
};

const { dependencies } = testGateway(
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
    log: createCallLog({ ...records, retentionDays: 1 }),
    sealer,
    credentials: {
      assume: () =>
        act("credentials", async () => ({
          kind: "credentials",
          credentials: {
            accessKeyId: "ASIAEXAMPLE",
            secretAccessKey: "example",
            sessionToken: "example",
            expiresAt: nowMs + 900_000,
          },
        })),
    },
    sender: {
      send: () =>
        act("send to aws", async () => {
          await askParent({ kind: "send" });
          return fakeAnswer(200, "{}", [["x-amzn-requestid", "upstream"]]);
        }),
    },
  },
);
const deployment = { ...dependencies.deployment, approvals: APPROVALS };
const all = { ...dependencies, deployment, sealer };

const askDependencies: Parameters<typeof ask>[1] = {
  approvals: APPROVALS,
  clock,
  store: approvals,
  sealer,
  workflow,
  log: all.log,
  attemptOf: (approval) => attempts(keyOfApproved(approval)),
  mailer: { send: ({ to }) => act("mail", async () => void (await askParent({ kind: "tell", to }))) },
  slack: {
    post: (to) => act("slack post", async () => String(await askParent({ kind: "tell", to }))),
    update: (to) => act("slack update", async () => void (await askParent({ kind: "tell", to }))),
  },
  publicUrl: async () => "https://gateway.example.com",
};

async function carryOut({ work, event }: Invoke): Promise<unknown> {
  switch (work) {
    case "call": {
      const { status, body } = await serve(event, all);
      return { status, text: body instanceof Uint8Array ? Buffer.from(body).toString() : "" };
    }
    case "ask":
      return ask(event, askDependencies);
    case "run":
      return run(event, all);
    case "vote": {
      const { kind } = await castVote(event as Parameters<typeof castVote>[0], {
        ...{ store: approvals, workflow, sealer, clock, deployment },
      });
      return kind;
    }
  }
}

process.on("message", (message: Invoke | { readonly kind: "reply"; id: number; reply: Reply }) => {
  if (message.kind === "reply") {
    replies.get(message.id)?.(message.reply);
    replies.delete(message.id);
    return;
  }
  invoked = message;
  nowMs = message.now;
  acts.length = 0;
  done.length = 0;
  carryOut(message).then(
    (result) => tell({ kind: "done", result, acts }),
    (error: unknown) => tell({ kind: "failed", message: String((error as Error).stack), acts }),
  );
});
tell({ kind: "ready" });
