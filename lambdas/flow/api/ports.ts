// What reading and ordering need of the world beside the records: the revocation markers, written. Adapter:
// lambdas/aws/markers.ts. That a marker stops what it names is the session store's, which reads them at every call.

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

export interface MarkerInForce {
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
