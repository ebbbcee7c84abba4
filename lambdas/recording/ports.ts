// What recording needs from the world: a log that takes each record once and never gives one up.
// Adapter: lambdas/aws/call-log.ts. A log that cannot write throws, and the flow then refuses or withholds (R7).

import type { Intent, Opening, Outcome } from "../model/record.ts";
import type { CallKey } from "./keys.ts";

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
