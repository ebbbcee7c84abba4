// The function that ends what functions that were cut off left undone. Decides nothing but what it is called and what is
// said when it does not run; what it may read and write is granted by the capabilities (lib/stack.ts): it appends records,
// keeps a cursor, reads open approvals and starts their workflow. It may call nothing at AWS for anybody.

import type { Construct } from "constructs";
import { MinutelyFunction, type MinutelyFunctionProps } from "./minutely-function.ts";

const WORK = {
  name: "reconcile",
  purpose: "closes calls that were left without an end",
  undone: "calls that were cut off stay without an end in the records; calls go on, and none is sent twice",
  look: "access to the tables, their key, the time index or the state machine of approvals",
};

export class ReconcileFunction extends MinutelyFunction {
  constructor(scope: Construct, id: string, props: MinutelyFunctionProps) {
    super(scope, id, WORK, props);
  }
}
