// Every operation of every installed client of the AWS SDK for JavaScript: its requests, made by its own serialisers
// from its own schemas, are recognised as what the client was asked for. The bars are the ones of `npm run coverage:aws`,
// here over the operations whose IAM action is published: the clients are newer than IAM's data.

import { beforeAll, describe, expect, it } from "vitest";
import { barsOf } from "../../bench/coverage/bars.ts";
import { operationFacts } from "../../bench/coverage/facts.ts";
import { judge } from "../../bench/coverage/judge.ts";
import { sdkSamples } from "../../bench/coverage/sdk-samples.ts";
import { rowsBy, totalRow } from "../../bench/coverage/table.ts";
import { Tally } from "../../bench/coverage/tally.ts";
import { SDK_CLIENTS } from "../../lib/models/sdk-clients.ts";
import { models } from "./requests.ts";

const signingNames = [...SDK_CLIENTS.map(({ signingName }) => signingName), "s3-object-lambda"];
const facts = operationFacts(signingNames, models);
const tally = new Tally(facts);

beforeAll(async () => {
  for (const client of SDK_CLIENTS) {
    for await (const sample of sdkSamples(client)) {
      // EC2 has as many operations as a dozen others: the long run sends it all variants
      if (client.service === "ec2" && sample.variant === "odd") continue;
      if ("unsent" in sample) tally.addUnsent(sample);
      else tally.add(sample, judge(sample, models, facts));
    }
  }
});

describe("requests of the installed SDK clients", () => {
  it("are of at least 25 services and 2,500 operations, in every protocol", () => {
    expect(rowsBy(tally, "service").length).toBeGreaterThanOrEqual(25);
    expect(tally.operations.size).toBeGreaterThan(2_500);
    expect(rowsBy(tally, "protocol").map(({ name }) => name)).toEqual([
      "ec2",
      "json-1.0",
      "json-1.1",
      "query",
      "rest-json",
      "rest-xml",
      "rpc-v2-cbor",
    ]);
  });

  it.each(barsOf(totalRow(tally), "known").map(({ name }, at) => [name, at] as const))(
    "holds the bar: %s",
    (_, at) => {
      const bar = barsOf(totalRow(tally), "known")[at];
      expect(bar).toMatchObject({ held: true });
    },
  );

  it("are refused for one reason only: an IAM action that is not published yet", () => {
    expect([...tally.refusals.keys()]).toEqual(["no IAM action is known for ..., so it cannot be decided"]);
  });

  it("are all sent by the clients", () => {
    expect([...tally.unsent]).toEqual([]);
  });
});
