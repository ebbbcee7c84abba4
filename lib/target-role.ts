// The stack for a target account: roles that only the gateway may assume, and only in the name of an agent. Decides who
// may assume (the trust); what a role may do is the operator's, by managed policies and statements, and each call gets
// only a part of it by its session policy.
//
// Deploy it with credentials of the target account:
//   npx cdk deploy -c target=target.json
// where target.json holds (or `target` in cdk.json's context is) an object such as
//   { "gatewayAccount": "111122223333",
//     "roles": [{ "name": "mcp-reader", "externalId": "<as in the gateway's configuration>",
//                 "managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "statements": [] }] }

import { Duration, Stack, type StackProps, Tags } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { acknowledge, type Reasons } from "./acknowledge.ts";
import { CALL_ROLE_NAME, RUN_ROLE_NAME } from "./names.ts";
import type { TargetConfig, TargetRoleConfig } from "./target-config.ts";

export interface CountersignTargetRoleProps extends StackProps {
  readonly target: TargetConfig;
}

// Lambda's role assumes the target role: AWS allows one hour at most when a role assumes a role.
const MAX_SESSION = Duration.hours(1);

const GATEWAY_ROLES = [CALL_ROLE_NAME, RUN_ROLE_NAME];

export class CountersignTargetRole extends Stack {
  constructor(scope: Construct, id: string, { target, ...props }: CountersignTargetRoleProps) {
    super(scope, id, props);
    for (const role of target.roles) {
      this.#role(role, target.gatewayAccount);
    }
    Tags.of(this).add("countersign", "target");
  }

  #role(config: TargetRoleConfig, gatewayAccount: string): void {
    const [assume, annotate] = this.#trust(gatewayAccount, config.externalId);
    const role = new iam.Role(this, `Role-${config.name}`, {
      roleName: config.name,
      description: "Assumed by Countersign for its agents",
      assumedBy: assume,
      maxSessionDuration: MAX_SESSION,
      managedPolicies: config.managedPolicyArns.map((arn, index) =>
        iam.ManagedPolicy.fromManagedPolicyArn(this, `Policy-${config.name}-${index}`, arn),
      ),
    });
    role.assumeRolePolicy?.addStatements(annotate);
    for (const statement of config.statements) {
      role.addToPolicy(iam.PolicyStatement.fromJson(statement));
    }
    acknowledge(role, acceptedOf(config));
  }

  /**
   * The account's root with the fixed role names as condition: a trust on the roles themselves would break when they
   * are replaced. External id and source identity are asked for where the role is assumed; the other two actions mean
   * nothing without it, and are not documented to carry an external id.
   */
  #trust(gatewayAccount: string, externalId: string): [iam.IPrincipal, iam.PolicyStatement] {
    const account = new iam.AccountPrincipal(gatewayAccount);
    const gateway = {
      ArnEquals: {
        "aws:PrincipalArn": GATEWAY_ROLES.map(
          (name) => `arn:${this.partition}:iam::${gatewayAccount}:role/${name}`,
        ),
      },
    };
    return [
      account.withConditions({
        ...gateway,
        StringEquals: { "sts:ExternalId": externalId },
        // Present and not empty, so that CloudTrail names the agent.
        StringLike: { "sts:SourceIdentity": "?*" },
      }),
      new iam.PolicyStatement({
        principals: [account],
        actions: ["sts:SetSourceIdentity", "sts:TagSession"],
        conditions: gateway,
      }),
    ];
  }
}

/** What the operator wrote into the configuration is accepted as written; nothing else of the role is. */
function acceptedOf({ managedPolicyArns, statements }: TargetRoleConfig): Reasons {
  const wildcards = statements.flatMap(({ Action, Resource }) => [
    ...[Action].flat().map((action) => `Action::${action}`),
    ...[Resource].flat().map((resource) => `Resource::${resource}`),
  ]);
  const findings = [
    ...managedPolicyArns.map((arn) => `AwsSolutions-IAM4[Policy::${arn}]`),
    ...wildcards.filter((text) => text.includes("*")).map((text) => `AwsSolutions-IAM5[${text}]`),
  ];
  const reason = "The operator's choice; each call gets a part of it only, by its session policy (R2).";
  return Object.fromEntries(findings.map((finding) => [finding, reason]));
}
