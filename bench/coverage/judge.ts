// Judges one request: whether it was recognised as what its client was asked for, whether the parameters are the ones
// the client was given, how exact the resources are, and whether the rebuilt request is the same call (R1).

import { type AwsCall, isComplete, type Protocol } from "../../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { type Recognition, recognise } from "../../lambdas/recognition/recognise.ts";
import type { ModelSource } from "../../lambdas/recognition/shard.ts";
import { type Difference, differences } from "./compare.ts";
import type { OperationFacts } from "./facts.ts";
import { isRewritten } from "./rewritten.ts";
import type { Sample } from "./sample.ts";

/** `same`: several names, of services that share an API, for what is one and the same call at AWS. */
export type Outcome = "single" | "same" | "candidate" | "wrong" | "refused";

/** How exact the resources of the operation's first action are; `any`: recognised as the resource `*`. */
export type ArnForm = "complete" | "any" | "pattern";

export interface Verdict {
  readonly outcome: Outcome;
  readonly protocol: Protocol | undefined;
  /** The message of a refusal; the names of the candidates otherwise. */
  readonly detail: string;
  /** Without those that clients make themselves; see rewritten.ts. */
  readonly differences: readonly Difference[];
  readonly arn: ArnForm | undefined;
  /** What is wrong with the rebuilt request, if something is. */
  readonly rebuild: string | undefined;
}

const TARGET = { account: "111122223333", partition: "aws" };

export function judge(
  sample: Sample,
  models: ModelSource,
  facts: ReadonlyMap<string, OperationFacts>,
): Verdict {
  const found = recognise(sample.request, TARGET, models);
  if (found.kind === "refused") return refusedVerdict(found.message);
  const { call } = found;
  const truth = named(sample);
  const names = call.candidates.map(named);
  return {
    outcome: outcomeOf(names, truth, facts),
    protocol: call.protocol,
    detail: names.join(" "),
    differences: differences(sample.given, call.parameters).filter((each) => !isRewritten(sample, each)),
    arn: arnForm(call),
    rebuild: rebuildProblem(call, sample.request, models),
  };
}

function refusedVerdict(detail: string): Verdict {
  const nothing = { protocol: undefined, differences: [], arn: undefined, rebuild: undefined };
  return { outcome: "refused", detail, ...nothing };
}

export function named({
  service,
  operation,
}: {
  readonly service: string;
  readonly operation: string;
}): string {
  return `${service}:${operation}`;
}

function outcomeOf(
  names: readonly string[],
  truth: string,
  facts: ReadonlyMap<string, OperationFacts>,
): Outcome {
  if (!names.includes(truth)) return "wrong";
  if (names.length === 1) return "single";
  return new Set(names.map((name) => facts.get(name)?.call)).size === 1 ? "same" : "candidate";
}

function arnForm({ actions: [{ resources }] }: AwsCall): ArnForm {
  if (resources.every(isComplete)) return "complete";
  return resources.every(({ type, literals }) => type === "" && literals.every((text) => text === ""))
    ? "any"
    : "pattern";
}

/** The upstream request, recognised in its turn, must be the same call and rebuild to itself, its body byte for byte. */
export function rebuildProblem(
  call: AwsCall,
  { body }: SignedRequest,
  models: ModelSource,
): string | undefined {
  const { upstream } = call;
  if (Buffer.compare(upstream.body, body) !== 0) return "the body changed";
  const again: Recognition = recognise(signedAgain(call), TARGET, models);
  if (again.kind === "refused") return `refused: ${again.message}`;
  // the rebuilt path is the chosen operation's own, so it may leave fewer candidates, and never another first one
  const [before, after] = [call.candidates.map(named), again.call.candidates.map(named)];
  if (after[0] !== before[0] || !after.every((name) => before.includes(name)))
    return `taken for ${after.join(" ")}`;
  if (textOf(again.call.parameters) !== textOf(call.parameters)) return "the parameters changed";
  return textOf(again.call.upstream) === textOf(upstream) ? undefined : "the rebuilt request changed";
}

function signedAgain({ upstream, signingName, region }: AwsCall): SignedRequest {
  const { method, path, query, headers, body } = upstream;
  return {
    method,
    path,
    query,
    headers: new Map(headers.map(([name, value]) => [name, [value]])),
    body,
    signingName,
    region,
  };
}

/** Members in order of name: the order of a header or parameter says nothing. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
