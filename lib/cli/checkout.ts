// Whether this runs in a checkout of Countersign or from an installed package, which has no policies, models and local
// cloud. Decides by whether this very file lies where a checkout has it.

import { existsSync } from "node:fs";
import { join } from "node:path";

/** The checkout's directory; `undefined` in an installed package. */
export const CHECKOUT = existsSync(join(import.meta.dirname, "checkout.ts"))
  ? join(import.meta.dirname, "../..")
  : undefined;
