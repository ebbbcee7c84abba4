// Reads a command line of the AWS CLI as the operation and parameters that it would send: enough of its grammar for an
// explanation or a test, refusing what it does not know. Reads no file and asks no service.

import type { OperationModel, ServiceModel } from "../lambdas/recognition/model.ts";
import type { Member } from "../lambdas/recognition/shapes.ts";
import { type OperationRequest, serviceModel } from "./aws-request.ts";
import { parseShorthand } from "./aws-shorthand.ts";
import { didYouMean } from "./did-you-mean.ts";
import { operationNames } from "./model-catalogue.ts";

/** Commands of the CLI whose service has another name in botocore. */
const SERVICES: Readonly<Record<string, string>> = {
  s3api: "s3",
  configservice: "config",
  deploy: "codedeploy",
};

/** Options that say how the CLI works, not what it asks for: with a value, and without. */
const WITH_VALUE = new Set([
  "ca-bundle",
  "cli-binary-format",
  "cli-connect-timeout",
  "cli-read-timeout",
  "color",
  "endpoint-url",
  "max-items",
  "output",
  "page-size",
  "profile",
  "query",
  "starting-token",
]);
const WITHOUT_VALUE = new Set([
  "cli-auto-prompt",
  "debug",
  "no-cli-auto-prompt",
  "no-cli-pager",
  "no-paginate",
  "no-verify-ssl",
]);

interface Option {
  readonly name: string;
  readonly values: readonly string[];
}

/** A command line, and the region that it names, if any. */
export type CommandRequest = Omit<OperationRequest, "region"> & { readonly region: string | null };

/** @param words of the command line, with or without `aws` before them. @throws Error with a sentence for the author */
export function parseAwsCommand(words: readonly string[]): CommandRequest {
  const { positionals, options } = partWords(words[0] === "aws" ? words.slice(1) : words);
  const [command, verb, ...more] = positionals;
  if (command === undefined || verb === undefined) {
    throw new Error("a command line is `aws <service> <operation> --parameter value ...`");
  }
  if (command === "s3") throw highLevel(verb);
  const service = serviceModel(SERVICES[command] ?? command);
  const operation = operationNamed(service, verb);
  if (more.length > 0 && !(more.length === 1 && takesFile(operation))) {
    throw new Error(`\`${more[0]}\` belongs to no parameter`);
  }
  const region = options.find(({ name }) => name === "region")?.values[0] ?? null;
  const given = withoutFile(options, operation).filter(({ name }) => name !== "region");
  return {
    service: service.file.service,
    operation: operation.name,
    params: paramsOf(given, operation),
    region,
  };
}

function partWords(words: readonly string[]): { positionals: string[]; options: Option[] } {
  const positionals: string[] = [];
  const options: { name: string; values: string[] }[] = [];
  for (const word of words) {
    const [, name, value] = /^--([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const last = options.at(-1);
    if (name !== undefined) options.push({ name, values: value === undefined ? [] : [value] });
    else if (last === undefined || isFull(last)) positionals.push(word);
    else last.values.push(word);
  }
  return { positionals, options };
}

/** Options that are not parameters take one value or none, so that a word behind them is a command. */
function isFull({ name, values }: Option): boolean {
  return WITHOUT_VALUE.has(name) || ((WITH_VALUE.has(name) || name === "region") && values.length > 0);
}

/** The name of a file for the answer looks like a second value of the option before it. */
function withoutFile(options: readonly Option[], operation: OperationModel): readonly Option[] {
  if (!takesFile(operation)) return options;
  return options.map((option) => {
    const member = operation.input?.members.find((each) => each.name.toLowerCase() === folded(option.name));
    const isList = member === undefined || member.type.kind === "list";
    return isList || option.values.length !== 2 ? option : { ...option, values: option.values.slice(0, 1) };
  });
}

function highLevel(verb: string): Error {
  const single: Readonly<Record<string, string>> = {
    ls: "s3api list-objects-v2 --bucket <bucket> --prefix <prefix>",
    cp: "s3api get-object, put-object or copy-object",
    mv: "s3api copy-object, then s3api delete-object",
    rm: "s3api delete-object --bucket <bucket> --key <key>",
    mb: "s3api create-bucket --bucket <bucket>",
    rb: "s3api delete-bucket --bucket <bucket>",
  };
  const instead = (Object.hasOwn(single, verb) ? single[verb] : undefined) ?? "the operations of `aws s3api`";
  return new Error(
    `\`aws s3 ${verb}\` is several calls; ask about each of them: ${instead.replace(/^s3api/, "aws s3api")}`,
  );
}

/** `get-item` is GetItem, `describe-db-instances` DescribeDBInstances: the CLI's names differ in dashes and case only. */
function operationNamed(service: ServiceModel, verb: string): OperationModel {
  const names = operationNames(service);
  const name = names.find((each) => each.toLowerCase() === folded(verb));
  const found = name === undefined ? undefined : service.operation(name);
  if (found !== undefined) return found;
  const known = names.map(kebab);
  throw new Error(`\`${service.file.service}\` has no operation \`${verb}\`${didYouMean(verb, known)}`);
}

function paramsOf(options: readonly Option[], operation: OperationModel): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const { name, values } of options) {
    if (WITH_VALUE.has(name) || WITHOUT_VALUE.has(name)) continue;
    if (name === "cli-input-json") Object.assign(params, inputJson(values));
    else Object.assign(params, parameterOf(name, values, operation));
  }
  return params;
}

function inputJson([text = ""]: readonly string[]): object {
  const value = parseJson(text, "--cli-input-json");
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error("`--cli-input-json` takes a JSON object");
}

function parameterOf(
  name: string,
  values: readonly string[],
  operation: OperationModel,
): Record<string, unknown> {
  const members = operation.input?.members ?? [];
  const find = (text: string) => members.find((each) => each.name.toLowerCase() === folded(text));
  const member = find(name);
  if (member !== undefined) return { [member.name]: optionValue(member, values, `--${name}`) };
  const negated = name.startsWith("no-") ? find(name.slice("no-".length)) : undefined;
  if (negated !== undefined && isBoolean(negated) && values.length === 0) return { [negated.name]: false };
  // The one parameter of EC2's that the CLI words anew.
  if (operation.name === "RunInstances" && name === "count") return counts(values);
  const known = members.map((each) => `--${kebab(each.name)}`);
  throw new Error(`\`${operation.name}\` has no parameter \`--${name}\`${didYouMean(`--${name}`, known)}`);
}

function counts([text = ""]: readonly string[]): Record<string, unknown> {
  const [least = "", most = least] = text.split(":");
  return { MinCount: Number(least), MaxCount: Number(most) };
}

function optionValue(member: Member, values: readonly string[], option: string): unknown {
  const { type } = member;
  if (isBoolean(member) && values.length === 0) return true;
  const [only = ""] = values;
  if (values.length === 0) throw new Error(`\`${option}\` needs a value`);
  if (values.some((value) => /^(file|fileb):\/\//.test(value)) && !member.payload) {
    throw new Error(`\`${option}\` names a file, and no file is read here: write the value itself`);
  }
  if (type.kind === "list" && !/^\s*\[/.test(only)) {
    return values.map((value) => scalarOrShorthand(value, type.element, option));
  }
  if (values.length > 1) throw new Error(`\`${option}\` takes one value: quote it where it holds spaces`);
  return scalarOrShorthand(only, member, option);
}

function scalarOrShorthand(text: string, { type, payload }: Member, option: string): unknown {
  if (type.kind !== "scalar") {
    return /^\s*[[{]/.test(text) ? parseJson(text, option) : parseShorthand(text, type, option);
  }
  switch (type.scalar) {
    case "integer":
    case "float":
      if (text.trim() === "" || Number.isNaN(Number(text))) throw new Error(`\`${option}\` takes a number`);
      return Number(text);
    case "boolean":
      if (text !== "true" && text !== "false") throw new Error(`\`${option}\` takes \`true\` or \`false\``);
      return text === "true";
    case "document":
      return parseJson(text, option);
    case "blob":
      // A body is a file's content, which no policy should read; other blobs are in base64 as the CLI takes them.
      return payload ? "" : text;
    default:
      return text;
  }
}

function parseJson(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`\`${option}\` holds JSON that does not parse`, { cause });
  }
}

function isBoolean({ type }: Member): boolean {
  return type.kind === "scalar" && type.scalar === "boolean";
}

/** Operations whose answer has a body of bytes, for which the CLI wants the name of a file. */
const WITH_FILE = new Set([
  "GetClip",
  "GetConfiguration",
  "GetExport",
  "GetJobOutput",
  "GetLatestConfiguration",
  "GetMedia",
  "GetObject",
  "GetObjectTorrent",
  "GetPackageVersionAsset",
  "GetRawMessageContent",
  "GetSdk",
  "GetSnapshotBlock",
  "Invoke",
  "InvokeEndpoint",
  "InvokeModel",
  "PostContent",
  "SynthesizeSpeech",
]);

function takesFile({ name }: OperationModel): boolean {
  return WITH_FILE.has(name);
}

function folded(text: string): string {
  return text.replaceAll("-", "").toLowerCase();
}

function kebab(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, (_, low, high, capital) =>
      capital === undefined ? `${low}-${high}` : `${capital}-`,
    )
    .toLowerCase();
}
