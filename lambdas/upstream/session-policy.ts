// Decides what the upstream credential may do: the recognised actions on the recognised ARNs, and nothing else (R2), so
// that AWS itself refuses a call that we recognised wrongly. Trusts the AwsCall to be what policy was asked about.
// Taking the credential is the CredentialSource's. What does not fit is refused, never widened.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html (special characters)

import type { AwsCall, AwsResource, RequiredAction } from "../model/aws-call.ts";
import type { Scope } from "../model/decision.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { dependentGrantsOf } from "./dependent-actions.ts";

export type SessionPolicy =
  | {
      readonly kind: "policy";
      /** JSON text, or `null` under `@scope("role")`: the role as it is. */
      readonly policy: string | null;
    }
  | Refusal;

interface Statement {
  readonly Effect: "Allow";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?:
    | { readonly StringEquals: { readonly "kms:ViaService": string } }
    | { readonly StringEqualsIfExists: { readonly "s3:prefix": string } };
}

const MAX_CHARACTERS = 2_048; // AssumeRole's limit on the plain text of inline session policies
const ONE_ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;
/** Secrets Manager ends each secret's ARN in a dash and six characters that the name does not tell. */
const SECRET_SUFFIX = "??????";

/**
 * The inline session policy for one call under the scope that the matched permits oblige.
 * @param absence the listing of absence.ts, where policy permits it too: S3 then says that a key is missing
 */
export function sessionPolicyFor(call: AwsCall, scope: Scope, absence: AwsCall | null = null): SessionPolicy {
  switch (scope) {
    case "role":
      return { kind: "policy", policy: null };
    case "prefix":
      return refuse(
        "AccessDenied",
        'the policy asks for `@scope("prefix")`, which is not carried out yet: use call',
      );
    case "call":
      return policyForCall(call, absence);
  }
}

function policyForCall(call: AwsCall, absence: AwsCall | null): SessionPolicy {
  const actions = call.actions.map(({ action }) => action);
  // A star in an action's name would be a wildcard: the models hold none, so this is a fault of recognition.
  if (!actions.every((action) => ONE_ACTION.test(action))) throw new Error("not the name of one IAM action");
  const texts = call.actions.flatMap(({ resources }) => resources.flatMap(({ literals }) => literals));
  if (!texts.every((text) => text.isWellFormed())) {
    return refuse("ValidationError", "a resource name of this call is not valid Unicode: rename it");
  }
  const own = [...ownStatements(call), ...kmsStatements(call)];
  const telling = policyText([...own, ...absenceStatements(absence)]);
  // Where there is no room, S3 answers 403 for a missing key: that is no reason to refuse.
  const policy = telling.length <= MAX_CHARACTERS ? telling : policyText(own);
  if (policy.length <= MAX_CHARACTERS) return { kind: "policy", policy };
  return refuse(
    "ValidationError",
    "this call names more resources than one credential can be limited to (2,048 characters): split the call",
  );
}

/** One statement per set of resources, with every action that applies to exactly that set. */
function ownStatements(call: AwsCall): readonly Statement[] {
  const resourcesOf = new Map<string, Set<string>>();
  for (const required of call.actions) {
    const known = resourcesOf.get(required.action) ?? new Set<string>();
    for (const resource of required.resources) {
      for (const pattern of patternsOf(required, resource)) known.add(pattern);
    }
    resourcesOf.set(required.action, known);
  }
  const groups = Map.groupBy(resourcesOf, ([, resources]) => JSON.stringify([...resources].sort()));
  return [...groups.values()].map((group) => ({
    Effect: "Allow",
    Action: oneOrMany(group.map(([action]) => action)),
    Resource: oneOrMany([...(group[0]?.[1] ?? [])]),
  }));
}

function kmsStatements(call: AwsCall): readonly Statement[] {
  return dependentGrantsOf(call).map(({ actions, viaService }) => ({
    Effect: "Allow",
    Action: oneOrMany(actions),
    Resource: "*", // the key is the service's to know; ViaService and the role's own policy limit it
    Condition: { StringEquals: { "kms:ViaService": viaService } },
  }));
}

/** S3 asks for this right without a prefix when a key is missing; a listing with another prefix stays refused. */
function absenceStatements(absence: AwsCall | null): readonly Statement[] {
  const prefix = absence?.parameters.Prefix;
  if (absence === null || typeof prefix !== "string") return [];
  return ownStatements(absence).map((statement) => ({
    ...statement,
    Condition: { StringEqualsIfExists: { "s3:prefix": escapeLiteral(prefix) } },
  }));
}

function patternsOf({ action }: RequiredAction, resource: AwsResource): readonly string[] {
  const escaped = resource.literals.map(escapeLiteral);
  const [name = "", ...unknown] = escaped;
  if (!isNamedSecret(resource, name, unknown)) return [escaped.join("*")];
  const suffixed = `${name}${SECRET_SUFFIX}`;
  // A secret that is being made has no suffix yet. The bare name is left out elsewhere: it could be another's full ARN.
  return action === "secretsmanager:CreateSecret" ? [suffixed, name.slice(0, -1)] : [suffixed];
}

/** A known name and its dash: what is unknown behind it is exactly the suffix, and no further part of a name. */
function isNamedSecret({ service }: AwsResource, first: string, rest: readonly string[]): boolean {
  return service === "secretsmanager" && rest.length === 1 && rest[0] === "" && /:secret:.+-$/s.test(first);
}

/** IAM reads `*`, `?` and `${` in a Resource; a name that holds them is written with IAM's own escapes. */
function escapeLiteral(literal: string): string {
  return literal.replace(/[*?$]/g, (character) => `\${${character}}`);
}

function oneOrMany(values: readonly string[]): string | readonly string[] {
  const [first] = values;
  return values.length === 1 && first !== undefined ? first : values;
}

function policyText(statements: readonly Statement[]): string {
  return asciiJson({ Version: "2012-10-17", Statement: statements });
}

/** JSON in printable ASCII: AssumeRole takes no character above U+00FF in a policy, JSON's escapes say the same name. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
