// Writes a run of policy cases as a test runner does: files, what failed and why, what no case reaches.

import type { CaseRun } from "./policy-case-run.ts";

export function isCleanRun({ results, unreached }: CaseRun): boolean {
  return unreached.length === 0 && results.every(({ faults }) => faults.length === 0);
}

export function caseRunText({ results, unreached, bundle }: CaseRun): readonly string[] {
  const files = Map.groupBy(results, ({ file }) => file);
  const failed = results.filter(({ faults }) => faults.length > 0);
  return [
    ...[...files].flatMap(([file, cases]) => [
      `${cases.some(({ faults }) => faults.length > 0) ? "FAIL" : "  ok"}  ${file}  ${cases.length} cases`,
      ...cases
        .filter(({ faults }) => faults.length > 0)
        .flatMap(({ name, faults }) => [`        ${name}`, ...faults.map((fault) => `          ${fault}`)]),
    ]),
    ...bundle.warnings,
    ...unreached.map(({ id, file }) => `FAIL  no case is decided by \`${id}\` (policies/${file})`),
    `${results.length} cases, ${failed.length} not as expected; ${bundle.policies.length} policies, ${unreached.length} without a case`,
    `groups, which no check can know: ${groupsOf(bundle.policies.map(({ text }) => text)).join(", ")}`,
  ];
}

function groupsOf(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => [...text.matchAll(/Countersign::Group::"([^"]*)"/g)]);
  return [...new Set(names.map(([, name = ""]) => name))].sort();
}
