// Tells one recorded call as a paragraph: what was asked, who decided and why, what AWS answered, what of it was hidden.
// Every value passes `visible`: a record cannot draw on the reader's terminal.

import type {
  Intent,
  Outcome,
  RecordedApproval,
  RecordedBody,
  RecordedCall,
  RecordedDecision,
} from "../../lambdas/model/record.ts";
import { visible } from "../session-text.ts";
import { lengthText, sinceText } from "./moments.ts";
import { type RecordedPair, totalMs } from "./recorded-calls.ts";
import { bytesText, cut, leavesOf, masksText } from "./recorded-text.ts";
import type { Paint } from "./terminal.ts";

const MOST_PARAMETERS = 10;
const MOST_RESOURCES = 5;
const MOST_VALUE_CHARACTERS = 200;
const MARGIN = " ".repeat(12);
const LABEL = 9;
const STEPS: Readonly<Record<string, string>> = { approval: "people", upstream: "AWS" };

export interface CallTelling {
  readonly paint: Paint;
  /** Epoch milliseconds of the session's beginning: times are told from there. */
  readonly sinceMs: number;
  /** Stored bodies by their key; `undefined` where answers are not asked for. */
  readonly payloads: ReadonlyMap<string, Uint8Array> | undefined;
}

type Row = readonly [label: string, text: string];

export function callStory(pair: RecordedPair, number: number, telling: CallTelling): readonly string[] {
  const { paint, sinceMs, payloads } = telling;
  const { call, decision, approval } = pair.either;
  const what = call === null ? "a call that was not recognised" : `${call.service} ${call.operation}`;
  const resources = call === null ? "" : `  ${resourcesText(call)}`;
  const place = `${String(number).padStart(3)} ${sinceText(pair.startMs - sinceMs).padEnd(MARGIN.length - 6)}  `;
  const rows: readonly Row[] = [
    ...(call === null ? [] : askedRows(call, telling)),
    ...decisionRows(decision, pair.either, paint),
    ...(approval === undefined ? [] : approvalRows(approval, pair.outcome, sinceMs)),
    ...endRows(pair, paint),
    ...(pair.outcome === undefined ? [] : answerRows(pair.outcome)),
  ];
  return [
    `${paint("dim", place)}${paint("bold", visible(what))}${visible(resources)}`,
    ...rows.map(([label, text]) => `${MARGIN}${paint("dim", label.padEnd(LABEL))} ${text}`),
    ...(payloads === undefined ? [] : bodyLines(pair.outcome?.response, payloads)),
  ];
}

function resourcesText({ actions }: RecordedCall): string {
  const resources = [...new Set(actions.flatMap((action) => action.resources))];
  const omitted = actions.reduce((sum, action) => sum + action.resourcesOmitted, 0);
  const more = resources.length - MOST_RESOURCES + omitted;
  const shown = resources.slice(0, MOST_RESOURCES).join(" ");
  return more > 0 && resources.length + omitted > MOST_RESOURCES ? `${shown} and ${more} more` : shown;
}

function askedRows(call: RecordedCall, { payloads }: CallTelling): readonly Row[] {
  const { parameters, parametersAt, parametersBytes, account, region } = call;
  const stored = parametersAt === undefined ? undefined : payloads?.get(parametersAt);
  const text = parameters ?? (stored === undefined ? null : Buffer.from(stored).toString("utf8"));
  const where: Row = ["in", visible(`account ${account}, ${region}`)];
  if (text !== null) {
    const leaves = leavesOf(text);
    const shown = leaves.slice(0, MOST_PARAMETERS).map((leaf) => visible(cut(leaf, MOST_VALUE_CHARACTERS)));
    const more = leaves.length - shown.length;
    const all = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
    return [["asked", all === "" ? "with no parameters" : all], where];
  }
  const size = parametersBytes === undefined ? "" : `${bytesText(parametersBytes)}, `;
  const why =
    parametersAt === undefined
      ? `parameters are not recorded, ${size}sha256 ${call.parametersDigest}`
      : `parameters are kept apart, ${size}shown with --answers`;
  return [["asked", visible(why)], where];
}

function decisionRows(
  decision: RecordedDecision | null,
  { call }: Pick<Intent, "call">,
  paint: Paint,
): readonly Row[] {
  if (decision === null) {
    return [
      ["decided", paint("red", call === null ? "refused before recognition" : "refused before policy")],
    ];
  }
  const policies = decision.policies.map(visible).join(", ");
  const by = policies === "" ? "by default: no policy permits it" : `by ${policies}`;
  const why = decision.reason === null || policies === "" ? "" : ` (${decision.reason.replaceAll("_", " ")})`;
  const [style, verb] = VERDICTS[decision.decision];
  const sentence = `${paint(style, verb)} ${by}${visible(why)}`;
  if (decision.enforced) return [["decided", sentence]];
  return [["decided", `${paint("yellow", "OBSERVED, NOT ENFORCED:")} would be ${sentence}`]];
}

const VERDICTS = {
  permit: ["green", "permitted"],
  hold: ["yellow", "held for people"],
  deny: ["red", "denied"],
} as const;

function approvalRows(
  { id, votes, byGrant }: RecordedApproval,
  outcome: Outcome | undefined,
  sinceMs: number,
): readonly Row[] {
  const waited = outcome?.latency.approval;
  const wait = waited === undefined || byGrant ? "" : `, the caller waited ${lengthText(waited)}`;
  const head = byGrant
    ? `let pass by the earlier approval ${id}, whose approver let further calls pass`
    : `approval ${id}${wait}`;
  const told = votes.map(({ person, choice, comment, at, via }): Row => {
    const when = byGrant ? at : sinceText(Date.parse(at) - sinceMs);
    const said = comment === null ? "" : `: "${comment}"`;
    const verb = choice === "approve" ? "approved" : "rejected";
    return ["", visible(`${person} ${verb} at ${when} by ${via}${said}`)];
  });
  return [["people", visible(head)], ...told];
}

function endRows({ intent, outcome }: RecordedPair, paint: Paint): readonly Row[] {
  if (outcome === undefined) {
    return [["ended", `${paint("yellow", "IN DOUBT:")} it was sent, and no end is recorded`]];
  }
  const { ending, status, code, closedBy } = outcome;
  const told = visible(`${status}${code === null ? "" : ` ${code}`}`);
  const took = ` ${lengthText(totalMs(outcome))}${splitText(outcome)}`;
  const nothing = intent === undefined ? "nothing was sent" : "nothing reached AWS";
  const sentences = {
    answered: `${told} in${took}`,
    refused: `${paint("red", "refused")} with ${told} after${took}; ${nothing}`,
    in_doubt: `${paint("yellow", "IN DOUBT:")} it was sent and no whole answer came back; told ${told} after${took}`,
  };
  const label = ending === "answered" ? "answered" : "ended";
  const by = `closed by the ${closedBy}: the function that sent it did not live to write how it ended`;
  return [
    [label, sentences[ending]],
    ...(closedBy === undefined ? [] : [["", visible(by)] as const]),
    ["ids", visible(idsText(outcome))],
  ];
}

function splitText({ latency }: Outcome): string {
  const steps = Object.entries(latency).filter(([, ms]) => ms >= 1);
  const text = steps.map(([step, ms]) => `${STEPS[step] ?? step} ${lengthText(ms)}`).join(", ");
  return text === "" ? "" : visible(` (${text})`);
}

function idsText({ awsRequestId, gatewayRequestId }: Outcome): string {
  return `${awsRequestId === null ? "" : `AWS request ${awsRequestId}, `}gateway request ${gatewayRequestId}`;
}

function answerRows({ masks, withheld, unrecorded, response, responseBytes }: Outcome): readonly Row[] {
  const hidden = masks === undefined ? [] : masksText(masks);
  const isMore = unrecorded !== undefined && unrecorded > 0;
  const kept = response !== undefined;
  return [
    ...hidden.map(([label, what]): Row => ["hidden", visible(`${label}: ${what}`)]),
    ...(withheld === undefined ? [] : [["withheld", visible(withheld)] as const]),
    ...(isMore ? [["more", `${unrecorded} of its kind were only counted`] as const] : []),
    ...(responseBytes === null || responseBytes === 0
      ? []
      : [["answer", `${bytesText(responseBytes)}${kept ? "" : ", not recorded: only its digest"}`] as const]),
  ];
}

/** The answer as its caller got it, line by line. */
function bodyLines(
  body: RecordedBody | undefined,
  payloads: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  if (body === undefined) return [];
  const bytes = "at" in body ? payloads.get(body.at) : undefined;
  const text = "text" in body ? body.text : bytes === undefined ? undefined : utf8Of(bytes);
  const lines = text?.replace(/\n$/, "").split(/\r?\n/) ?? ["(not text: --json has it in base64)"];
  const end = body.truncated === true ? ["(only its beginning is kept)"] : [];
  return [...lines, ...end].map((line) => `${MARGIN}| ${visible(line)}`);
}

function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
