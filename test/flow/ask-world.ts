// Everything that the step `ask` reaches, in memory: a store, a workflow that waits by one token at a time, mail and Slack.
// `crashing` makes any port call throw before or after it was carried out, as a killed function would leave it.

import type { Mail, SlackMessage } from "../../lambdas/approval/notices/ports.ts";
import type { ChangeResult } from "../../lambdas/approval/ports.ts";
import type { Change } from "../../lambdas/approval/transitions.ts";
import { CountersignError } from "../../lambdas/boundary/errors.ts";
import type { AskDependencies } from "../../lambdas/flow/ask.ts";
import type { Attempt } from "../../lambdas/flow/ask-close.ts";
import type { Approval, ApprovalId } from "../../lambdas/model/approval.ts";
import type { ApprovalsConfig, Deployment } from "../../lambdas/model/deployment.ts";
import { refusalItemKey } from "../../lambdas/recording/keys.ts";
import { APPROVALS, approvalOf, ID, NOW, URL } from "../approval/approvals.ts";

export interface AskWorld {
  readonly dependencies: AskDependencies;
  approval: Approval | undefined;
  sealedToken: string | undefined;
  /** Milliseconds. */
  nowMs: number;
  attempt: Attempt;
  readonly resumed: { readonly token: string; readonly status: string }[];
  readonly mails: Mail[];
  readonly posts: {
    readonly channel: string;
    readonly thread: string | undefined;
    readonly message: SlackMessage;
  }[];
  readonly updates: { readonly reference: string; readonly message: SlackMessage }[];
  /** Sort keys of the records, in order. */
  readonly records: Map<string, unknown>;
  /** What each port call is asked before it is carried out; may throw or change the world. */
  before: (name: string) => void | Promise<void>;
  after: (name: string) => void;
}

export function askWorld(config: ApprovalsConfig | null = APPROVALS): AskWorld {
  const world: AskWorld = {
    approval: approvalOf(),
    sealedToken: undefined,
    nowMs: NOW * 1_000,
    attempt: "none",
    resumed: [],
    mails: [],
    posts: [],
    updates: [],
    records: new Map(),
    before: () => {},
    after: () => {},
    dependencies: undefined as unknown as AskDependencies,
  };
  const port = <Args extends unknown[], Result>(name: string, run: (...args: Args) => Result) => {
    return async (...args: Args): Promise<Awaited<Result>> => {
      await world.before(name);
      const result = await run(...args);
      world.after(name);
      return result;
    };
  };
  const unused = (): never => {
    throw new Error("not part of this");
  };
  const dependencies: AskDependencies = {
    approvals: config,
    clock: { nowMs: () => world.nowMs },
    publicUrl: port("publicUrl", () => URL),
    store: {
      open: unused,
      openFor: unused,
      requestOf: unused,
      listOpen: unused,
      find: port("find", () => structuredClone(world.approval)),
      change: port("change", (_id: ApprovalId, step: (approval: Approval) => Change): ChangeResult => {
        if (world.approval === undefined) return { kind: "unknown" };
        const change = step(world.approval);
        if (change.kind === "keep") {
          return { kind: "unchanged", approval: world.approval, reason: change.reason };
        }
        const approval = structuredClone(change.approval);
        world.approval = approval;
        return { kind: "changed", approval };
      }),
      putToken: port("putToken", (_id, sealed: string) => {
        world.sealedToken = sealed;
      }),
      tokenOf: port("tokenOf", () => world.sealedToken),
    } as unknown as AskDependencies["store"],
    sealer: {
      seal: port(
        "seal",
        (purpose, id, plain) => `sealed ${purpose} ${id} ${Buffer.from(plain).toString("hex")}`,
      ),
    },
    workflow: {
      resume: port("resume", (token: string, { status }: { status: string }) => {
        world.resumed.push({ token, status });
        return "resumed" as const;
      }),
    },
    mailer: {
      send: port("mail", (mail: Mail) => {
        world.mails.push(mail);
      }),
    },
    slack: {
      post: port("post", (channel: string, message: SlackMessage, thread?: string) => {
        world.posts.push({ channel, thread, message });
        return `1000.${world.posts.length}`;
      }),
      update: port("update", (_channel: string, reference: string, message: SlackMessage) => {
        world.updates.push({ reference, message });
      }),
    },
    attemptOf: port("attemptOf", () => world.attempt),
    log: {
      appendRefusal: port("record", (outcome) => {
        const { sk } = refusalItemKey(outcome.caller?.session ?? null, outcome.at, outcome.gatewayRequestId);
        if (world.records.has(sk)) throw new CountersignError("record_failed", "another record stands there");
        world.records.set(sk, outcome);
      }),
    },
  };
  return Object.assign(world, { dependencies });
}

export function deploymentOf(approvals: ApprovalsConfig | null): Deployment {
  return { approvals } as unknown as Deployment;
}

export const EVENT = { approvalId: ID, taskToken: "task-token-1" };
