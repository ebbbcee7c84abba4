// The score as rows: one per protocol, one per service, one for all. Counts operations, each by its worst request.

import type { OperationScore, Tally } from "./tally.ts";

export interface Row {
  readonly name: string;
  readonly operations: number;
  readonly single: number;
  readonly same: number;
  readonly candidate: number;
  readonly wrong: number;
  readonly refused: number;
  /** Of the operations that were recognised. */
  readonly parametersEqual: number;
  readonly parametersDiffer: number;
  readonly documented: number;
  readonly sameName: number;
  readonly unknown: number;
  readonly arnComplete: number;
  readonly arnPattern: number;
  /** The resource `*`, where IAM knows no type, and where it does. */
  readonly arnAny: number;
  readonly arnMissed: number;
  readonly requests: number;
  readonly rebuiltWrong: number;
  /** Operations that clients do not sign by SigV4, and how many of these are refused. */
  readonly otherwiseSigned: number;
  readonly otherwiseRefused: number;
}

function rowOf(name: string, scores: readonly OperationScore[]): Row {
  const count = (holds: (score: OperationScore) => boolean): number => scores.filter(holds).length;
  const recognised = scores.filter(({ outcome }) => outcome !== "refused" && outcome !== "wrong");
  const arns = (holds: (score: OperationScore) => boolean): number =>
    recognised.filter((score) => score.arn !== undefined && holds(score)).length;
  return {
    name,
    operations: scores.length,
    single: count(({ outcome }) => outcome === "single"),
    same: count(({ outcome }) => outcome === "same"),
    candidate: count(({ outcome }) => outcome === "candidate"),
    wrong: count(({ outcome }) => outcome === "wrong"),
    refused: count(({ outcome }) => outcome === "refused"),
    parametersEqual: recognised.filter(({ parameters }) => parameters === "equal").length,
    parametersDiffer: count(({ parameters }) => parameters === "differs"),
    documented: count(({ iam }) => iam === "documented"),
    sameName: count(({ iam }) => iam === "same-name"),
    unknown: count(({ iam }) => iam === "unknown"),
    arnComplete: arns(({ arn }) => arn === "complete"),
    arnPattern: arns(({ arn }) => arn === "pattern"),
    arnAny: arns(({ arn, hasResourceType }) => arn === "any" && !hasResourceType),
    arnMissed: arns(({ arn, hasResourceType }) => arn === "any" && hasResourceType),
    rebuiltWrong: count(({ rebuilt }) => !rebuilt),
    otherwiseSigned: count(({ signed }) => !signed),
    otherwiseRefused: count(({ signed, outcome }) => !signed && outcome === "refused"),
    requests: scores.reduce((sum, { requests }) => sum + requests, 0),
  };
}

export function totalRow({ operations }: Tally): Row {
  return rowOf("all", [...operations.values()]);
}

export function rowsBy({ operations }: Tally, key: "protocol" | "service"): Row[] {
  const groups = Map.groupBy(operations.values(), (score) => score[key]);
  return [...groups]
    .map(([name, scores]) => rowOf(name, scores))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

type Column = readonly [title: string, value: (row: Row) => string | number];

const COLUMNS: readonly Column[] = [
  ["", ({ name }) => name],
  ["operations", ({ operations }) => operations],
  ["right", ({ single }) => single],
  ["same call", ({ same }) => same],
  ["in a set", ({ candidate }) => candidate],
  ["wrong", ({ wrong }) => wrong],
  ["refused", ({ refused }) => refused],
  ["parameters equal", ({ parametersEqual }) => parametersEqual],
  ["IAM documented", ({ documented }) => documented],
  ["IAM same name", ({ sameName }) => sameName],
  ["IAM unknown", ({ unknown }) => unknown],
  ["ARN complete", ({ arnComplete }) => arnComplete],
  ["ARN pattern", ({ arnPattern, arnMissed }) => arnPattern + arnMissed],
  ["exactly `*`", ({ arnAny }) => arnAny],
];

/** A table in Markdown, numbers to the right. */
export function markdown(rows: readonly Row[]): string {
  const cells = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, value]) => String(value(row)))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map(
    (line) =>
      `| ${line.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}
