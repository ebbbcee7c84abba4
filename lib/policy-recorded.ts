// Finds a recorded call in its session and turns it back into a request that can be explained (recorded-request.ts). What
// the record lacks is said, since the explanation may differ by it.

import type { Intent, Outcome, RecordedDecision } from "../lambdas/model/record.ts";
import { callsOf, openingOf } from "./cli/recorded-calls.ts";
import type { FoundRecord } from "./cli/records.ts";
import type { Explained, ExplainRequest } from "./policy-explain.ts";
import { requestOfRecord } from "./recorded-request.ts";

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
  const opening = openingOf(records);
  const found = requestOfRecord(recorded, opening);
  switch (found.kind) {
    case "unrecognised":
      throw new Error("the call was refused before it was recognised: policy was not asked");
    case "without parameters":
      throw new Error(
        'the record holds only a digest of the parameters: they were too large, or a policy says `@record("metadata")`',
      );
    case "request": {
      const missing = found.left.map(
        (path) => `\`${path}\` is masked or kept as a digest only: it is left out`,
      );
      const claims = "claims and tags are not recorded: policies see those of `--claim` and `--tag`";
      return { ...found.asked, recorded, missing: [claims, ...missing] };
    }
  }
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
