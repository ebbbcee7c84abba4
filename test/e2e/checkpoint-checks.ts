// What a deployment must do to seal its records: checks as in checks.ts. The bucket is emptied first, so that each begins
// a chain and every step of it is made, whatever minute it is.

import { expect } from "vitest";
import { GATEWAY_ACCOUNT } from "../../lib/local/demo-world.ts";
import type { Check, Subject } from "./checks.ts";

export const CHECKPOINT_CHECKS: readonly Check[] = [
  {
    name: "the schedule seals a settled minute, and goes on from its checkpoint",
    area: "sealed",
    run: async (subject) => {
      for (const { name } of subject.demo.cloud.stack.buckets)
        subject.demo.cloud.aws.seed.emptyBucket(GATEWAY_ACCOUNT, name);
      expect(await sealed(subject)).toMatchObject({ checkpoints: 1, minutesBehind: 0 });
      // The minute may be over by now: what counts is that the checkpoint was read, and continued.
      expect(await sealed(subject)).toMatchObject({ minutesBehind: 0 });
    },
  },
];

/** What the scheduled function said of its run. */
async function sealed({ demo: { cloud } }: Subject): Promise<unknown> {
  const ran = await cloud.runSchedules();
  const payloads = ran.flatMap((one) => (one.kind === "payload" ? [one.payload] : []));
  const found = payloads.filter((one) => typeof one === "object" && one !== null && "checkpoints" in one);
  const [payload, ...more] = found;
  expect(more).toEqual([]);
  if (payload === undefined) throw new Error(`nothing was sealed: ${JSON.stringify(ran)}`);
  return payload;
}
