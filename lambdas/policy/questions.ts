// Puts a question in Cedar's terms: who asks, for what, in which context. Decides nothing.
// Believes the nouns it is given; the strings inside them are compared as they are, never parsed.

import { type AwsCall, type AwsResource, isComplete, type RequiredAction } from "../model/aws-call.ts";
import { partsOfRole, type RoleArn } from "../model/ids.ts";
import type { Principal, Session } from "../model/principal.ts";
import type { CedarQuestion, CedarValue, Entity } from "./cedar.ts";
import { cedarClaims } from "./cedar-value.ts";
import type { EntityName } from "./policy-bundle.ts";
import type { ResourceCase } from "./resource-cases.ts";

export interface RequestContext {
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Epoch seconds. */
  readonly now: number;
  /** Epoch seconds; `null` at the exchange, where there is no session yet. */
  readonly sessionOpenedAt: number | null;
}

const ASSUME_ROLE: EntityName = { type: "Countersign::Action", id: "AssumeRole" };

export function principalEntity({ issuer, subject, groups }: Principal): Entity {
  return {
    name: { type: "Countersign::Agent", id: `${issuer}|${subject}` },
    attributes: { issuer, subject },
    parents: [...new Set(groups)].map((id) => ({ type: "Countersign::Group", id })),
  };
}

/** The action itself first, then its groups: a policy's scope reaches it by any of these names. */
export function actionNames({ action, accessLevel }: RequiredAction): readonly [EntityName, ...EntityName[]] {
  const service = action.slice(0, action.indexOf(":"));
  const ids = [`${service}:*`, `level:${accessLevel}`];
  return [{ type: "AWS::Action", id: action }, ...ids.map((id) => ({ type: "AWS::Action", id }))];
}

export function actionEntity([name, ...parents]: readonly [EntityName, ...EntityName[]]): Entity {
  return { name, attributes: {}, parents };
}

/**
 * The resource of one case. `tags` are absent where they were not looked up or cannot be known, and so are account and
 * region where a pattern leaves them open: a policy that reads what is absent fails, and a failure refuses.
 */
export function resourceEntity(
  resource: AwsResource,
  { id, sets }: ResourceCase,
  tags: Readonly<Record<string, string>> | undefined,
): Entity {
  const { service, type } = resource;
  const known = tags === undefined ? {} : { tags: cedarClaims(tags) };
  return {
    name: { type: "AWS::Resource", id },
    attributes: { service, type, complete: isComplete(resource), ...knownPlace(resource), ...known },
    parents: sets.map((name) => ({ type: "Countersign::ResourceSet", id: name })),
  };
}

function knownPlace({ account, region, literals }: AwsResource): Record<string, string> {
  // arn:partition:service:region:account:rest, so what the head holds four and five colons of is not open.
  const fields = literals[0].split(":");
  // INVARIANT: a whole account field is told as the ARN has it. A bucket's is empty, and names reach everybody's buckets:
  // told as the role's own account, a permit for that account would reach them all.
  const told = fields.length > 5 ? (fields[4] ?? "") : account;
  return {
    ...((region !== "" || fields.length > 4) && { region }),
    ...((told !== "" || fields.length > 5) && { account: told }),
  };
}

export function roleQuestion(principal: Principal, role: RoleArn, context: RequestContext): CedarQuestion {
  const name = role.slice(role.lastIndexOf("/") + 1);
  return {
    principal: principalEntity(principal),
    action: { name: ASSUME_ROLE, attributes: {}, parents: [] },
    resource: {
      name: { type: "Countersign::Role", id: role },
      attributes: { account: partsOfRole(role).account, name },
      parents: [],
    },
    context: { ...commonContext(principal, context), session: sessionAge(context) },
  };
}

/** The context of a call, but for the operation, which differs between candidates. */
export function callContext(
  principal: Principal,
  session: Session,
  context: RequestContext,
  params: Record<string, CedarValue>,
): Record<string, CedarValue> {
  const age = sessionAge({ ...context, sessionOpenedAt: session.openedAt });
  return {
    ...commonContext(principal, context),
    params,
    session: { ...age, sourceIp: extension("ip", session.sourceIp) },
  };
}

/** Every operation the request may be: a policy that reads `context.operation` has to permit each. */
export function operationsOf(call: AwsCall): readonly string[] {
  return [...new Set([call, ...call.candidates].map(({ operation }) => operation))];
}

function commonContext({ claims }: Principal, context: RequestContext): Record<string, CedarValue> {
  return {
    sourceIp: extension("ip", context.sourceIp),
    userAgent: context.userAgent,
    userAgentAppId: appIdOf(context.userAgent),
    now: datetime(context.now),
    claims: cedarClaims(claims),
  };
}

// As the SDKs write what AWS_SDK_UA_APP_ID holds: a token of RFC 9110 (5.6.2), other characters replaced, 50 at most.
const APP_ID = /(?:^| )app\/([!#$%&'*+\-.^_`|~\w]{1,50})(?= |$)/;

/** The app id that the client gives itself; an empty text where it gives none, so that no policy fails over it. */
function appIdOf(userAgent: string): string {
  return APP_ID.exec(userAgent)?.[1] ?? "";
}

function sessionAge({ now, sessionOpenedAt }: RequestContext): Record<string, CedarValue> {
  if (sessionOpenedAt === null) return {};
  return { openedAt: datetime(sessionOpenedAt), age: Math.floor(now - sessionOpenedAt) };
}

function datetime(epochSeconds: number): CedarValue {
  return extension("datetime", new Date(epochSeconds * 1000).toISOString());
}

function extension(fn: string, arg: string): CedarValue {
  return { __extn: { fn, arg } };
}
