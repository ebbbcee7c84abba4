// Stands in for STS. AssumeRole is the heart of the independent check: trust policy, session policy, source identity
// and tags are judged here as AWS judges them. Web identity never comes here: the gateway answers it itself.

import { type Assumption, parseAssumption } from "./assume-role.ts";
import { uniqueId } from "./credentials.ts";
import { evaluateTrust } from "./iam-evaluator.ts";
import { type Form, type QueryOperation, type QueryPlan, queryService } from "./query-service.ts";
import type { Context } from "./service.ts";
import { AwsError, type Need } from "./wire.ts";
import type { Role } from "./world.ts";
import { element, elements } from "./xml.ts";

const POLICY_LIMIT = 2_048;

const operations: ReadonlyMap<string, QueryOperation> = new Map([
  [
    "AssumeRole",
    {
      parameters: [
        "RoleArn",
        "RoleSessionName",
        "Policy",
        "DurationSeconds",
        "ExternalId",
        "SourceIdentity",
        "Tags",
      ],
      plan: assumeRole,
    },
  ],
  ["GetCallerIdentity", { parameters: [], plan: getCallerIdentity }],
]);

export const sts = queryService({
  name: "sts",
  version: "2011-06-15",
  namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  operations,
});

function getCallerIdentity(_form: Form, { caller }: Context): QueryPlan {
  return {
    needs: [], // AWS answers this to everyone, whatever the policies say
    run: () => elements({ Arn: caller.arn, UserId: caller.userId, Account: caller.account }),
  };
}

function assumeRole(form: Form, context: Context): QueryPlan {
  const wanted = parseAssumption(form, context.caller.isRoleSession);
  const facts = conditionsOf(wanted);
  const actions = [
    "sts:AssumeRole",
    ...(wanted.sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
    ...(wanted.tags.size === 0 ? [] : ["sts:TagSession"]),
  ];
  const needs = actions.map((action): Need => ({ action, resource: wanted.roleArn, context: facts }));
  return {
    needs,
    run: () => {
      const role = context.world.roles.get(wanted.roleArn);
      // a role that does not exist is answered like one that does not trust: AWS tells no outsider which it is
      for (const action of actions) demandTrust(role, action, facts, context, wanted);
      if (role === undefined) throw denied(context, "sts:AssumeRole", wanted, "");
      if (wanted.durationSeconds > role.maxSessionSeconds) {
        throw new AwsError(
          "ValidationError",
          400,
          "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        );
      }
      return issue(role, wanted, context);
    },
  };
}

function conditionsOf(wanted: Assumption): NonNullable<Need["context"]> {
  const { externalId, sourceIdentity, tags } = wanted;
  return {
    "sts:rolesessionname": [wanted.sessionName],
    "sts:durationseconds": [String(wanted.durationSeconds)],
    ...(externalId !== undefined && { "sts:externalid": [externalId] }),
    ...(sourceIdentity !== undefined && { "sts:sourceidentity": [sourceIdentity] }),
    ...(tags.size > 0 && { "aws:tagkeys": [...tags.keys()] }),
    ...Object.fromEntries([...tags].map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, [value]])),
  };
}

function demandTrust(
  role: Role | undefined,
  action: string,
  facts: NonNullable<Need["context"]>,
  context: Context,
  wanted: Assumption,
): void {
  const { caller } = context;
  const conditions = new Map<string, readonly string[]>([
    ...Object.entries(facts),
    ["aws:principalarn", [caller.principalArn]],
    ["aws:principalaccount", [caller.account]],
    ["aws:securetransport", ["true"]],
    ["aws:requestedregion", [context.region]],
    ...[...caller.tags].map(([key, value]) => [`aws:principaltag/${key.toLowerCase()}`, [value]] as const),
  ]);
  if (caller.sourceIdentity !== undefined) conditions.set("aws:sourceidentity", [caller.sourceIdentity]);
  const verdict = evaluateTrust(
    role?.trust ?? [],
    { account: caller.account, arn: caller.principalArn, sessionArn: caller.arn },
    { action, context: conditions },
  );
  if (verdict.kind === "denied") throw denied(context, action, wanted, verdict.because);
}

function denied({ caller }: Context, action: string, { roleArn }: Assumption, because: string): AwsError {
  const sentence = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${roleArn}`;
  return new AwsError("AccessDenied", 403, `${sentence} ${because}`.trim());
}

function issue(role: Role, wanted: Assumption, { world, caller, ring, now }: Context): string {
  const arn = `arn:aws:sts::${role.account}:assumed-role/${role.name}/${wanted.sessionName}`;
  const userId = `${uniqueId("AROA", role.arn)}:${wanted.sessionName}`;
  // a source identity, once set, stays with every session that follows
  const sourceIdentity = wanted.sourceIdentity ?? caller.sourceIdentity;
  const expiresAt = now() + wanted.durationSeconds * 1_000;
  const key = ring.issue(
    {
      account: role.account,
      arn,
      principalArn: role.arn,
      userId,
      isRoleSession: true,
      identity: () => world.roles.get(role.arn)?.identity ?? [],
      session: wanted.sessionPolicy,
      sourceIdentity,
      tags: wanted.tags,
    },
    "temporary",
    expiresAt,
  );
  const credentials = elements({
    AccessKeyId: key.accessKeyId,
    SecretAccessKey: key.secretAccessKey,
    SessionToken: key.sessionToken ?? "",
    Expiration: new Date(expiresAt).toISOString().replace(/\.[0-9]{3}Z$/, "Z"),
  });
  const packed = Math.ceil((100 * wanted.policyLength) / POLICY_LIMIT);
  return [
    `<Credentials>${credentials}</Credentials>`,
    `<AssumedRoleUser>${elements({ AssumedRoleId: userId, Arn: arn })}</AssumedRoleUser>`,
    wanted.policyLength > 0 ? element("PackedPolicySize", String(packed)) : "",
    sourceIdentity === undefined ? "" : element("SourceIdentity", sourceIdentity),
  ].join("");
}
