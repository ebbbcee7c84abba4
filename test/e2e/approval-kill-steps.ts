// Every act on the world between a held call and its end, by the function that does it: where a process is killed.
// `end` is what the approval must become, `sent` how often AWS may have been sent the call.

import type { Kill, Work } from "./approval-kill-protocol.ts";

type Story = "attended" | "stored" | "rejected";

export interface KillStep {
  readonly story: Story;
  readonly work: Work;
  /** The workflow's step, where the function `ask` has several. */
  readonly step?: string;
  readonly kill: Kill;
  readonly end: "done" | "failed" | "in_doubt" | "rejected" | "done or in_doubt";
  readonly sent: 0 | 1;
}

type Row = readonly [when: Kill["when"], act: string, end: KillStep["end"], sent: 0 | 1];

/** Until a caller has claimed the execution, a crash costs nothing: the call is made. */
const OPENING: readonly Row[] = [
  ["before", "write OPEN", "done", 1],
  ["after", "write OPEN", "done", 1],
  ["after", "write APPROVAL", "done", 1],
  ["after", "start workflow", "done", 1],
  ["after", "write ATTACH", "done", 1],
  ["after", "write WAIT", "done", 1],
  ["after", "write WAIT#2", "done", 1],
  ["after", "write APPROVAL (pending)", "done", 1],
  ["after", "wait", "done", 1],
];

/** From the claim to the end. In between nothing is sent again. */
const RUNNING: readonly Row[] = [
  ["after", "write APPROVAL (running)", "failed", 0],
  ["before", "credentials", "failed", 0], // after the policy of that moment was asked
  ["after", "credentials", "failed", 0],
  ["after", "write INTENT", "in_doubt", 0],
  ["inside", "send to aws", "in_doubt", 1],
  ["after", "send to aws", "in_doubt", 1],
  ["after", "write OUTCOME", "done", 1],
  ["after", "seal answer", "done or in_doubt", 1], // the Outcome is written at the same time
  ["after", "write ANSWER", "done or in_doubt", 1],
  ["after", "write APPROVAL (done)", "done", 1],
];

const LEAVING: readonly Row[] = [
  ["after", "write ANSWER (changed)", "done", 1],
  ["after", "write WAIT (left)", "done", 1],
];

const ASKING: readonly Row[] = [
  ["before", "seal task-token", "done", 1],
  ["after", "seal task-token", "done", 1],
  ["after", "write APPROVAL token", "done", 1],
  ["after", "slack post", "done", 1],
  ["after", "mail", "done", 1],
  ["after", "mail#2", "done", 1],
  ["after", "write APPROVAL (pending)", "done", 1],
  ["after", "write APPROVAL (pending)#2", "done", 1],
  ["after", "write APPROVAL (pending)#3", "done", 1],
];

const VOTING: readonly Row[] = [
  ["before", "write APPROVAL (approved)", "done", 1],
  ["after", "write APPROVAL (approved)", "done", 1],
  ["after", "open task-token", "done", 1],
  ["after", "resume workflow", "done", 1],
];

const RUN_ALONE: readonly Row[] = [
  ["before", "open held-request", "failed", 0],
  ["after", "open held-request", "failed", 0],
  ["before", "write APPROVAL (running)", "failed", 0],
  ...RUNNING,
  ["after", "write HELD (deleted)", "done", 1],
];

const SEALING: readonly Row[] = [
  ["after", "seal held-request", "done", 1],
  ["after", "write HELD", "done", 1],
  ["after", "open answer", "done", 1],
];

const CLOSING: readonly Row[] = [
  ["before", "write APPROVAL (rejected)", "rejected", 0],
  ["after", "write APPROVAL (rejected)", "rejected", 0],
  ["after", "write record of an end", "rejected", 0],
  ["after", "slack update", "rejected", 0],
];

function stepsOf(story: Story, work: Work, rows: readonly Row[], step?: string): readonly KillStep[] {
  return rows.map(([when, name, end, sent]) => {
    const [act = "", nth = "1"] = name.split("#");
    return {
      story,
      work,
      kill: { when, act, nth: Number(nth) },
      end,
      sent,
      ...(step !== undefined && { step }),
    };
  });
}

export const KILL_STEPS: readonly KillStep[] = [
  ...stepsOf("attended", "call", [...OPENING, ...RUNNING, ...LEAVING]),
  ...stepsOf("stored", "call", SEALING),
  ...stepsOf("attended", "ask", ASKING, "ask"),
  ...stepsOf("attended", "vote", VOTING),
  ...stepsOf("stored", "run", RUN_ALONE),
  ...stepsOf("attended", "ask", [["after", "slack update", "done", 1]], "close"),
  ...stepsOf("rejected", "ask", CLOSING, "close"),
];

/** The caller's own claims, with a program that does not come back: the workflow alone has to find their end. */
export const LEFT_ALONE: readonly KillStep[] = stepsOf(
  "attended",
  "call",
  RUNNING.filter(([when, act]) => when === "inside" || /\(running\)|INTENT|OUTCOME/.test(act)),
);
