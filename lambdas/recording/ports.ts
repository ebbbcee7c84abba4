// What recording needs from the world: a log that takes each record once and never gives one up.
// Adapters: lambdas/aws/call-log.ts, people-log.ts and session-records.ts. A log that cannot write throws, and the flow
// then refuses or withholds (R7).

import type { SessionId } from "../model/ids.ts";
import type { Intent, Opening, Order, Outcome, Reading } from "../model/record.ts";
import type { CallKey } from "./keys.ts";
import type { StoredText } from "./leaf.ts";

export interface CallLog {
  /** Appends the first record of a session. `exists` means that it has one already. @throws when it may have none. */
  appendOpen(opening: Opening): Promise<"appended" | "exists">;
  /**
   * Appends the intent. `exists` means that another request holds this key: this one must not be sent. A write of our own
   * that was applied although it seemed to fail counts as `appended`. @throws when it is not known to be stored.
   */
  appendIntent(key: CallKey, intent: Intent): Promise<"appended" | "exists">;
  /** Appends how the call ended. @throws when it is not known to be stored, also if another outcome stands there. */
  appendOutcome(key: CallKey, outcome: Outcome): Promise<void>;
  /** Appends a refusal: an Outcome without Intent. @throws when it was not stored. */
  appendRefusal(outcome: Outcome): Promise<void>;
  /** How the call under this key ended; `none` while it runs or when its end was lost. @throws when unreadable. */
  outcomeOf(key: CallKey): Promise<Outcome | "none">;
}

/** The records of people: of each look before it is shown, of each order before it takes effect. */
export interface PeopleLog {
  /** @throws when it is not known to be stored */
  appendReading(reading: Reading): Promise<void>;
  /** @throws when it is not known to be stored */
  appendOrder(order: Order): Promise<void>;
}

/** A session read back whole, a page at a time, in the order of its keys. */
export interface SessionRecords {
  /**
   * @param cursor `next` of the page before. Hostile: comes from outside; whatever it holds, only this session is read
   * @throws when the records cannot be read
   */
  page(session: SessionId, cursor: string | null): Promise<SessionPage>;
  /** The session's first record; `undefined` when there is none. @throws when it cannot be read */
  opening(session: SessionId): Promise<StoredText | undefined>;
}

type SessionPage =
  | { readonly kind: "page"; readonly records: readonly StoredText[]; readonly next: string | null }
  | { readonly kind: "bad_cursor" };
