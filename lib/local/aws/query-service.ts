// A service that speaks awsQuery (a form POST, XML back): reads the form strictly into an action and its parameters.
// A parameter that is there twice, or that no stand-in carries out, is refused.

import { unknownOperation } from "./errors.ts";
import type { AwsService, Context } from "./service.ts";
import { AwsError, type AwsRequest, header, type Need, type Plan } from "./wire.ts";
import { element } from "./xml.ts";

export type Form = ReadonlyMap<string, string>;

export interface QueryPlan {
  readonly needs: readonly Need[];
  /** Returns what stands inside `<...Result>`. */
  run(): string;
}

export interface QueryOperation {
  /** Parameters that are carried out; `Tags` also stands for `Tags.member.1.Key` and its like. */
  readonly parameters: readonly string[];
  readonly plan: (form: Form, context: Context) => QueryPlan;
}

export interface QueryServiceSpec {
  readonly name: string;
  readonly version: string;
  readonly namespace: string;
  readonly operations: ReadonlyMap<string, QueryOperation>;
}

export function queryService({ name, version, namespace, operations }: QueryServiceSpec): AwsService {
  return {
    name,
    errors: "query",
    operationOf: (request) => parseForm(request).get("Action"),
    plan(request, context): Plan {
      const form = parseForm(request);
      const action = form.get("Action") ?? "";
      const operation = operations.get(action);
      if (operation === undefined || form.get("Version") !== version) throw unknownOperation("query");
      for (const parameter of form.keys()) refuseUnserved(parameter, operation.parameters);
      const plan = operation.plan(form, context);
      return {
        needs: plan.needs,
        run: () => {
          const result = `<${action}Result>${plan.run()}</${action}Result>`;
          const metadata = `<ResponseMetadata>${element("RequestId", context.requestId)}</ResponseMetadata>`;
          const body = `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`;
          return { status: 200, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
        },
      };
    },
  };
}

function refuseUnserved(parameter: string, served: readonly string[]): void {
  const name = parameter.split(".", 1)[0] ?? "";
  if (name === "Action" || name === "Version" || served.includes(name)) return;
  throw validationError(`the local cloud does not carry out \`${parameter}\``);
}

function parseForm(request: AwsRequest): Form {
  if (request.method !== "POST" || request.rawPath !== "/" || request.rawQuery !== "") {
    throw unknownOperation("query");
  }
  if (!(header(request, "content-type") ?? "").startsWith("application/x-www-form-urlencoded")) {
    throw unknownOperation("query");
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(request.body.toString("utf8"))) {
    if (form.has(name)) throw new AwsError("MalformedQueryString", 400, `\`${name}\` is there twice`);
    form.set(name, value);
  }
  return form;
}

export function validationError(message: string): AwsError {
  return new AwsError("ValidationError", 400, message);
}

export function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === "") throw validationError(`\`${name}\` is missing`);
  return value;
}
