// What may become of an approval, as pure steps: each takes the approval as it is and says what it becomes, or why nothing
// changes. All races end here, since a step is decided on exactly what its write replaces.

import type { Approval } from "../model/approval.ts";

export type Change =
  | { readonly kind: "change"; readonly approval: Approval }
  | { readonly kind: "keep"; readonly reason: string };
