// The bars that recognition must reach, each with what was reached.

import type { Row } from "./table.ts";

export interface Bar {
  readonly name: string;
  readonly reached: number;
  readonly wanted: number;
  readonly unit: "%" | "";
  readonly held: boolean;
}

/**
 * A refusal of what no client signs by SigV4 is no miss: such a request is refused before recognition. `known`: of a
 * client that is newer than IAM's published actions, count only the operations whose action is published.
 */
export function barsOf(all: Row, count: "all" | "known" = "all"): Bar[] {
  const recognised = all.single + all.same + all.candidate;
  const uncounted = count === "all" ? all.otherwiseRefused : Math.max(all.otherwiseRefused, all.unknown);
  const asked = all.operations - uncounted;
  return [
    atLeast("a single right call", share(all.single + all.same, asked), 98.5),
    atLeast("right with candidate sets", share(recognised, asked), 99.5),
    none("wrong answers", all.wrong),
    atLeast("parameters equal", share(all.parametersEqual, recognised), 99),
    none("operations with a differing value", all.parametersDiffer),
    none("rebuilt requests that are not the same call", all.rebuiltWrong),
    atLeast(
      "IAM action documented or same-name",
      share(all.documented + all.sameName, all.operations),
      count === "all" ? 98.5 : 98,
    ),
    atLeast(
      "ARN without a star, where a resource type exists",
      share(all.arnComplete, all.arnComplete + all.arnPattern + all.arnMissed),
      count === "all" ? 75 : 70, // a third of the SDK clients' operations are EC2's, and creations have no ARN yet
    ),
  ];
}

function share(part: number, whole: number): number {
  return whole === 0 ? 100 : (100 * part) / whole;
}

function atLeast(name: string, reached: number, wanted: number): Bar {
  return { name, reached, wanted, unit: "%", held: reached >= wanted };
}

function none(name: string, reached: number): Bar {
  return { name, reached, wanted: 0, unit: "", held: reached === 0 };
}

export function barLine({ name, reached, wanted, unit, held }: Bar): string {
  const figure = unit === "%" ? `${reached.toFixed(2)} %` : String(reached);
  const sign = unit === "%" ? "at least " : "";
  return `${held ? "holds " : "FAILS "} ${name}: ${figure} (${sign}${wanted}${unit === "%" ? " %" : ""})`;
}
