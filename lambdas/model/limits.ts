// How often things may happen, per instance of the function: one deployment's numbers, as lib/config-limits.ts parsed
// them. docs/limits.md says what they bound over all instances, and what they do not.

export interface Limits {
  /** Tokens shown from one source (an IPv4 address, an IPv6 /64), good or bad. */
  readonly exchangesPerMinutePerSource: number;
  /** Tokens shown that claim one issuer, from sources that have not shown a good one of it here. */
  readonly exchangesPerMinutePerIssuer: number;
  /** Requests from one source whose signature was refused. */
  readonly failuresPerMinutePerSource: number;
  /** Verified calls of one agent, over all its sessions. */
  readonly callsPerSecondPerAgent: number;
  readonly callBurstPerAgent: number;
  /** Verified calls of one session. */
  readonly callsPerSecondPerSession: number;
  readonly callBurstPerSession: number;
  /** Records of refusals without a session, from one source; and of one agent's throttled calls. */
  readonly refusalRecordsPerMinutePerSource: number;
  /** Records of refusals without a session, from all sources together. */
  readonly refusalRecordsPerMinute: number;
}
