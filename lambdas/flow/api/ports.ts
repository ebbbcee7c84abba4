// What reading and ordering need of the world beside the records: the revocation markers, written (adapter:
// lambdas/aws/markers.ts), and legal holds. That a marker stops what it names is the session store's, which reads them at
// every call; what a hold copies, and where to, is the holds'.

import type { SessionId } from "../../model/ids.ts";
import type { OrderTarget } from "../../model/record.ts";

/** Who revoked, when and why. Told to administrators and auditors; to what it revokes an item under its key says it all. */
export interface Marker {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
  /** The `gatewayRequestId` of the order's record. */
  readonly order: string;
}

interface MarkerInForce {
  readonly target: OrderTarget;
  /** `null` when the marker was not written by an order of this API. */
  readonly marker: Marker | null;
}

export interface Markers {
  /** Writes the marker, over one that stands there. @throws when it is not known to be written */
  put(target: OrderTarget, marker: Marker): Promise<void>;
  /** Removes the marker, if there is one. @throws when it is not known to be gone */
  remove(target: OrderTarget): Promise<void>;
  /** Those of these that are in force, as of now. @throws when that cannot be read */
  inForce(targets: readonly OrderTarget[]): Promise<readonly MarkerInForce[]>;
  /** What orders of this API have revoked, oldest first; lags by moments, so each is to be asked for. @throws as above */
  listed(): Promise<{ readonly targets: readonly OrderTarget[]; readonly complete: boolean }>;
}

/** Each may be repeated, and carries out what an earlier one did not. */
export interface LegalHolds {
  /**
   * Copies the session to where nobody can delete it, for as long as there is time; the rest is copied later.
   * @param untilMs epoch milliseconds
   * @throws when it is not known to be held
   */
  place(session: SessionId, untilMs: number): Promise<Placed>;
  /** Lifts the hold of the copies; `whole` is false when time was up. @throws when it is not known how far it came */
  release(session: SessionId, untilMs: number): Promise<Released>;
}

type Placed =
  | { readonly kind: "unknown" }
  | { readonly kind: "held"; readonly copied: { readonly whole: boolean } };

type Released =
  | { readonly kind: "not_held" }
  | { readonly kind: "released"; readonly objects: number; readonly whole: boolean };
