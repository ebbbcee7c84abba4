// The template's tables, keys, secrets, parameters and roles, in the form that the small AWS takes. Settings that protect
// data at rest or keep it (encryption, backups, retention) have no counterpart on one machine and are named as ignored.

import { randomInt } from "node:crypto";
import type {
  KeySpec,
  ParameterSpec,
  PolicyDocument,
  RoleSpec,
  SecretSpec,
  TableSpec,
} from "./aws/contract.ts";
import { secretNameOf } from "./identities.ts";
import type { References } from "./intrinsics.ts";
import { Members, TemplateError } from "./members.ts";
import type { Resource, ResourcesOf, Template } from "./template.ts";

export interface DataResources {
  readonly tables: readonly TableSpec[];
  readonly hmacKeys: readonly KeySpec[];
  readonly keys: readonly KeySpec[];
  readonly signingKeys: readonly KeySpec[];
  readonly secrets: readonly SecretSpec[];
  readonly parameters: readonly ParameterSpec[];
  readonly roles: readonly RoleSpec[];
}

export function readData(resourcesOf: ResourcesOf, references: References): DataResources {
  const keys = resourcesOf("AWS::KMS::Key").map(readKey);
  const keysFor = (usage: string) => keys.filter((key) => key.usage === usage).map(({ spec }) => spec);
  return {
    tables: resourcesOf("AWS::DynamoDB::Table").map(readTable),
    hmacKeys: keysFor("GENERATE_VERIFY_MAC"),
    keys: keysFor("ENCRYPT_DECRYPT"),
    signingKeys: keysFor("SIGN_VERIFY"),
    secrets: resourcesOf("AWS::SecretsManager::Secret").map((resource) => readSecret(resource, references)),
    parameters: resourcesOf("AWS::SSM::Parameter").map(readParameter),
    roles: readRoles(resourcesOf),
  };
}

function readTable({ ref, properties }: Resource): TableSpec {
  properties.ignore(
    "TableName",
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "TimeToLiveSpecification", // what has expired is refused by its reader; DynamoDB only deletes it within days
  );
  properties.exactly("BillingMode", "PAY_PER_REQUEST");
  const encryption = properties.members("SSESpecification");
  encryption.ignore("SSEEnabled", "SSEType");
  const kmsKeyArn = encryption.maybeText("KMSMasterKeyId");
  encryption.done();
  const table = {
    name: ref,
    keySchema: properties.each("KeySchema").map(readKeyElement),
    attributes: properties.each("AttributeDefinitions").map((attribute) => ({
      AttributeName: attribute.text("AttributeName"),
      AttributeType: attribute.text("AttributeType"),
    })),
    indexes: properties.each("GlobalSecondaryIndexes").map(readIndex),
    ...(kmsKeyArn !== undefined && { kmsKeyArn }),
  };
  properties.done();
  return table;
}

function readIndex(index: Members): TableSpec["indexes"][number] {
  const projection = index.members("Projection");
  const spec = {
    IndexName: index.text("IndexName"),
    KeySchema: index.each("KeySchema").map(readKeyElement),
    Projection: {
      ProjectionType: projection.text("ProjectionType"),
      ...(projection.has("NonKeyAttributes") && { NonKeyAttributes: projection.texts("NonKeyAttributes") }),
    },
  };
  projection.done();
  index.done();
  return spec;
}

function readKeyElement(element: Members): { readonly AttributeName: string; readonly KeyType: string } {
  return { AttributeName: element.text("AttributeName"), KeyType: element.text("KeyType") };
}

const USAGES: Readonly<Record<string, string>> = {
  SYMMETRIC_DEFAULT: "ENCRYPT_DECRYPT",
  HMAC_256: "GENERATE_VERIFY_MAC",
  ECC_NIST_P256: "SIGN_VERIFY",
};

function readKey({ ref, attributes, properties }: Resource): {
  readonly usage: string;
  readonly spec: KeySpec;
} {
  properties.ignore("Description", "EnableKeyRotation", "PendingWindowInDays", "Tags");
  const spec = properties.maybeText("KeySpec") ?? "SYMMETRIC_DEFAULT";
  const usage = properties.maybeText("KeyUsage") ?? "ENCRYPT_DECRYPT";
  if (usage !== USAGES[spec]) {
    throw new TemplateError(
      properties.path,
      `is a key of spec \`${spec}\` for \`${usage}\`, which is not served`,
    );
  }
  requireAccountInCharge(properties.members("KeyPolicy"));
  properties.done();
  return { usage, spec: { keyId: ref, arn: attributes.Arn ?? "" } };
}

// Grants then come from IAM alone, which is what the small AWS judges.
function requireAccountInCharge(policy: Members): void {
  policy.ignore("Version");
  const whole = policy.each("Statement").map((statement) => {
    const principal = statement.members("Principal").maybeText("AWS") ?? "";
    return statement.maybeText("Action") === "kms:*" && /:iam::\d{12}:root$/.test(principal);
  });
  if (!whole.includes(true))
    throw new TemplateError(policy.path, "does not leave the key to the account's IAM");
  if (whole.length > 1)
    throw new TemplateError(policy.path, "has a statement of its own, which is not served");
}

function readSecret({ ref, properties }: Resource, references: References): SecretSpec {
  properties.ignore("Name", "Description", "KmsKeyId", "GenerateSecretString", "SecretString", "Tags");
  properties.done();
  return { arn: ref, name: secretNameOf(ref), value: references.secret(ref, "", properties.path) };
}

/**
 * The values of the secrets by ARN, generated as Secrets Manager would. Made once for all who refer to one, and before
 * anything else is resolved, since distributions refer to them.
 */
export function readSecretValues(
  template: Template,
  arnOf: (id: string) => string,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === "AWS::SecretsManager::Secret")
      .map(([id, { Properties = {} }]) => [arnOf(id), generateSecret(new Members(Properties, id))]),
  );
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

function generateSecret(properties: Members): string {
  if (properties.has("SecretString")) return properties.text("SecretString");
  const rule = properties.members("GenerateSecretString");
  const length = rule.maybeNumber("PasswordLength") ?? 32;
  const alphabet = LETTERS + DIGITS + (rule.any("ExcludePunctuation") === true ? "" : PUNCTUATION);
  const excluded = rule.maybeText("ExcludeCharacters") ?? "";
  rule.done();
  const allowed = [...alphabet].filter((character) => !excluded.includes(character));
  return Array.from({ length }, () => allowed[randomInt(allowed.length)]).join("");
}

function readParameter({ ref, properties }: Resource): ParameterSpec {
  properties.ignore("Name", "Description", "Tier", "Tags");
  properties.exactly("Type", "String");
  const value = properties.text("Value");
  properties.done();
  return { name: ref, value };
}

export function readRoles(resourcesOf: ResourcesOf): readonly RoleSpec[] {
  const attached = new Map<string, PolicyDocument[]>();
  for (const { properties } of resourcesOf("AWS::IAM::Policy")) {
    properties.ignore("PolicyName");
    const document = properties.any("PolicyDocument") as PolicyDocument;
    for (const role of properties.texts("Roles"))
      attached.set(role, [...(attached.get(role) ?? []), document]);
    properties.done();
  }
  return resourcesOf("AWS::IAM::Role").map(({ ref, attributes, properties }) => {
    properties.ignore("RoleName", "Path", "Description", "Tags");
    const inline = properties
      .each("Policies")
      .map((policy) => policy.any("PolicyDocument") as PolicyDocument);
    const maxSessionSeconds = properties.maybeNumber("MaxSessionDuration");
    const trust = properties.any("AssumeRolePolicyDocument") as PolicyDocument;
    properties.done();
    const policies = [...inline, ...(attached.get(ref) ?? [])];
    const arn = attributes.Arn ?? "";
    return { arn, trust, policies, ...(maxSessionSeconds !== undefined && { maxSessionSeconds }) };
  });
}
