// The deployment that a random world happens in: its roles, its sets, who can approve.

import type { Deployment } from "../../lambdas/model/deployment.ts";
import type { RoleArn } from "../../lambdas/model/ids.ts";
import { approverGroup, DEPLOYMENT } from "./fixtures.ts";
import type { NaiveWorld } from "./naive-decide.ts";
import { NAIVE_ROLES } from "./naive-world.ts";

export function deploymentOfWorld({ sets, approvers }: NaiveWorld): Deployment {
  const [first, ...rest] = NAIVE_ROLES.map((arn) => ({ arn: arn as RoleArn, externalId: "external" }));
  if (first === undefined) throw new Error("a world has roles");
  const [group, ...groups] = (approvers ?? []).map(approverGroup);
  const configured = DEPLOYMENT.approvals;
  return {
    ...DEPLOYMENT,
    roles: [first, ...rest],
    resourceSets: sets,
    approvals:
      configured === null || group === undefined ? null : { ...configured, groups: [group, ...groups] },
  };
}
