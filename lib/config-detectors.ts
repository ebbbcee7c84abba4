// The form of `detectors` in the configuration: patterns of the deployment's own, which look at every answer. Decides at
// synth whether a pattern runs in linear time; at request time it is believed.

import { z } from "zod";
import { DETECTOR_NAMES } from "../lambdas/masking/detectors/catalogue.ts";
import { customDetector } from "../lambdas/masking/detectors/custom.ts";

export const detectorsSchema = z
  .array(
    z.strictObject({
      name: z
        .string("must be stated, as text")
        .regex(/^[a-z][a-z0-9-]{0,31}$/, "must be a word of lower-case letters, digits and `-`")
        .refine((name) => !DETECTOR_NAMES.includes(name), "is the name of a detector that there is already"),
      pattern: z.string("must be stated, as text"),
    }),
  )
  .max(20, "must be at most 20 patterns")
  .superRefine((detectors, context) => {
    for (const [index, { name, pattern }] of detectors.entries()) {
      const made = customDetector(name, pattern);
      if (made.kind === "refused") {
        context.addIssue({ code: "custom", path: [index, "pattern"], message: made.message });
      }
      if (detectors.findIndex((other) => other.name === name) < index) {
        context.addIssue({ code: "custom", path: [index, "name"], message: "is named twice" });
      }
    }
  });
