// Which host at AWS serves an operation in a region (R5): from the table made of the models, never from the request.
// A label that the model puts before the host is a parameter, so its form is checked: no dot, no port, no user.

import type { ParameterTree } from "../model/aws-call.ts";
import { Malformed, shown } from "./malformed.ts";
import type { OperationModel } from "./model.ts";
import index from "./models/index.json" with { type: "json" };

export interface UpstreamHost {
  readonly host: string;
  /** The region that the upstream signature names: global services have one of their own. */
  readonly region: string;
}

const partitionOfRegion = new Map<string, string>(
  Object.entries(index.partitions).flatMap(([partition, { regions }]) =>
    regions.map((region): [string, string] => [region, partition]),
  ),
);

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Refuses a region that is unknown or lies in another partition than the target account. */
export function checkRegion(region: string, partition: string): void {
  const own = partitionOfRegion.get(region);
  if (own === undefined) {
    throw new Malformed(
      `${shown(region)} is no AWS region that the models know; run \`npm run models\` if it is new`,
    );
  }
  if (own !== partition) {
    throw new Malformed(`${shown(region)} lies in the partition \`${own}\`, the role in \`${partition}\``);
  }
}

export function upstreamHost(
  operation: OperationModel,
  region: string,
  parameters: ParameterTree,
): UpstreamHost {
  const { file } = operation.service;
  const table = file.hosts[operation.hostTable] ?? [];
  const entry = table.find(([, , regions]) => regions?.includes(region)) ?? table.find(([, , only]) => !only);
  if (!entry || entry[0] === "")
    throw new Malformed(`${shown(file.service)} has no endpoint in ${shown(region)}`);
  const host = entry[0].replaceAll("{}", region);
  return { host: modelledPrefix(operation, parameters) + host, region: entry[1] === "" ? region : entry[1] };
}

/** What the model puts before the host, with its labels filled in: ends in `.` or `-`, or is empty. */
export function modelledPrefix(
  { hostPrefix: prefix, input }: OperationModel,
  parameters: ParameterTree,
): string {
  if (prefix === undefined) return "";
  return prefix.replaceAll(/\{(\w+)\}/g, (_, wire: string) => {
    const name = input?.members.find((member) => member.wire === wire || member.name === wire)?.name ?? wire;
    const value = parameters[name];
    if (typeof value !== "string" || !LABEL.test(value)) {
      throw new Malformed(`${shown(name)} becomes part of a host name: letters, digits and dashes only`);
    }
    return value;
  });
}
