// What telling approvers needs from the world: mail and Slack. Adapters: lambdas/aws/mailer.ts, lambdas/net/slack-client.ts.
// Both repeat what can be repeated, a bounded number of times, and then throw: the receiver counts as not told.

export interface Mail {
  readonly from: string;
  readonly to: string;
  /** One line of printable ASCII. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailer {
  /** @throws when it was not accepted, or that is not known */
  send(mail: Mail): Promise<void>;
}

/** Blocks of Slack's Block Kit, as JSON. */
export type SlackBlock = Readonly<Record<string, unknown>>;

export interface SlackMessage {
  /** For notifications and screen readers; the blocks are what is shown. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

export interface SlackChat {
  /**
   * Posts to a channel, or below the message `thread` (shown in the channel too). Returns the message's timestamp.
   * @throws when it was not posted, or that is not known
   */
  post(channel: string, message: SlackMessage, thread?: string): Promise<string>;
  /** Replaces a message of ours. @throws when that is not known to have happened */
  update(channel: string, reference: string, message: SlackMessage): Promise<void>;
}

export interface SlackModals {
  /** Opens a form for the person who pressed a button, within 3 s of that. @throws when it did not open */
  open(triggerId: string, view: SlackBlock): Promise<void>;
}
