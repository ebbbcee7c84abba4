// Who is to be told at a step, who was told already, and how that is remembered on the approval. Pure. Trusts the
// configuration; sending is the flow's.

import type { Approval, Notice, NoticeStep } from "../../model/approval.ts";
import type { ApprovalsConfig, ApproverGroup } from "../../model/deployment.ts";
import { type Change, noticed } from "../transitions.ts";

export interface Receiver {
  readonly channel: Notice["channel"];
  readonly to: string;
}

const DAY_SECONDS = 86_400;

/** Every address and channel of the demanded groups, and of those they were escalated to, each once. */
export function receiversOf(approval: Approval, approvals: ApprovalsConfig | null): readonly Receiver[] {
  if (approvals === null) return [];
  const named = new Map(approvals.groups.map((group) => [group.name, group]));
  const demanded = approval.demand.groups.flatMap((name) => named.get(name) ?? []);
  const escalated = approval.escalated.flatMap((name) => {
    const further = named.get(name)?.escalateTo;
    return further === undefined || further === null ? [] : (named.get(further) ?? []);
  });
  const all = [...demanded, ...escalated].flatMap((group) => channelsOf(group, approvals));
  return [...new Map(all.map((receiver) => [`${receiver.channel}:${receiver.to}`, receiver])).values()];
}

function channelsOf(
  { emails, slackChannel }: ApproverGroup,
  approvals: ApprovalsConfig,
): readonly Receiver[] {
  return [
    ...(approvals.slack === null || slackChannel === null
      ? []
      : [{ channel: "slack", to: slackChannel } as const]),
    ...(approvals.mailFrom === null ? [] : emails.map((to) => ({ channel: "mail", to }) as const)),
  ];
}

/**
 * Those of `receivers` who were not told at this step yet. A step that recurs counts as told for half of its interval: a
 * repetition after a crash comes within seconds, the next reminder after a whole one.
 */
export function stillToTell(
  { approval, step, now }: { readonly approval: Approval; readonly step: NoticeStep; readonly now: number },
  receivers: readonly Receiver[],
  remindSeconds: number,
): readonly Receiver[] {
  const lasts: Record<NoticeStep, number> = {
    ask: Number.POSITIVE_INFINITY,
    remind: remindSeconds / 2,
    escalate: Number.POSITIVE_INFINITY,
    queue: DAY_SECONDS / 2,
  };
  const isTold = (receiver: Receiver): boolean =>
    approval.notices.some(
      (notice) =>
        isFor(notice, receiver) &&
        notice.step === step &&
        notice.outcome === "sent" &&
        now - notice.at < lasts[step],
    );
  return receivers.filter((receiver) => !isTold(receiver));
}

/** How often this approval's groups are reminded: the shortest interval of all. */
export function remindSecondsOf({ demand }: Approval, approvals: ApprovalsConfig | null): number {
  const minutes = (approvals?.groups ?? [])
    .filter(({ name }) => demand.groups.includes(name))
    .map(({ remindMinutes }) => remindMinutes);
  return Math.min(...minutes, DAY_SECONDS / 60) * 60;
}

/** Whether anybody was ever told. */
export function anybodyTold({ notices }: Approval): boolean {
  return notices.some(({ outcome }) => outcome === "sent");
}

/** The Slack message of this channel that shows the call, if there is one. */
export function messageIn({ notices }: Approval, channel: string): string | undefined {
  const [first] = notices.filter(
    (notice) => notice.channel === "slack" && notice.to === channel && notice.reference !== null,
  );
  return first?.reference ?? undefined;
}

/** Remembers a notice in place of an earlier one of the same step to the same receiver: the list stays short. */
export function noted(approval: Approval, notice: Notice): Change {
  const before = approval.notices.find((other) => isFor(other, notice) && other.step === notice.step);
  // A failed repetition does not make an earlier success undone, and a message is to be updated whatever came later.
  const kept = notice.outcome === "failed" && before?.outcome === "sent" ? before : notice;
  return noticed(approval, [{ ...kept, reference: notice.reference ?? before?.reference ?? null }]);
}

function isFor(notice: Notice, { channel, to }: Receiver): boolean {
  return notice.channel === channel && notice.to === to;
}
