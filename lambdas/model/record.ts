// The records: one when a session opens, two of each call (R4), one of each look that people take at them and of each
// order that an administrator gives. What stands here is written once and never changed.

import type { AccessLevel, ServiceOperation } from "./aws-call.ts";
import type { RoleArn, SessionId } from "./ids.ts";

export type CallPhase = "INTENT" | "OUTCOME";

/** Who called, in every record. */
export interface Caller {
  readonly issuer: string;
  readonly subject: string;
  readonly agent: string;
  readonly owner: string | null;
  readonly groups: readonly string[];
  readonly session: SessionId | null;
  readonly sourceIdentity: string;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** What was recognised. Absent when the call was refused before recognition. */
export interface RecordedCall extends ServiceOperation {
  readonly candidates: readonly ServiceOperation[];
  readonly actions: readonly {
    readonly action: string;
    readonly accessLevel: AccessLevel;
    readonly resources: readonly string[];
    /** How many more resources the call named than the record takes; the request's digest covers them all. */
    readonly resourcesOmitted: number;
  }[];
  readonly account: string;
  readonly region: string;
  /**
   * Parameters as JSON text, members that hold secrets masked; `null` when over the size that a record takes, or where
   * the policies say `@record("metadata")`.
   */
  readonly parameters: string | null;
  /** sha256 of the whole masked JSON text, hex: also where `parameters` is `null`. */
  readonly parametersDigest: string;
  /** Size of the whole masked JSON text in UTF-8. */
  readonly parametersBytes: number;
  /** Key of the object in the bucket of payloads that holds the text, where the record does not take it. */
  readonly parametersAt?: string;
}

/**
 * The body of an answer as its caller got it: masked. `text` where it is UTF-8, else `base64`, else `at`: the key of an
 * object in the bucket of payloads. Where it is `truncated`, only its beginning is kept; the Outcome's digest is of all.
 */
export type RecordedBody = (
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly at: string }
) & {
  /** Of the whole body. */
  readonly bytes: number;
  readonly truncated?: true;
};

/** Who let a held call run. Absent where nobody had to. */
export interface RecordedApproval {
  readonly id: string;
  readonly votes: readonly {
    readonly person: string;
    readonly choice: "approve" | "reject";
    readonly comment: string | null;
    /** ISO 8601. */
    readonly at: string;
    readonly via: "page" | "slack";
  }[];
  /** True when an earlier approval's bounded grant let this call pass. */
  readonly byGrant: boolean;
}

/** What was hidden of the answer: member paths and detectors with how often, never a value. */
export interface RecordedMasks {
  readonly paths: Readonly<Record<string, number>>;
  readonly detectors: Readonly<Record<string, number>>;
  /** Members that a policy showed although they would be hidden, as it names them. */
  readonly unmasked: readonly string[];
  /** Members that the model does not know and that passed. */
  readonly unknown: readonly string[];
}

export interface RecordedDecision {
  readonly decision: "permit" | "hold" | "deny";
  readonly reason: string | null;
  readonly policies: readonly string[];
  readonly policyVersion: string;
  /** False where the deployment only observes: this is what would have been decided, and it stopped nothing. */
  readonly enforced: boolean;
}

/** Of the form that docs/record-format.md describes. A member that is added does not raise it. */
export const RECORD_VERSION = 1;

interface RecordBase {
  readonly version: typeof RECORD_VERSION;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  readonly caller: Caller | null;
  readonly role: RoleArn | null;
  readonly call: RecordedCall | null;
  readonly decision: RecordedDecision | null;
  readonly approval?: RecordedApproval;
  /** sha256 of the wire request, hex. */
  readonly requestDigest: string;
  readonly gatewayRequestId: string;
}

/** The record of one token exchange: the session's first. */
export interface Opening extends RecordBase {
  readonly phase: "OPEN";
  /** ISO 8601 with milliseconds: the end of the session. */
  readonly expires: string;
}

export interface Intent extends RecordBase {
  readonly phase: "INTENT";
}

export interface Outcome extends RecordBase {
  readonly phase: "OUTCOME";
  /** `refused` by us, `answered` by AWS (whatever the status), or `in_doubt`: sent, and no whole answer came back. */
  readonly ending: "refused" | "answered" | "in_doubt";
  /** The status told to the caller. */
  readonly status: number;
  /** The error code told to the caller, if it was one. */
  readonly code: string | null;
  readonly awsRequestId: string | null;
  /** False only when AWS certainly did not carry the call out (throttled, or refused by AWS). */
  readonly mayHaveRun: boolean;
  /** Milliseconds by step, measured by the function. */
  readonly latency: Readonly<Record<string, number>>;
  /** sha256 and size of the answer's body, as sent to the caller. */
  readonly responseDigest: string | null;
  readonly responseBytes: number | null;
  /** Absent of an empty body, where policies say less than `@record("full")`, and where one showed what is hidden. */
  readonly response?: RecordedBody;
  readonly masks?: RecordedMasks;
  /** Why AWS's answer was not given to the caller: it could not be masked. */
  readonly withheld?: string;
  /** Of a sampled refusal: how many of its kind this function instance only counted since it last recorded one. */
  readonly unrecorded?: number;
  /** Who wrote this, where the function that made the call did not live to write how it ended. */
  readonly closedBy?: "reconciler";
}

/** A person who reads records or gives orders, as their ID token says. */
export interface Reader {
  readonly issuer: string;
  readonly subject: string;
  /** Of the configuration's entry for this login, else the subject. */
  readonly name: string;
  /** Why they may: as an administrator, as an auditor, or as the owner of what they ask about. */
  readonly as: "administrator" | "auditor" | "owner";
  readonly sourceIp: string;
  readonly userAgent: string;
}

interface PeopleBase {
  readonly version: typeof RECORD_VERSION;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  readonly reader: Reader;
  readonly gatewayRequestId: string;
}

/** That somebody looked into the records. Written before they are shown anything. */
export interface Reading extends PeopleBase {
  readonly phase: "READ";
  /** What was asked: method, path and query, as sent. */
  readonly asked: string;
}

/** What an administrator ordered, and why. Written before it takes effect. */
export interface Order extends PeopleBase {
  readonly phase: "ORDER";
  readonly order: "revoke" | "restore" | "hold" | "release";
  readonly target: OrderTarget;
  readonly reason: string;
}

/** `id`: of the session, `<issuer>|<subject>` of the agent, ARN of the role; `null` for everything. */
export interface OrderTarget {
  readonly kind: "session" | "agent" | "role" | "everything";
  readonly id: string | null;
}
