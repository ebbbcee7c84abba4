// A service that speaks awsJson (one POST, `x-amz-target`, a JSON body): reads the request into an operation and its
// input. Refuses members that the stand-in does not carry out, so that nothing is silently ignored.

import { unknownOperation } from "./errors.ts";
import type { AwsService, Context } from "./service.ts";
import { AwsError, type AwsReply, type AwsRequest, header, type Need } from "./wire.ts";

export type JsonInput = Readonly<Record<string, unknown>>;

export interface JsonPlan {
  readonly needs: readonly Need[];
  /** Returns the output; `{}` for an operation that answers nothing. */
  run(): object | Promise<object>;
}

export interface JsonOperation {
  /** The input members that are carried out. */
  readonly members: readonly string[];
  readonly plan: (input: JsonInput, context: Context) => JsonPlan | Promise<JsonPlan>;
}

export interface JsonServiceSpec {
  readonly name: string;
  readonly target: string;
  readonly contentType: "application/x-amz-json-1.0" | "application/x-amz-json-1.1";
  readonly operations: ReadonlyMap<string, JsonOperation>;
}

/** Makes the service of a table of operations. */
export function jsonService({ name, target, contentType, operations }: JsonServiceSpec): AwsService {
  const operationOf = (request: AwsRequest): string | undefined => {
    const [prefix, operation, more] = (header(request, "x-amz-target") ?? "").split(".");
    return prefix === target && more === undefined ? operation : undefined;
  };
  return {
    name,
    errors: "json",
    operationOf,
    async plan(request, context) {
      const operation = operations.get(operationOf(request) ?? "");
      if (operation === undefined) throw unknownOperation("json");
      const input = parseJson(request, contentType);
      const unserved = Object.keys(input).find((member) => !operation.members.includes(member));
      if (unserved !== undefined) throw validation(`the local cloud does not carry out \`${unserved}\``);
      const plan = await operation.plan(input, context);
      return { needs: plan.needs, run: async () => jsonReply(await plan.run(), contentType) };
    },
  };
}

export function jsonReply(output: object, contentType: string): AwsReply {
  return { status: 200, headers: { "content-type": contentType }, body: Buffer.from(JSON.stringify(output)) };
}

/** The body as an object; AWS's SerializationException for everything else. */
export function parseJson(request: AwsRequest, contentType: string): JsonInput {
  if (request.method !== "POST" || request.rawPath !== "/" || request.rawQuery !== "") {
    throw unknownOperation("json");
  }
  if (header(request, "content-type") !== contentType) throw unknownOperation("json");
  try {
    const parsed: unknown = JSON.parse(request.body.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as JsonInput;
  } catch {
    // told below, together with JSON that is no object
  }
  throw new AwsError("SerializationException", 400, "the body is not a JSON object");
}

export function validation(message: string): AwsError {
  return new AwsError("ValidationException", 400, message);
}

export function textOf(input: JsonInput, member: string): string {
  const value = input[member];
  if (typeof value === "string" && value !== "") return value;
  throw validation(`\`${member}\` must be a string that is not empty`);
}

export function optionalText(input: JsonInput, member: string): string | undefined {
  return input[member] === undefined || input[member] === null ? undefined : textOf(input, member);
}

export function blobOf(input: JsonInput, member: string): Buffer {
  return Buffer.from(textOf(input, member), "base64");
}

export function flagOf(input: JsonInput, member: string): boolean {
  const value = input[member];
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw validation(`\`${member}\` must be true or false`);
}

export function textsOf(input: JsonInput, member: string): readonly string[] {
  const value = input[member];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw validation(`\`${member}\` must be a list of strings`);
}

/** A page size within AWS's bounds. */
export function countOf(input: JsonInput, member: string, fallback: number): number {
  const value = input[member] ?? fallback;
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= fallback) return value;
  throw validation(`\`${member}\` must be a whole number from 1 to ${fallback}`);
}
