// Makes the table of hosts of one service from its endpoint rules, for every region of every partition (R5).
// What differs per operation by a fixed parameter gets a table of its own; the operation names it by number.

import type { HostFile } from "../../lambdas/recognition/shard.ts";
import { type Partition, type RuleSet, resolveEndpoint } from "./endpoint-rules.ts";

/** Stands for any account. The host does not keep it: the operation's host prefix has it as a parameter. */
export const ACCOUNT = "111122223333";

interface Region {
  readonly name: string;
  readonly partition: string;
}

function regionsOf(partitions: readonly Partition[]): Region[] {
  return partitions.flatMap(({ id, regions }) =>
    Object.keys(regions)
      .filter((name) => !name.endsWith("-global"))
      .map((name) => ({ name, partition: id })),
  );
}

/** Groups of regions that share a host template, the largest first (it serves "all others"). */
export function hostTable(
  rules: RuleSet,
  fixed: Readonly<Record<string, unknown>>,
  partitions: readonly Partition[],
): HostFile[] {
  const groups = new Map<string, { host: string; signingRegion: string; regions: string[] }>();
  for (const { name } of regionsOf(partitions)) {
    const found = resolveEndpoint(rules, { ...fixed, Region: name }, partitions);
    const host = found
      ? found.url
          .replace(/^https:\/\//, "")
          .replace(/\/.*$/, "")
          .replace(`${ACCOUNT}.`, "")
      : "";
    const template = host.replace(new RegExp(`(^|[.-])${name}(?=\\.)`), "$1{}");
    // a regional host signs with its own region; a global one keeps the region that the rules name
    const regional = found?.signingRegion === name && template.includes("{}");
    const signingRegion = regional ? "" : (found?.signingRegion ?? "");
    const key = `${template} ${signingRegion}`;
    const group = groups.get(key) ?? { host: template, signingRegion, regions: [] };
    group.regions.push(name);
    groups.set(key, group);
  }
  const ordered = [...groups.values()].sort((a, b) => b.regions.length - a.regions.length);
  return ordered.map(({ host, signingRegion, regions }, index) =>
    index === 0 ? [host, signingRegion] : [host, signingRegion, regions],
  );
}
