// The second part of the first run: an agent whose call a policy holds, until a person decides. Says what to open and who
// may decide, waits as long as it is told to, and hands the answer over. With `approve`, a person of the demo presses the
// button of the Slack message instead, by Slack's signed request to the gateway: the real path, for unattended runs.

import { setTimeout as sleep } from "node:timers/promises";
import type { Approval, ApprovalId } from "../../lambdas/model/approval.ts";
import { linkOf, readOpenApprovals } from "../open-approvals.ts";
import { pressButton, type SlackActor } from "./aws/slack-presses.ts";
import type { DemoCloud } from "./demo-cloud.ts";
import { ADMIN_ROLE, CLEANUP_AGENT, DEMO_APPROVER } from "./demo-world.ts";
import type { AgentStep } from "./first-agent.ts";
import { runFirstAgent } from "./first-run.ts";
import type { RecordsAccess } from "./records-client.ts";

export interface HeldRunOptions {
  /** A person approves a moment after they were told. */
  readonly approve: boolean;
  /** Milliseconds after which nobody is waited for any more; `undefined`: as long as the approval is open. */
  readonly patience: number | undefined;
  readonly print: (line: string) => void;
  readonly onStep: (step: AgentStep) => void;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

export type HeldRunEnd = "answered" | "undecided" | "stopped";

const LOOK_EVERY_MS = 500;
const A_MOMENT_MS = 1_500; // long enough to read the line above
const PRESSES = 5;
// Of 30 s each: the SDK comes back for longer than the hour that the policy gives the approvers.
const ATTEMPTS = "150";

/** Runs the agent's call and returns how it ended. @throws as runFirstAgent does */
export async function runHeldCall(
  demo: DemoCloud,
  records: Pick<RecordsAccess, "client" | "stateTable">,
  options: HeldRunOptions,
): Promise<HeldRunEnd> {
  const { patience, onStep, signal } = options;
  const ended = new AbortController();
  const late = new AbortController();
  const environment = { ...demo.environment(ADMIN_ROLE, CLEANUP_AGENT), AWS_MAX_ATTEMPTS: ATTEMPTS };
  const stop = AbortSignal.any([signal, late.signal]);
  const run = runFirstAgent(environment, "cleanup", onStep, stop).finally(() => ended.abort());
  const following = follow(demo, records, options, AbortSignal.any([signal, ended.signal]));
  const timer = patience === undefined ? undefined : setTimeout(() => late.abort(), patience);
  const kind = await run.then(
    () => "answered" as const,
    (error: unknown) => {
      if (signal.aborted) return "stopped";
      if (late.signal.aborted) return "undecided";
      throw error;
    },
  );
  clearTimeout(timer);
  await following;
  return kind;
}

/** Tells of the approval as soon as it is there, and has it approved where that was asked for. */
async function follow(
  demo: DemoCloud,
  records: Pick<RecordsAccess, "client" | "stateTable">,
  { approve, print }: HeldRunOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    const approval = await whenHeld(records, signal);
    for (const line of instructions(approval, demo)) print(line);
    if (!approve) return;
    await sleep(A_MOMENT_MS, undefined, { signal });
    print(`  --auto-approve: ${DEMO_APPROVER.name} presses "Approve" in Slack`);
    await press(demo, approval.id, signal);
  } catch (error) {
    if (!signal.aborted) throw error; // it ended before anything was held, or while we looked
  }
}

/** The agent's approval, once its approvers were told. */
async function whenHeld(
  { client, stateTable }: Pick<RecordsAccess, "client" | "stateTable">,
  signal: AbortSignal,
): Promise<Approval> {
  for (;;) {
    const open = await readOpenApprovals({ client, table: stateTable });
    const found = open.find(
      ({ subject, status, notices }) =>
        subject === CLEANUP_AGENT.subject && status === "pending" && notices.length > 0,
    );
    if (found !== undefined) return found;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function instructions({ id, policies, owner, demand }: Approval, { cloud }: DemoCloud): readonly string[] {
  const until = `${demand.groups.join(" and ")} (policy ${policies.join(", ")})`;
  return [
    `  held       until somebody of ${until} decides. Open in a browser:`,
    `             ${linkOf(id, cloud.tlsUrl)}`,
    `             (its certificate is this machine's own: accept it, twice). Sign in as ${DEMO_APPROVER.name}; ${owner ?? "the owner"} may not:`,
    "             she answers for this agent.",
  ];
}

/** Presses again where Slack would show its error sign, as a person does: a vote is not counted twice. */
async function press({ cloud }: DemoCloud, id: ApprovalId, signal: AbortSignal): Promise<void> {
  const button = { actionId: "countersign_approve", value: id };
  for (let left = PRESSES; ; left -= 1) {
    const { headers, body } = pressButton(DEMO_APPROVER.slack satisfies SlackActor, button, Date.now());
    const url = `${cloud.gatewayUrl}/slack/actions`;
    const response = await fetch(url, { method: "POST", headers, body, signal });
    if (response.ok) return;
    if (left === 1) throw new Error(`the press was answered with ${response.status}`);
    await sleep(A_MOMENT_MS, undefined, { signal });
  }
}
