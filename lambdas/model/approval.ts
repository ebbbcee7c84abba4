// The state of one held call, or of one held use of a role, and the votes on it. Lies as one item in table `state`; each
// change is one conditional write. approval/ says which changes there are; nothing here holds a secret in clear text.

import type { AccessLevel } from "./aws-call.ts";
import type { ApprovalDemand } from "./decision.ts";
import type { RoleArn, SessionId } from "./ids.ts";
import type { Intent } from "./record.ts";

declare const brand: unique symbol;

/** 26 characters of RFC 4648 base32: 128 random bits. Also the name of the state machine's execution. */
export type ApprovalId = string & { readonly [brand]: "ApprovalId" };

const APPROVAL_ID = /^[A-Z2-7]{26}$/;

/** Returns the approval id, or `undefined` when the text does not have its form. */
export function parseApprovalId(text: string): ApprovalId | undefined {
  return APPROVAL_ID.test(text) ? (text as ApprovalId) : undefined;
}

/**
 * `pending` is open to votes; `approved` waits for its one execution, which `running` has claimed. All others are final.
 * `done`: AWS answered, whatever it said. `failed`: certainly not carried out. `in_doubt`: sent, and no answer is known.
 */
export type ApprovalStatus =
  | "pending"
  | "approved"
  | "running"
  | "done"
  | "failed"
  | "in_doubt"
  | "rejected"
  | "expired"
  | "cancelled";

/** What an approver adds to a vote: the same operation on the same resources by the same agent, so often, for so long. */
export interface GrantOffer {
  /** 1 to 5 further calls. */
  readonly calls: number;
  /** Up to 3,600. */
  readonly seconds: number;
}

/** A person who decides: by the configured name where their identities are listed, else by issuer and subject. */
export interface Person {
  /** The configured person's name, or `<issuer>|<subject>`: what makes two logins the same person. */
  readonly id: string;
  readonly name: string;
  /** The approver groups they are in, by configuration and by the token they showed just now. */
  readonly groups: readonly string[];
}

export interface Vote {
  readonly person: Person;
  readonly choice: "approve" | "reject";
  /** Required for a rejection; told to the caller. */
  readonly comment: string | null;
  /** Epoch seconds. */
  readonly at: number;
  readonly via: "page" | "slack";
  readonly grant: GrantOffer | null;
}

/** What the approver sees of the call: from the typed call, secrets masked, never from the request's own text. */
export interface HeldCall {
  readonly service: string;
  readonly operation: string;
  readonly accessLevel: AccessLevel;
  readonly actions: readonly { readonly action: string; readonly resources: readonly string[] }[];
  readonly account: string;
  readonly region: string;
  /** Parameters by member path, masked, in the order of the call; bounded, `parametersOmitted` counts the rest. */
  readonly parameters: readonly { readonly path: string; readonly value: string }[];
  readonly parametersOmitted: number;
  /** The configuration's resource sets that the call touches, e.g. `critical`. */
  readonly resourceSets: readonly string[];
  /** What AWS says about the target now, as label and value; null where nothing could be read. */
  readonly preview: readonly { readonly label: string; readonly value: string }[] | null;
}

export interface Approval {
  readonly id: ApprovalId;
  /** `session` holds the use of a role: approved, it counts for the rest of that session, and each call is decided anew. */
  readonly kind: "call" | "session";
  readonly status: ApprovalStatus;
  /** What exactly is held (recording/keys.ts); nothing else may run under this approval. */
  readonly fingerprint: string;
  readonly issuer: string;
  readonly subject: string;
  readonly agent: string;
  /** The person who answers for the agent: may not vote. */
  readonly owner: string | null;
  readonly session: SessionId;
  readonly role: RoleArn;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly demand: ApprovalDemand;
  readonly policies: readonly string[];
  readonly policyVersion: string;
  readonly call: HeldCall;
  /** What its records say of caller and call; the record of its end is made from this when no call runs. */
  readonly record: Intent;
  /** Epoch seconds. */
  readonly openedAt: number;
  /** Epoch seconds: no vote counts and nothing runs from then on. A queued approval ends later than `demand.within`. */
  readonly expiresAt: number;
  /** Groups whose escalation group may vote too by now. */
  readonly escalated: readonly string[];
  readonly votes: readonly Vote[];
  /** Epoch seconds; null until the last vote that was needed. */
  readonly decidedAt: number | null;
  /** Epoch seconds until which a caller is known to wait on an open connection. */
  readonly callerWaitsUntil: number;
  /** Who claimed the one execution, when (epoch seconds), and the session in which its records lie: not always the first's. */
  readonly claim: { readonly by: "call" | "run"; readonly at: number; readonly session?: SessionId } | null;
  /** How it ended, for people: a sentence without secrets. */
  readonly ending: string | null;
  /** The status that AWS answered with, and its request id. */
  readonly answer: { readonly status: number; readonly awsRequestId: string | null } | null;
  /** Epoch seconds: when the record of an end without an execution was first written; absent until then. */
  readonly closedAt?: number;
  /** Where the approvers were told: `mail:<address>`, `slack:<channel>` with the message to update. */
  readonly notices: readonly Notice[];
}

/** Why approvers are told: the first time, again, their escalation group too, or daily when it is kept waiting. */
export type NoticeStep = "ask" | "remind" | "escalate" | "queue";

/** One for each step, channel and receiver: a step that comes again replaces its own. */
export interface Notice {
  readonly step: NoticeStep;
  readonly channel: "mail" | "slack";
  /** The mail address, or Slack's channel id. */
  readonly to: string;
  readonly outcome: "sent" | "failed";
  /** Slack's message timestamp, with which it is updated. */
  readonly reference: string | null;
  /** Epoch seconds. */
  readonly at: number;
}
