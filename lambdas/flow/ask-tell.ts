// Tells the approvers of one held call at one step: mail and Slack, each receiver on its own, so that one that fails or is
// slow stops no other. What was sent is remembered on the approval at once: a repetition after a crash tells only those
// who were not told. Who is told is approval/notices/'s; repeating a failed sending is the adapters'.

import { mailOf } from "../approval/notices/mail.ts";
import type { Mailer, SlackChat } from "../approval/notices/ports.ts";
import {
  messageIn,
  noted,
  type Receiver,
  receiversOf,
  remindSecondsOf,
  stillToTell,
} from "../approval/notices/receivers.ts";
import type { ApprovalStore } from "../approval/ports.ts";
import { heldMessage, reminderMessage, settledMessage } from "../approval/slack/message.ts";
import { faultFields, log } from "../boundary/log.ts";
import type { Approval, Notice, NoticeStep } from "../model/approval.ts";
import type { ApprovalsConfig } from "../model/deployment.ts";
import type { Clock } from "../net/clock.ts";

const AT_ONCE = 4; // SES lets a new account send 14 mails a second, its sandbox one

export interface TellDependencies {
  readonly store: Pick<ApprovalStore, "change">;
  /** The configuration; `null`: there is nobody to tell. */
  readonly approvals: ApprovalsConfig | null;
  readonly mailer: Mailer;
  readonly slack: SlackChat;
  readonly publicUrl: () => Promise<string>;
  readonly clock: Clock;
}

/**
 * Returns the approval with what was sent. Never throws for a receiver who could not be told: that is noted too.
 * @throws when it is not known whether a notice was noted; the step is then repeated
 */
export async function tell(
  approval: Approval,
  step: NoticeStep,
  dependencies: TellDependencies,
): Promise<Approval> {
  const { approvals, clock } = dependencies;
  const now = Math.floor(clock.nowMs() / 1_000);
  const receivers = receiversOf(approval, approvals);
  const open = [...stillToTell({ approval, step, now }, receivers, remindSecondsOf(approval, approvals))];
  if (open.length === 0) return approval;
  const publicUrl = await dependencies.publicUrl();
  let latest = approval;
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: writers of one item would only make each other read it again.
  const note = (notice: Notice): Promise<void> => {
    const mine = last.then(async () => {
      const result = await dependencies.store.change(approval.id, (current) => noted(current, notice));
      if (result.kind !== "unknown") latest = result.approval;
    });
    last = mine.catch(() => {}); // whoever waits for this one hears of it; the next is not its matter
    return mine;
  };
  const work = async (): Promise<void> => {
    for (let receiver = open.shift(); receiver !== undefined; receiver = open.shift()) {
      await note(await send(receiver, { approval, step, publicUrl, now }, dependencies));
    }
  };
  const endings = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = endings.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
  return latest;
}

/** Makes the Slack messages say how the call stands now. Best effort: the page always shows it. */
export async function refreshMessages(
  approval: Approval,
  { slack, publicUrl, clock }: Pick<TellDependencies, "slack" | "publicUrl" | "clock">,
): Promise<void> {
  const messages = approval.notices.flatMap(({ channel, to, reference }) =>
    channel === "slack" && reference !== null ? [{ to, reference }] : [],
  );
  if (messages.length === 0) return;
  try {
    const facts = { approval, publicUrl: await publicUrl(), now: Math.floor(clock.nowMs() / 1_000) };
    const message =
      approval.status === "pending" ? heldMessage({ ...facts, step: "ask" }) : settledMessage(facts);
    const updates = await Promise.allSettled(
      messages.map(({ to, reference }) => slack.update(to, reference, message)),
    );
    for (const update of updates) if (update.status === "rejected") throw update.reason;
  } catch (error) {
    log({ event: "fault", fault: faultFields(error) });
  }
}

interface Telling {
  readonly approval: Approval;
  readonly step: NoticeStep;
  readonly publicUrl: string;
  readonly now: number;
}

async function send(
  { channel, to }: Receiver,
  telling: Telling,
  { mailer, slack, approvals }: TellDependencies,
): Promise<Notice> {
  const notice = { step: telling.step, channel, to, at: telling.now } as const;
  try {
    if (channel === "slack") return { ...notice, outcome: "sent", reference: await post(to, telling, slack) };
    await mailer.send(mailOf({ ...telling, from: approvals?.mailFrom ?? "", to }));
    return { ...notice, outcome: "sent", reference: null };
  } catch (error) {
    log({ event: "fault", fault: faultFields(error) });
    return { ...notice, outcome: "failed", reference: null };
  }
}

/** The whole message once in each channel; after that, lines below it. Returns what is to be updated at the end. */
async function post(channel: string, telling: Telling, slack: SlackChat): Promise<string | null> {
  const first = messageIn(telling.approval, channel);
  if (first === undefined) return slack.post(channel, heldMessage(telling));
  await slack.post(channel, reminderMessage(telling), first);
  return null;
}
