// What a test of crashes plays, and what it sees of it. Only declarations.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Approval } from "../../lambdas/model/approval.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import type { Intent, Outcome } from "../../lambdas/model/record.ts";
import type { Execution } from "../../lib/local/aws/states-executions.ts";
import type { Kill, Terms, Work } from "./approval-kill-protocol.ts";
import type { Operation } from "./kill-requests.ts";

export interface Scene {
  readonly terms: Terms;
  readonly choice: "approve" | "reject" | "none";
  /** Whether the program goes on trying after its process at the gateway was killed. */
  readonly callerStays: boolean;
  /** How often its SDK tries; 10 when left out. */
  readonly tries?: number;
  /** Of the call; a change when left out. */
  readonly operation?: Operation;
  /** What policy says; it holds the call when left out. */
  readonly decision?: "permit" | "deny";
  /** How often each event is delivered, at the same time; once when left out. */
  readonly deliveries?: number;
  /** What AWS does at the nth time that it is sent something (kill-upstream.ts); it answers when left out. */
  readonly upstream?: (nth: number) => string;
  /** The pool makes faults, so the reconciler works beside it. */
  readonly faults?: true;
  /** The reconciler's own way to the tables. */
  readonly reconciler?: DynamoDBClient;
  readonly kill: { readonly work: Work; readonly step?: string; readonly kill: Kill } | null;
}

export interface Told {
  readonly status: number;
  readonly text: string;
}

export interface Try extends Told {
  /** How often something was sent to AWS while it was served. */
  readonly sends: number;
}

export interface Played {
  readonly session: Session;
  /** How often AWS was sent the call and may have carried it out. */
  readonly sent: number;
  /** How often something was sent without an intent of its own. */
  readonly unrecorded: number;
  readonly intents: readonly Intent[];
  /** Of intents. */
  readonly outcomes: readonly Outcome[];
  /** What each try of the caller was told. */
  readonly tries: readonly Try[];
  readonly approval: Approval | undefined;
  readonly approvals: number;
  /** Of the approval's end, not of the tries of its caller. */
  readonly ends: readonly Outcome[];
  readonly told: Told | "gone";
  readonly executions: readonly Execution[];
  /** Seconds from the crash to the record of the end; without a crash from the beginning. */
  readonly secondsToEnd: number | undefined;
  readonly waitingPlacesLost: number;
  readonly killed: boolean;
  /** The acts of each function that ended, in order. */
  readonly acts: readonly { readonly work: string; readonly acts: readonly string[] }[];
}
