// Whatever is dropped from either side of a day's calls comes out as just that, and nothing else.

import fc from "fast-check";
import { expect, it } from "vitest";
import { reconcile } from "../../lib/cloudtrail-reconcile.ts";
import { sentCalls } from "../../lib/cloudtrail-records.ts";
import { AT, answered, eventOf, exportOf, others, read } from "./trail-events.ts";

const SIDES = fc.constantFrom("both", "event only", "record only", "another operation");

it("each call is found on the sides on which it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(SIDES, { maxLength: 40 }), async (sides) => {
      const calls = sides.map((side, index) => ({ side, id: `A-${index}`, atMs: AT + index * 1_000 }));
      const events = calls
        .filter(({ side }) => side !== "record only")
        .map(({ side, id, atMs }) =>
          eventOf({ requestID: id, atMs, name: side === "another operation" ? "DeleteObject" : "GetObject" }),
        );
      const records = calls
        .filter(({ side }) => side !== "event only")
        .map(({ id, atMs }) => answered(id, atMs));
      const found = reconcile(
        // One that is in both, so that role and agent are known.
        await read([...others, eventOf({ requestID: "known" }), ...events].reverse()),
        await sentCalls(exportOf([answered("known"), ...records])),
      );
      const ids = (side: string) => calls.filter((call) => call.side === side).map(({ id }) => id);
      expect(found.matched).toBe(ids("both").length + 1);
      expect(found.around.map(({ requestId }) => requestId).toSorted()).toEqual(ids("event only").toSorted());
      expect(found.withoutEvent.map(({ requestId }) => requestId)).toEqual(ids("record only"));
      const differing = found.mismatches.map(({ event }) => event.requestId);
      expect(differing.toSorted()).toEqual(ids("another operation").toSorted());
      expect([...found.lookUps, ...found.byServices, ...found.settled, ...found.notLogged]).toEqual([]);
    }),
  );
});
