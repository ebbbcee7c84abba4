// Prints the score: by protocol, the services that are not all right, candidate sets, refusals and problems.

import { markdown, type Row, rowsBy, totalRow } from "./table.ts";
import type { Tally } from "./tally.ts";

const SHOWN = 40;

export function printReport(maker: string, tally: Tally, everything: boolean): void {
  const { byRequest, requests } = tally;
  const all = totalRow(tally);
  console.log(`${maker}: ${requests} requests of ${all.operations} operations\n`);
  console.log(markdown([...rowsBy(tally, "protocol"), all]));
  const services = rowsBy(tally, "service").filter((row) => everything || !isAllRight(row));
  console.log(`\n${everything ? "Services" : "Services with an operation that is not right alone"}\n`);
  console.log(markdown(services));
  console.log(
    `\nby request: ${byRequest.single} right, ${byRequest.same} the same call, ${byRequest.candidate} in a set, ${byRequest.wrong} wrong, ${byRequest.refused} refused`,
  );
  console.log(
    `not signed by SigV4, recognised as if they were: ${all.otherwiseSigned} operations, ${all.otherwiseRefused} refused`,
  );
  printRefusals(tally);
  printList("Not as it should be", tally.problems);
  printList(
    "Not sent by the client",
    [...tally.unsent].map(([at, message]) => `${at}: ${message.split("\n")[0]}`),
  );
  console.log("");
}

function isAllRight({ operations, single, same, parametersEqual }: Row): boolean {
  return single + same === operations && parametersEqual === operations;
}

function printRefusals({ refusals }: Tally): void {
  if (refusals.size === 0) return;
  console.log("\nRefused, by reason");
  for (const [reason, operations] of byCount(refusals)) {
    const names = [...operations];
    const some = names.slice(0, 4).join(", ");
    console.log(
      `  ${String(names.length).padStart(5)}  ${reason}\n         ${some}${names.length > 4 ? ", ..." : ""}`,
    );
  }
}

export function byCount(refusals: Tally["refusals"]): [string, Set<string>][] {
  return [...refusals].sort(([, one], [, other]) => other.size - one.size);
}

function printList(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.log(`\n${title}: ${lines.length}`);
  for (const line of lines.slice(0, SHOWN)) console.log(`  ${line}`);
}
