// What the flows need from the world beside the ports of single steps: the sessions and their secrets.
// Adapters: session-store.ts, session-secrets.ts and budgets.ts in lambdas/aws/.

import type { CallLimit } from "../model/decision.ts";
import type { EmergencyForbid } from "../model/emergency.ts";
import type { RoleArn, SessionId } from "../model/ids.ts";
import type { Principal, Session } from "../model/principal.ts";

export type Revocation = "session" | "agent" | "role" | "everything";

export type SessionLookup =
  | { readonly kind: "found"; readonly session: Session; readonly emergency: EmergencyForbid }
  | { readonly kind: "unknown" }
  | { readonly kind: "revoked"; readonly by: Revocation };

/** What administrators have ordered that touches an agent and a role, as of one read. */
interface Standing {
  readonly revoked: Revocation | "none";
  readonly emergency: EmergencyForbid;
}

export interface SessionStore {
  /** Stores a new session. @throws when it was not stored, also when the id is taken. */
  open(session: Session): Promise<void>;
  /** The session with its revocation and the emergency forbid, as of now. @throws when that cannot be read. */
  find(id: SessionId): Promise<SessionLookup>;
  /**
   * Whether this agent may use this role at all, for an exchange; with the session that an approved call was made in, for
   * its run, whether that session has ended meanwhile or not. @throws when unreadable.
   */
  standingOf(principal: Principal, role: RoleArn, session?: SessionId): Promise<Standing>;
}

export interface Budgets {
  /**
   * Takes one call of the agent's budget in the window of `now` (epoch seconds), if one is left.
   * @throws when it is not known whether one was taken
   */
  spend(principal: Principal, limit: CallLimit, now: number): Promise<"spent" | "used_up">;
}

export interface SessionSecrets {
  /**
   * The secret in base64, for the session's key and message. Concurrent callers share one KMS call.
   * @throws when KMS does not answer; nothing is remembered then
   */
  secretOf(keyArn: string, message: Uint8Array): Promise<string>;
}
