// All commands by group, in the order of the overview. Each is loaded when it is called: every program pays for its
// imports, and `credentials` runs whenever an SDK wants keys.

import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** True where it reads policies, models or the configuration of a checkout. */
  readonly needsCheckout?: boolean;
  load(): Promise<Command>;
}

export interface CommandGroup {
  readonly title: string;
  readonly entries: readonly CommandEntry[];
}

export const GROUPS: readonly CommandGroup[] = [
  {
    title: "Read the records, as yourself",
    entries: [
      {
        name: "login",
        summary: "sign in at a gateway",
        load: async () => (await import("./login.ts")).login,
      },
      { name: "logout", summary: "forget that", load: async () => (await import("./logout.ts")).logout },
      {
        name: "sessions",
        summary: "recorded sessions by agent and time",
        load: async () => (await import("./sessions.ts")).sessions,
      },
      {
        name: "calls",
        summary: "recorded calls by agent, action, resource, decision ...",
        load: async () => (await import("./calls.ts")).calls,
      },
      {
        name: "show",
        summary: "one session on a screen",
        load: async () => (await import("./show.ts")).show,
      },
      {
        name: "replay",
        summary: "one session as a story",
        load: async () => (await import("./replay.ts")).replay,
      },
      { name: "tail", summary: "calls as they come", load: async () => (await import("./tail.ts")).tail },
    ],
  },
  {
    title: "Decide and order",
    entries: [
      {
        name: "approvals",
        summary: "what waits for people",
        load: async () => (await import("./approvals.ts")).approvals,
      },
      {
        name: "revoke",
        summary: "stop a session, an agent, a role or everything; lift, list",
        load: async () => (await import("./revoke.ts")).revoke,
      },
      {
        name: "hold",
        summary: "keep a session's records beyond their retention",
        load: async () => (await import("./hold.ts")).hold,
      },
      {
        name: "forbid",
        summary: "stop calls at once, whatever the policies say",
        load: async () => (await import("./forbid.ts")).forbid,
      },
    ],
  },
  {
    title: "Prove",
    entries: [
      {
        name: "export",
        summary: "what is recorded and sealed, as JSON lines",
        load: async () => (await import("./export.ts")).exportRecords,
      },
      {
        name: "export-key",
        summary: "the public key that proves it",
        load: async () => (await import("./export-key.ts")).exportKey,
      },
      {
        name: "verify",
        summary: "prove offline that an export is what was recorded",
        load: async () => (await import("./verify.ts")).verify,
      },
      {
        name: "reconcile-cloudtrail",
        summary: "find calls that went around the gateway",
        load: async () => (await import("./reconcile-cloudtrail.ts")).reconcileCloudtrail,
      },
    ],
  },
  {
    title: "For agents",
    entries: [
      {
        name: "env",
        summary: "the variables of an agent's SDK",
        load: async () => (await import("./env.ts")).env,
      },
      {
        name: "credentials",
        summary: "keys, as `credential_process`",
        load: async () => (await import("./credentials.ts")).credentials,
      },
    ],
  },
  {
    title: "For authors of policies, in a checkout",
    entries: [
      {
        name: "policy",
        summary: "test, check, explain, compare and suggest policies",
        needsCheckout: true,
        load: async () => (await import("./policy.ts")).policy,
      },
      {
        name: "recognise",
        summary: "what AWS would understand of requests",
        needsCheckout: true,
        load: async () => (await import("./recognise.ts")).recognise,
      },
    ],
  },
];

export const COMMANDS: readonly CommandEntry[] = GROUPS.flatMap(({ entries }) => entries);
