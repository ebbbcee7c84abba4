// What Slack's presses need from the world: the memory of deliveries. Adapter: lambdas/aws/slack-deliveries.ts.

export interface SlackDeliveries {
  /** True for the first one to name this delivery; remembered for longer than its timestamp counts. @throws when unknown */
  first(delivery: string, now: number): Promise<boolean>;
}
