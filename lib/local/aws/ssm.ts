// Stands in for the Parameter Store of Systems Manager. A SecureString that is read decrypted or written asks IAM for
// its key too, through SSM; every SecureString here is under a customer key.

import {
  countOf,
  flagOf,
  type JsonInput,
  type JsonOperation,
  type JsonPlan,
  jsonService,
  optionalText,
  textOf,
  textsOf,
  validation,
} from "./json-service.ts";
import { keyNeed } from "./kms.ts";
import type { Context } from "./service.ts";
import { AwsError, type Need } from "./wire.ts";
import type { Parameter } from "./world.ts";

const MAX_PAGE = 10;
const MAX_NAMES = 10;
const NAME = /^\/?[\w.-]+(?:\/[\w.-]+)*$/;

const operations: ReadonlyMap<string, JsonOperation> = new Map([
  ["GetParameter", { members: ["Name", "WithDecryption"], plan: getParameter }],
  ["GetParameters", { members: ["Names", "WithDecryption"], plan: getParameters }],
  [
    "GetParametersByPath",
    {
      members: ["Path", "Recursive", "WithDecryption", "MaxResults", "NextToken"],
      plan: getParametersByPath,
    },
  ],
  ["PutParameter", { members: ["Name", "Value", "Type", "Overwrite", "KeyId"], plan: putParameter }],
]);

export const ssm = jsonService({
  name: "ssm",
  target: "AmazonSSM",
  contentType: "application/x-amz-json-1.1",
  operations,
});

function getParameter(input: JsonInput, context: Context): JsonPlan {
  const name = nameOf(textOf(input, "Name"), context);
  const parameter = context.account.parameters.get(name);
  const decrypted = flagOf(input, "WithDecryption");
  return {
    needs: readNeeds("ssm:GetParameter", name, parameter, decrypted, context),
    run: () => {
      if (parameter === undefined) throw new AwsError("ParameterNotFound", 400, `\`${name}\` does not exist`);
      return { Parameter: describe(parameter, decrypted, context) };
    },
  };
}

function getParameters(input: JsonInput, context: Context): JsonPlan {
  const names = textsOf(input, "Names").map((name) => nameOf(name, context));
  if (names.length === 0 || names.length > MAX_NAMES) throw validation("Names has 1 to 10 members");
  const decrypted = flagOf(input, "WithDecryption");
  const parameters = names.map((name) => [name, context.account.parameters.get(name)] as const);
  return {
    needs: parameters.flatMap(([name, parameter]) =>
      readNeeds("ssm:GetParameters", name, parameter, decrypted, context),
    ),
    run: () => ({
      Parameters: parameters.flatMap(([, found]) => (found ? [describe(found, decrypted, context)] : [])),
      InvalidParameters: parameters.flatMap(([name, found]) => (found ? [] : [name])),
    }),
  };
}

function getParametersByPath(input: JsonInput, context: Context): JsonPlan {
  const path = textOf(input, "Path");
  if (!path.startsWith("/")) throw validation("a path begins with `/`");
  const decrypted = flagOf(input, "WithDecryption");
  const size = countOf(input, "MaxResults", MAX_PAGE);
  const from = Number(optionalText(input, "NextToken") ?? 0);
  if (!Number.isSafeInteger(from) || from < 0)
    throw new AwsError("InvalidNextToken", 400, "unknown NextToken");
  const below = path.endsWith("/") ? path : `${path}/`;
  const recursive = flagOf(input, "Recursive");
  const found = [...context.account.parameters.values()]
    .filter(({ name }) => name.startsWith(below) && (recursive || !name.slice(below.length).includes("/")))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const page = found.slice(from, from + size);
  return {
    needs: [
      { action: "ssm:GetParametersByPath", resource: arnOf(path, context) },
      ...page.flatMap((parameter) => decryptNeeds(parameter, decrypted, context)),
    ],
    run: () => ({
      Parameters: page.map((parameter) => describe(parameter, decrypted, context)),
      ...(from + size < found.length && { NextToken: String(from + size) }),
    }),
  };
}

function putParameter(input: JsonInput, context: Context): JsonPlan {
  const name = nameOf(textOf(input, "Name"), context);
  if (!NAME.test(name)) throw validation("a name has letters, digits, `.`, `-`, `_` and `/`");
  const value = textOf(input, "Value");
  const existing = context.account.parameters.get(name);
  const type = optionalText(input, "Type") ?? (existing?.kmsKeyArn === undefined ? "String" : "SecureString");
  const kmsKeyArn =
    type === "SecureString" ? (optionalText(input, "KeyId") ?? existing?.kmsKeyArn) : undefined;
  if (type !== "String" && kmsKeyArn === undefined) throw validation("String, or SecureString with a KeyId");
  const overwrite = flagOf(input, "Overwrite");
  return {
    needs: [
      { action: "ssm:PutParameter", resource: arnOf(name, context) },
      ...(kmsKeyArn === undefined ? [] : [keyNeed("kms:Encrypt", kmsKeyArn, "ssm", context.region)]),
    ],
    run: () => {
      if (existing !== undefined && !overwrite) {
        throw new AwsError("ParameterAlreadyExists", 400, "The parameter already exists.");
      }
      const version = (existing?.version ?? 0) + 1;
      context.account.parameters.set(name, { name, value, kmsKeyArn, version, modified: context.now() });
      context.world.touch();
      return { Version: version, Tier: "Standard" };
    },
  };
}

function readNeeds(
  action: string,
  name: string,
  parameter: Parameter | undefined,
  decrypted: boolean,
  context: Context,
): readonly Need[] {
  const need: Need = { action, resource: arnOf(name, context) };
  return parameter === undefined ? [need] : [need, ...decryptNeeds(parameter, decrypted, context)];
}

function decryptNeeds({ kmsKeyArn }: Parameter, decrypted: boolean, { region }: Context): readonly Need[] {
  return decrypted && kmsKeyArn !== undefined ? [keyNeed("kms:Decrypt", kmsKeyArn, "ssm", region)] : [];
}

/** A name, also when the request gives its ARN. */
function nameOf(text: string, context: Context): string {
  if (!text.startsWith("arn:")) return text;
  const found = [...context.account.parameters.keys()].find((name) => arnOf(name, context) === text);
  return found ?? text.slice(text.indexOf("/"));
}

function arnOf(name: string, { region, account }: Context): string {
  return `arn:aws:ssm:${region}:${account.id}:parameter/${name.startsWith("/") ? name.slice(1) : name}`;
}

function describe(parameter: Parameter, decrypted: boolean, context: Context): object {
  const secure = parameter.kmsKeyArn !== undefined;
  return {
    Name: parameter.name,
    Type: secure ? "SecureString" : "String",
    // undecrypted, AWS answers ciphertext; nobody can use it, so any opaque text will do
    Value:
      secure && !decrypted ? Buffer.from(`sealed ${parameter.name}`).toString("base64") : parameter.value,
    Version: parameter.version,
    LastModifiedDate: parameter.modified / 1_000,
    ARN: arnOf(parameter.name, context),
    DataType: "text",
  };
}
