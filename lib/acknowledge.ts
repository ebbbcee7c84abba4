// Acknowledges findings of cdk-nag and of the CDK's own rules, each with its reason, beside the construct it is about.

import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Finding ids to the reason why each is accepted. */
export type Reasons = Readonly<Record<string, string>>;

export function acknowledge(construct: IConstruct, reasons: Reasons): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
