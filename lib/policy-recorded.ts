// Turns a recorded call back into a request that can be explained. A record holds parameters with secrets masked and
// blobs by their digest, and no claims: what it lacks is said, since the explanation may differ by it.

import { MASKED } from "../lambdas/masking/mask-parameters.ts";
import type { Intent, Outcome, RecordedCall, RecordedDecision } from "../lambdas/model/record.ts";
import type { StructureType, Type } from "../lambdas/recognition/shapes.ts";
import { type JsonObject, operationModel } from "./aws-request.ts";
import { callsOf, openingOf } from "./cli/recorded-calls.ts";
import type { FoundRecord } from "./cli/records.ts";
import type { Explained, ExplainRequest } from "./policy-explain.ts";

type SessionRecord = Pick<FoundRecord, "sk" | "record">;

export interface RecordedRequest extends ExplainRequest {
  readonly recorded: Intent | Outcome;
  /** What the record does not hold, as sentences. */
  readonly missing: readonly string[];
}

/**
 * @param call the number of the call in the order of `countersign replay`, from 1, or how its key begins (`CALL#` left out)
 * @throws Error that says what to do when there is no such call, or it holds too little
 */
export function recordedRequest(records: readonly SessionRecord[], call: string): RecordedRequest {
  const recorded = findCall(records, call);
  const { caller, role } = recorded;
  if (recorded.call === null || caller === null || role === null) {
    throw new Error("the call was refused before it was recognised: policy was not asked");
  }
  const { params, missing } = parametersOf(recorded.call);
  const opening = openingOf(records);
  const now = Date.parse(recorded.at) / 1000;
  const openedAt = opening === undefined ? now : Date.parse(opening.at) / 1000;
  return {
    request: {
      service: recorded.call.service,
      operation: recorded.call.operation,
      region: recorded.call.region,
      params,
    },
    asker: {
      issuer: caller.issuer,
      subject: caller.subject,
      groups: caller.groups,
      claims: {},
      role,
      sourceIp: caller.sourceIp,
      userAgent: caller.userAgent,
      now,
      sessionAge: Math.max(0, now - openedAt),
    },
    recorded,
    missing: ["claims and tags are not recorded: policies see those of `--claim` and `--tag`", ...missing],
  };
}

/** What was decided then, why the explanation may say something else, and what it lacks. */
export function recordedText(
  request: ExplainRequest | RecordedRequest,
  explained: Explained,
): readonly string[] {
  if (!("recorded" in request)) return [];
  const { decision, at } = request.recorded;
  const then =
    decision === null
      ? "no decision"
      : `${decision.reason ?? decision.decision} by ${decision.policies.join(", ") || "no policy"}, policies ${decision.policyVersion.slice(0, 16)}`;
  const differs = decision === null ? undefined : differenceOf(decision, explained);
  const lines = [...(differs === undefined ? [] : [differs]), ...request.missing];
  return ["", `recorded   ${at}: ${then}`, ...lines.map((line) => `           ${line}`)];
}

/** `undefined` where nothing but the policies decided, and they are the same. */
function differenceOf(then: RecordedDecision, explained: Explained): string | undefined {
  if (then.reason === "limit_reached") return "a budget was used up then: above is what the policies say";
  if (then.reason === "scope_too_narrow") return "decided by the scope, after the policies";
  if (then.policies.some((id) => id.startsWith("emergency:")))
    return "an emergency rule decided then: `--emergency` counts those that are in force";
  if (explained.kind !== "explained") return undefined;
  const now = explained.explanation.decision;
  if (now.policyVersion !== then.policyVersion) return "other policies than these decided then";
  return undefined;
}

function findCall(records: readonly SessionRecord[], call: string): Intent | Outcome {
  const calls = callsOf(records);
  const isNumber = /^\d{1,6}$/.test(call);
  const found = isNumber ? calls[Number(call) - 1] : calls.find(({ key }) => key.startsWith(call));
  if (found !== undefined) return found.either;
  throw new Error(`the session has ${calls.length} calls, and \`${call}\` is none of them`);
}

function parametersOf({ service, operation, parameters }: RecordedCall): {
  readonly params: JsonObject;
  readonly missing: readonly string[];
} {
  if (parameters === null) {
    throw new Error(
      'the record holds only a digest of the parameters: they were too large, or a policy says `@record("metadata")`',
    );
  }
  const { input } = operationModel(service, operation);
  const value: unknown = JSON.parse(parameters);
  const left: string[] = [];
  const params = structureOf(value, input, left, "");
  const missing = left.map((path) => `\`${path}\` is masked or kept as a digest only: it is left out`);
  return { params, missing };
}

function structureOf(
  value: unknown,
  type: StructureType | undefined,
  left: string[],
  path: string,
): JsonObject {
  const members = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(
    members.flatMap(([name, inner]) => {
      const member = type?.members.find((each) => each.name === name);
      const at = path === "" ? name : `${path}.${name}`;
      const kept = member === undefined ? undefined : valueOfType(inner, member.type, left, at);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

/** `undefined` for what cannot be sent again. */
function valueOfType(value: unknown, type: Type, left: string[], path: string): unknown {
  const isText = type.kind === "scalar" && type.scalar === "string";
  const isBlob = type.kind === "scalar" && type.scalar === "blob";
  if ((value === MASKED && !isText) || (isBlob && typeof value === "object")) {
    left.push(path);
    return undefined;
  }
  if (value === null) return undefined;
  switch (type.kind) {
    case "structure":
      return structureOf(value, type, left, path);
    case "list":
      return (Array.isArray(value) ? value : []).flatMap((each: unknown) => {
        const kept = valueOfType(each, type.element.type, left, `${path}[]`);
        return kept === undefined ? [] : [kept];
      });
    case "map":
      return Object.fromEntries(
        Object.entries(isObject(value) ? value : {}).map(([key, each]) => [
          key,
          valueOfType(each, type.value.type, left, `${path}{}`),
        ]),
      );
    case "scalar":
      return isObject(value) && typeof value.text === "string" ? value.text : value;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
