// Every operation of every shard, in every protocol its service speaks: the smallest request is recognised as it (or as
// a set of candidates that holds it), and the rebuilt request is recognised as the same.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Protocol, ServiceOperation } from "../../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { type OperationModel, servicesOf } from "../../lambdas/recognition/model.ts";
import { recognise } from "../../lambdas/recognition/recognise.ts";
import type { Shard } from "../../lambdas/recognition/shard.ts";
import { minimalRequest } from "./minimal-request.ts";
import { models, TARGET } from "./requests.ts";

const directory = new URL("../../lambdas/recognition/models", import.meta.url).pathname;
const files = readdirSync(directory).filter((file) => file.endsWith(".json") && file !== "index.json");
const shards = files.map((file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as Shard);

const every = shards.flatMap((shard) =>
  servicesOf(shard).flatMap((service) =>
    Object.keys(service.file.operations).flatMap((name) => {
      const operation = service.operation(name);
      return operation ? service.protocols.map((protocol) => [operation, protocol] as const) : [];
    }),
  ),
);

/** Why an operation is refused, where that is right. */
const EXPECTED =
  /no IAM action is known|event stream|services have such an operation|becomes part of a host name|has no endpoint in/;

describe("every operation", () => {
  it("is recognised from its smallest request, and the rebuilt request as the same", () => {
    const wrong: string[] = [];
    for (const [operation, protocol] of every) {
      const problem = check(operation, protocol);
      if (problem !== undefined) wrong.push(`${operation.service.file.service}:${operation.name} ${problem}`);
    }
    expect(wrong).toEqual([]);
  });

  it("has a known IAM action for at least 98.5 % of all", () => {
    const known = every.filter(([operation]) => operation.actions.length > 0).length;
    expect(known / every.length).toBeGreaterThan(0.985);
  });
});

function check(operation: OperationModel, protocol: Protocol): string | undefined {
  const found = recognise(minimalRequest(operation, protocol), TARGET, models);
  if (found.kind === "refused") return EXPECTED.test(found.message) ? undefined : found.message;
  const { candidates, signingName, upstream } = found.call;
  const holds = candidates.some(
    (each) => each.service === operation.service.file.service && each.operation === operation.name,
  );
  if (!holds) return `taken for ${JSON.stringify(candidates)}`;
  const again: SignedRequest = {
    ...upstream,
    headers: new Map(upstream.headers.map(([name, value]) => [name, [value]])),
    signingName,
    region: "eu-west-1",
  };
  const second = recognise(again, TARGET, models);
  if (second.kind === "refused") return `rebuilt request refused: ${second.message}`;
  // the rebuilt path is the chosen operation's own, so it may leave fewer candidates, and never another first one
  const [before, after] = [candidates.map(nameOf), second.call.candidates.map(nameOf)];
  const same = after[0] === before[0] && after.every((name) => before.includes(name));
  return same ? undefined : `rebuilt request taken for ${JSON.stringify(second.call.candidates)}`;
}

function nameOf({ service, operation }: ServiceOperation): string {
  return `${service}:${operation}`;
}

describe("the shards", () => {
  it("hold all services once, and are the files that the index names", () => {
    const index = JSON.parse(readFileSync(join(directory, "index.json"), "utf8")) as {
      signingNames: string[];
    };
    expect(files.map((file) => file.replace(/\.json$/, "")).sort()).toEqual(index.signingNames);
    const names = new Set(shards.flatMap(({ services }) => services.map(({ service }) => service)));
    expect(names.size).toBe(424);
    const operations = shards.flatMap(({ services }) =>
      services.flatMap(({ service, operations }) =>
        Object.keys(operations).map((name) => `${service}:${name}`),
      ),
    );
    expect(new Set(operations).size).toBeGreaterThanOrEqual(18_378); // botocore's, and what newer SDK clients add
  });

  it("stay small: under 6 MB in all, and none over 300 KB", () => {
    const sizes = files.map((file) => readFileSync(join(directory, file)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
    expect(Math.max(...sizes)).toBeLessThan(300_000);
  });

  it("hold hosts of AWS only: names below AWS's own domains, in every region of every partition", () => {
    const own =
      /^$|^(?:[a-z0-9-]+\.|\{\}\.|[a-z0-9-]*\{\}[a-z0-9-]*\.)*(?:amazonaws\.com(?:\.cn)?|amazonaws\.cn|amazonaws-us-gov\.com|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu)|aws\.dev|api\.cloud-aws\.adc-e\.uk|cloud\.adc-e\.uk|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|app\.aws|api\.aws\.[a-z.]+|aws\.[a-z.]+)$/;
    const hosts = shards.flatMap(({ services }) =>
      services.flatMap(({ hosts: tables }) => tables.flat().map(([host]) => host)),
    );
    expect(hosts.filter((host) => !own.test(host))).toEqual([]);
  });
});
