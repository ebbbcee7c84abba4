// Writes the request by which an SDK would call an operation, from the operation's name and its parameters: for tests of
// policies and for explanations, which then ask the very recogniser that stands in the gateway. Nothing here is signed,
// and nothing that it makes is ever sent.

import type { Protocol } from "../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../lambdas/model/signed-request.ts";
import type { OperationModel, ServiceModel } from "../lambdas/recognition/model.ts";
import { formBody } from "./aws-request-form.ts";
import { jsonText } from "./aws-request-json.ts";
import { restRequest } from "./aws-request-rest.ts";
import { didYouMean } from "./did-you-mean.ts";
import { allServices, operationNames } from "./model-catalogue.ts";

/** Parameters by the model's member names, as the AWS CLI and boto3 take them: blobs in base64, times in ISO 8601. */
export type JsonObject = { readonly [member: string]: unknown };

export interface OperationRequest {
  /** botocore's name, e.g. `rds-data`. */
  readonly service: string;
  readonly operation: string;
  readonly params: JsonObject;
  readonly region: string;
}

/** Of the protocols of a service, the one that is easiest to read. */
const PREFERENCE: readonly Protocol[] = ["json-1.0", "json-1.1", "query", "ec2", "rest-json", "rest-xml"];

/** @throws Error with a sentence for the author: unknown service, operation or member, or a value of another type. */
export function buildRequest({ service, operation, params, region }: OperationRequest): SignedRequest {
  const model = operationModel(service, operation);
  const { signingName, protocols, file } = model.service;
  const protocol = PREFERENCE.find((each) => protocols.includes(each));
  const scope = { signingName, region };
  switch (protocol) {
    case "json-1.0":
    case "json-1.1":
      return post(
        {
          "x-amz-target": `${file.target ?? ""}.${model.name}`,
          "content-type": `application/x-amz-${protocol}`,
        },
        jsonText(params, model),
        scope,
      );
    case "query":
    case "ec2":
      return post(
        { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
        formBody(params, model, protocol),
        scope,
      );
    case "rest-json":
    case "rest-xml":
      return { ...restRequest(params, model), ...scope };
    default:
      throw new Error(`no request can be written for \`${service}\`: it speaks ${protocols.join(", ")} only`);
  }
}

/** The operation by botocore's names. @throws Error that suggests the nearest one. */
export function operationModel(service: string, operation: string): OperationModel {
  const model = serviceModel(service);
  const found = model.operation(operation);
  if (found !== undefined) return found;
  throw new Error(
    `\`${service}\` has no operation \`${operation}\`${didYouMean(operation, operationNames(model))}`,
  );
}

/** @throws Error that suggests the nearest one. */
export function serviceModel(service: string): ServiceModel {
  const found = allServices().get(service);
  if (found !== undefined) return found;
  throw new Error(`there is no service \`${service}\`${didYouMean(service, allServices().keys())}`);
}

function post(
  headers: Readonly<Record<string, string>>,
  body: string,
  scope: Pick<SignedRequest, "signingName" | "region">,
): SignedRequest {
  return {
    method: "POST",
    path: "/",
    query: [],
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: new TextEncoder().encode(body),
    ...scope,
  };
}
