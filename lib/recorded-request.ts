// What a record tells of a request: the operation with its parameters, who asked, when. A record holds parameters with
// secrets masked and blobs by their digest, and neither claims nor tags: what is left out is named. Decides nothing.

import { MASKED } from "../lambdas/masking/mask-parameters.ts";
import type { Intent, Opening, Outcome, RecordedCall } from "../lambdas/model/record.ts";
import type { StructureType, Type } from "../lambdas/recognition/shapes.ts";
import { type JsonObject, operationModel } from "./aws-request.ts";
import type { ExplainRequest } from "./policy-explain.ts";

export type RequestOfRecord =
  | {
      readonly kind: "request";
      readonly asked: ExplainRequest;
      /** Paths of parameters that are left out: masked, or kept as a digest. */
      readonly left: readonly string[];
      /** Paths of texts that are there, and are not what was sent: masked. */
      readonly masked: readonly string[];
    }
  | { readonly kind: "unrecognised" | "without parameters" };

/** @throws Error when the models have no such operation, or the parameters are no JSON */
export function requestOfRecord(record: Intent | Outcome, opening: Opening | undefined): RequestOfRecord {
  const { caller, role, call } = record;
  if (call === null || caller === null || role === null) return { kind: "unrecognised" };
  if (call.parameters === null) return { kind: "without parameters" };
  const { params, left, masked } = parametersOf(call, call.parameters);
  const now = Date.parse(record.at) / 1000;
  const openedAt = opening === undefined ? now : Date.parse(opening.at) / 1000;
  const asker = {
    issuer: caller.issuer,
    subject: caller.subject,
    groups: caller.groups,
    claims: {},
    role,
    sourceIp: caller.sourceIp,
    userAgent: caller.userAgent,
    now,
    sessionAge: Math.max(0, now - openedAt),
  };
  const { service, operation, region } = call;
  return { kind: "request", asked: { request: { service, operation, region, params }, asker }, left, masked };
}

interface Gone {
  readonly left: string[];
  readonly masked: string[];
}

function parametersOf(
  { service, operation }: RecordedCall,
  parameters: string,
): Gone & { readonly params: JsonObject } {
  const { input } = operationModel(service, operation);
  const value: unknown = JSON.parse(parameters);
  const gone: Gone = { left: [], masked: [] };
  return { params: structureOf(value, input, gone, ""), ...gone };
}

function structureOf(value: unknown, type: StructureType | undefined, gone: Gone, path: string): JsonObject {
  const members = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(
    members.flatMap(([name, inner]) => {
      const member = type?.members.find((each) => each.name === name);
      const at = path === "" ? name : `${path}.${name}`;
      const kept = member === undefined ? undefined : valueOfType(inner, member.type, gone, at);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

/** `undefined` for what cannot be sent again. */
function valueOfType(value: unknown, type: Type, gone: Gone, path: string): unknown {
  const isText = type.kind === "scalar" && type.scalar === "string";
  const isBlob = type.kind === "scalar" && type.scalar === "blob";
  if ((value === MASKED && !isText) || (isBlob && typeof value === "object")) {
    gone.left.push(path);
    return undefined;
  }
  if (value === null) return undefined;
  switch (type.kind) {
    case "structure":
      return structureOf(value, type, gone, path);
    case "list":
      return (Array.isArray(value) ? value : []).flatMap((each: unknown) => {
        const kept = valueOfType(each, type.element.type, gone, `${path}[]`);
        return kept === undefined ? [] : [kept];
      });
    case "map":
      return Object.fromEntries(
        Object.entries(isObject(value) ? value : {}).map(([key, each]) => [
          key,
          valueOfType(each, type.value.type, gone, `${path}{}`),
        ]),
      );
    case "scalar":
      return scalarOf(value, gone, path);
  }
}

function scalarOf(value: unknown, { masked }: Gone, path: string): unknown {
  if (value === MASKED) masked.push(path);
  return isObject(value) && typeof value.text === "string" ? value.text : value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
