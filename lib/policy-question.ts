// Makes the question that policy is asked, from what a person writes: an operation with its parameters, an agent, a role,
// a moment. The operation goes through the recogniser of the gateway, so that what is tested and explained is what would
// be decided. Decides nothing.

import type { AwsCall } from "../lambdas/model/aws-call.ts";
import type { Deployment } from "../lambdas/model/deployment.ts";
import { partsOfRole, type RoleArn } from "../lambdas/model/ids.ts";
import type { Claims, Principal } from "../lambdas/model/principal.ts";
import { recognise } from "../lambdas/recognition/recognise.ts";
import { buildRequest, type OperationRequest } from "./aws-request.ts";
import { MODELS } from "./model-catalogue.ts";

export type Recognised =
  | { readonly kind: "recognised"; readonly call: AwsCall }
  | { readonly kind: "refused"; readonly message: string };

/** What the gateway would understand. @throws Error when the request cannot even be written */
export function recogniseOperation(request: OperationRequest, role: RoleArn): Recognised {
  const found = recognise(buildRequest(request), partsOfRole(role), MODELS);
  return found.kind === "refused" ? { kind: "refused", message: found.message } : found;
}

/** The claims as a token would bring them: only those that the issuer's configuration lists reach policy. */
export function principalOf(
  deployment: Deployment,
  { issuer, subject, groups, claims }: Omit<Principal, "issuer"> & { readonly issuer: string | null },
): Principal {
  const configured =
    issuer === null ? deployment.issuers[0] : deployment.issuers.find((each) => each.issuer === issuer);
  if (configured === undefined) {
    const known = deployment.issuers.map((each) => `\`${each.issuer}\``).join(", ");
    throw new Error(`\`${issuer}\` is no issuer of this deployment; it has ${known}`);
  }
  const kept: Claims = Object.fromEntries(
    Object.entries(claims).filter(([name]) => configured.claims.includes(name)),
  );
  return { issuer: configured.issuer, subject, groups, claims: kept };
}

/** A configured role by its ARN or its name; a name that no role has becomes a role of the first one's account. */
export function roleNamed(deployment: Deployment, name: string): RoleArn {
  const [first] = deployment.roles;
  const found = deployment.roles.find(({ arn }) => arn === name || arn.endsWith(`/${name}`));
  if (found !== undefined) return found.arn;
  if (name.startsWith("arn:")) return name as RoleArn;
  const { partition, account } = partsOfRole(first.arn);
  return `arn:${partition}:iam::${account}:role/${name}` as RoleArn;
}
