// Writes the score into docs/coverage.md, between marks: one part for botocore, one for the SDK. The text around them
// is written by hand.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bar, barLine } from "./bars.ts";
import type { OperationFacts } from "./facts.ts";
import { publishedLists } from "./lists.ts";
import { byCount } from "./report.ts";
import { REWRITES } from "./rewritten.ts";
import { markdown, rowsBy, totalRow } from "./table.ts";
import type { Tally } from "./tally.ts";

const FILE = join(import.meta.dirname, "../../docs/coverage.md");
const SHOWN = 8;

export interface Score {
  readonly maker: string;
  readonly tally: Tally;
  readonly facts: ReadonlyMap<string, OperationFacts>;
  readonly bars: readonly Bar[];
}

export function writeDocs(part: "botocore" | "sdk", score: Score): void {
  let text = readFileSync(FILE, "utf8");
  text = replacePart(text, part, partOf(score));
  text = replacePart(text, "rewritten", rewrites());
  text = replacePart(text, "lists", lists());
  writeFileSync(FILE, text);
}

function replacePart(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: made by npm run coverage:aws -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/coverage.md has no part called \`${name}\``);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function partOf({ maker, tally, facts, bars }: Score): string {
  const all = totalRow(tally);
  return [
    `${maker}: ${tally.requests} requests of ${all.operations} operations.`,
    bars
      .map(
        (bar) =>
          `- ${barLine(bar).replace(/^(holds|FAILS) +/, (_, word: string) => (word === "holds" ? "" : "NOT REACHED: "))}`,
      )
      .join("\n"),
    "By protocol:",
    markdown([...rowsBy(tally, "protocol"), all]),
    "Refused, by reason:",
    refusals(tally),
    "Requests that more than one operation fits:",
    candidateSets(tally, facts),
    "By service:",
    markdown(rowsBy(tally, "service")),
  ].join("\n\n");
}

function refusals({ refusals: found }: Tally): string {
  const rows = byCount(found).map(
    ([reason, operations]) => `| ${operations.size} | ${reason} | ${some([...operations])} |`,
  );
  return ["| operations | reason | which |", "| ---: | --- | --- |", ...rows].join("\n");
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `\`${name}\``);
  return names.length > SHOWN ? `${shown.join(", ")} and ${names.length - SHOWN} more` : shown.join(", ");
}

/** Sets of the same services together; what differs between their calls says why the set does no harm. */
function candidateSets({ candidateSets: sets }: Tally, facts: ReadonlyMap<string, OperationFacts>): string {
  const groups = Map.groupBy(sets.keys(), (detail) => {
    const names = detail.split(" ");
    const services = [...new Set(names.map((name) => name.split(":")[0]))].sort();
    return `${services.join(", ")} | ${kindOf(names, facts)}`;
  });
  const rows = [...groups].map(([key, details]) => {
    const largest = Math.max(...details.map((detail) => detail.split(" ").length));
    return `| ${key} | ${largest} | ${some([...new Set(details.map((detail) => detail.split(" ")[0]?.split(":")[1] ?? ""))])} |`;
  });
  return [
    "| services | what differs | largest | operations |",
    "| --- | --- | ---: | --- |",
    ...rows.sort(),
  ].join("\n");
}

function kindOf(names: readonly string[], facts: ReadonlyMap<string, OperationFacts>): string {
  const found = names.map((name) => facts.get(name));
  const differ = (key: "call" | "host" | "actions"): boolean =>
    new Set(found.map((each) => String(each?.[key]))).size > 1;
  if (!differ("call")) return "nothing: one call under several names";
  if (differ("host")) return "the host: the call goes to the first one's";
  return differ("actions")
    ? "the actions: all of them are asked"
    : "optional members: the actions of all are asked";
}

function rewrites(): string {
  const rows = REWRITES.map(
    ({ services, path, reason }) => `| \`${cell(services.source)}\` | \`${cell(path.source)}\` | ${reason} |`,
  );
  return ["| services | member | why |", "| --- | --- | --- |", ...rows].join("\n");
}

function cell(pattern: string): string {
  return pattern.replaceAll("(?:", "(").replaceAll("|", "\\|");
}

function lists(): string {
  const rows = publishedLists().map(
    ({ name, criterion, entries }) => `| ${name} | ${entries.length} | ${criterion} |`,
  );
  return ["| list | entries | criterion |", "| --- | ---: | --- |", ...rows].join("\n");
}
