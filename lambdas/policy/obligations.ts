// The annotations of policies: which there are, what form each has, what the matched permits oblige us to when they
// are added up. What no engine carries out yet is named here and makes a matched permit a refusal (R7).

import type { CallLimit, Scope } from "../model/decision.ts";
import { parseLimit } from "./budgets.ts";
import type { BundledPolicy } from "./policy-bundle.ts";

type Effect = "permit" | "forbid";

interface AnnotationForm {
  readonly on: readonly Effect[];
  readonly form: RegExp;
  readonly example: string;
}

const SCOPES: readonly Scope[] = ["call", "prefix", "role"];
const WORDS = String.raw`[A-Za-z][\w-]*`;
// A member path such as `Credentials.SecretAccessKey`, `Users[].Password` or `dynamodb:Table/Orders.card`.
const PATHS = String.raw`[\w:./[\]*-]+`;

/**
 * Every annotation there is. `@reason` on a permit explains an `@unmask`; `@accepts` answers a warning of synth and obliges
 * to nothing.
 */
export const ANNOTATIONS: ReadonlyMap<string, AnnotationForm> = new Map<string, AnnotationForm>([
  ["id", { on: ["permit", "forbid"], form: /^[A-Za-z0-9][\w.-]{0,63}$/, example: "reads-of-orders" }],
  ["reason", { on: ["permit", "forbid"], form: /^\P{Cc}{1,300}$/u, example: "deletes are made by people" }],
  [
    "accepts",
    {
      on: ["permit", "forbid"],
      form: /^[a-z0-9-]+:[A-Za-z0-9]+: [^;\p{Cc}]+(; [a-z0-9-]+:[A-Za-z0-9]+: [^;\p{Cc}]+)*$/u,
      example: "s3:PutObject: the buckets are versioned",
    },
  ],
  ["scope", { on: ["permit"], form: /^(call|prefix|role)$/, example: "call" }],
  ["record", { on: ["permit"], form: /^(full|parameters|metadata)$/, example: "full" }],
  ["mask", { on: ["permit"], form: list(PATHS), example: "SecretString, Credentials.SecretAccessKey" }],
  ["unmask", { on: ["permit"], form: list(PATHS), example: "SecretString" }],
  ["detect", { on: ["permit"], form: list("(aws-keys|pem|jwt|email)"), example: "aws-keys, jwt" }],
  [
    "limit",
    { on: ["permit"], form: /^calls=[1-9]\d{0,6} per=[1-9]\d{0,3}[mhd]$/, example: "calls=100 per=1h" },
  ],
  ["approve", { on: ["permit"], form: approveForm(), example: "group=prod-approvers quorum=2 within=1h" }],
]);

export interface AddedUp {
  readonly scope: Scope;
  /** In the order of their policies' ids, so that all instances ask for them in the same order. */
  readonly limits: readonly CallLimit[];
  /** Ids of the permits that oblige us to something that no engine carries out yet. */
  readonly unsupported: readonly string[];
}

/** Names the obligations of one policy that no engine carries out yet. */
export function unsupportedObligations(annotations: BundledPolicy["annotations"]): readonly string[] {
  return Object.entries(annotations)
    .filter(([name, value]) => isUnsupported(name, value))
    .map(([name]) => `@${name}`);
}

/** Adds up over all permits that matched: the narrowest scope that any of them asks. Their order makes no difference. */
export function addUp(permits: readonly BundledPolicy[]): AddedUp {
  const scope = SCOPES.find((width) => permits.some((permit) => scopeOf(permit) === width)) ?? "call";
  const unsupported = permits.filter(
    (permit) =>
      unsupportedObligations(permit.annotations).length > 0 ||
      (scope === "prefix" && scopeOf(permit) === "prefix"),
  );
  return { scope, limits: limitsOf(permits), unsupported: unsupported.map(({ id }) => id) };
}

function limitsOf(permits: readonly BundledPolicy[]): readonly CallLimit[] {
  const limits = new Map<string, CallLimit>();
  for (const { id, annotations } of permits) {
    const limit = annotations.limit === undefined ? undefined : parseLimit(id, annotations.limit);
    if (limit !== undefined) limits.set(id, limit);
  }
  return [...limits.values()].sort((one, other) => (one.policy < other.policy ? -1 : 1));
}

function scopeOf({ annotations }: BundledPolicy): string {
  return annotations.scope ?? "call";
}

const OBLIGE_TO_NOTHING = new Set(["id", "reason", "accepts"]);

// `@scope("prefix")` is refused when it is what the permits add up to; beside a permit of scope `call` it is not used.
function isUnsupported(name: string, value: string): boolean {
  if (name === "record") return value !== "full";
  if (name === "limit") return parseLimit("", value) === undefined;
  return name !== "scope" && !OBLIGE_TO_NOTHING.has(name);
}

function list(item: string): RegExp {
  return new RegExp(`^${item}(, ?${item})*$`);
}

function approveForm(): RegExp {
  const options = String.raw`( quorum=[1-9]| within=[1-9]\d{0,3}[mhd]| otherwise=(reject|queue)| run=(attended|stored))*`;
  return new RegExp(`^group=${WORDS}${options}$`);
}
