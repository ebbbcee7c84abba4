// Parses the body of an order: what it is about, and why. Strict: unknown members, wrong types and targets of another form
// are refused by name. A reason stands in records, lists and terminals, so it is one line, bounded and without characters
// that are not seen.

import { parseRoleArn, parseSessionId } from "../../model/ids.ts";
import type { OrderTarget } from "../../model/record.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import { singleHeader, type WireRequest } from "../../model/wire-request.ts";
import { type JsonValue, parseJson } from "../../recognition/json.ts";
import { Malformed } from "../../recognition/malformed.ts";

export interface OrderBody {
  readonly kind: "order";
  readonly target: OrderTarget;
  readonly reason: string;
}

const MOST_REASON = 500;
const REASON = new RegExp(`^(?=\\S)[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]{1,${MOST_REASON}}(?<=\\S)$`, "u");
// Of an issuer and a subject as token-claims.ts takes them. With its prefix it fits DynamoDB's 2,048 bytes of a key.
const AGENT = /^https:\/\/[^\s|]{1,1016}\|[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

const KINDS = ["session", "agent", "role", "everything"] as const;

/** Of a revocation, or of lifting one. */
export function parseOrderBody(request: Pick<WireRequest, "headers" | "body">): OrderBody | Refusal {
  const members = membersOf(request, ["target", "id", "reason"]);
  if ("kind" in members) return members;
  const target = targetOf(members.get("target"), members.get("id") ?? null);
  return "code" in target ? target : withReason(target, members.get("reason"));
}

/** Of a legal hold on a session, or of releasing it. */
export function parseHoldBody(request: Pick<WireRequest, "headers" | "body">): OrderBody | Refusal {
  const members = membersOf(request, ["session", "reason"]);
  if ("kind" in members) return members;
  const id = members.get("session");
  const [isOne, what] = FORMS.session;
  if (typeof id !== "string" || !isOne(id)) return refuse("ValidationError", `\`session\` ${what}`);
  return withReason({ kind: "session", id }, members.get("reason"));
}

function withReason(target: OrderTarget, reason: JsonValue | undefined): OrderBody | Refusal {
  if (typeof reason === "string" && REASON.test(reason)) return { kind: "order", target, reason };
  return refuse("ValidationError", `\`reason\` is one line of 1 to ${MOST_REASON} visible characters`);
}

function membersOf(
  { headers, body }: Pick<WireRequest, "headers" | "body">,
  names: readonly string[],
): ReadonlyMap<string, JsonValue> | Refusal {
  if (!/^application\/json(?:;|$)/i.test(singleHeader(headers, "content-type") ?? "")) {
    return refuse("ValidationError", "the body is `content-type: application/json`");
  }
  try {
    const value = parseJson(body);
    if (!(value instanceof Map)) return refuse("ValidationError", "the body is no JSON object");
    const isKnown = [...value.keys()].every((name) => names.includes(name));
    const strange = `the body holds a member that is none of ${names.join(", ")}`;
    return isKnown ? value : refuse("ValidationError", strange);
  } catch (cause) {
    if (cause instanceof Malformed) return refuse("ValidationError", cause.message);
    throw cause;
  }
}

function targetOf(given: JsonValue | undefined, id: JsonValue): OrderTarget | Refusal {
  const kind = KINDS.find((known) => known === given);
  if (kind === undefined) return refuse("ValidationError", `\`target\` is one of ${KINDS.join(", ")}`);
  if (kind === "everything") {
    return id === null ? { kind, id } : refuse("ValidationError", "`id` is null where everything is meant");
  }
  const [isOne, what] = FORMS[kind];
  return typeof id === "string" && isOne(id) ? { kind, id } : refuse("ValidationError", `\`id\` ${what}`);
}

const FORMS = {
  session: [
    (id: string) => parseSessionId(id) !== undefined,
    "is the id of a session: 26 letters and digits",
  ],
  agent: [(id: string) => AGENT.test(id), "is `<issuer>|<subject>` of one agent"],
  role: [(id: string) => parseRoleArn(id) !== undefined, "is the arn of one iam role"],
} as const;
