// Revocation markers in memory. Passes the same contract suite as the adapter over DynamoDB.

import type { Marker, Markers } from "../../lambdas/flow/api/ports.ts";
import type { OrderTarget } from "../../lambdas/model/record.ts";

export interface FakeMarkers extends Markers {
  /** While set, every call fails with it. */
  failure: Error | undefined;
}

export function fakeMarkers(): FakeMarkers {
  const standing = new Map<string, { readonly target: OrderTarget; readonly marker: Marker }>();
  const keyOf = ({ kind, id }: OrderTarget): string => `${kind} ${id}`;
  const check = (): void => {
    if (markers.failure !== undefined) throw markers.failure;
  };
  const markers: FakeMarkers = {
    failure: undefined,
    async put(target, marker) {
      check();
      standing.set(keyOf(target), { target, marker: structuredClone(marker) });
    },
    async remove(target) {
      check();
      standing.delete(keyOf(target));
    },
    async inForce(targets) {
      check();
      return targets.flatMap((target) => {
        const found = standing.get(keyOf(target));
        return found === undefined ? [] : [{ target, marker: found.marker }];
      });
    },
    async listed() {
      check();
      return { targets: [...standing.values()].map(({ target }) => target), complete: true };
    },
  };
  return markers;
}
