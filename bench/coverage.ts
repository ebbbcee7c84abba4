// `npm run coverage:aws`: how well recognition knows the requests of clients that are not ours. By default the installed
// clients of the AWS SDK for JavaScript; with `--botocore`, every operation of an installed botocore (`--python` says
// which Python has it). Ends with 1 when a bar does not hold. `--docs` puts the tables into docs/coverage.md, `--lists`
// prints the published lists.

import { parseArgs } from "node:util";
import { modelFiles } from "../lambdas/boundary/model-files.ts";
import index from "../lambdas/recognition/models/index.json" with { type: "json" };
import { SDK_CLIENTS, sdkVersion } from "../lib/models/sdk-clients.ts";
import { barLine, barsOf } from "./coverage/bars.ts";
import { botocoreSamples } from "./coverage/botocore-samples.ts";
import { writeDocs } from "./coverage/docs.ts";
import { operationFacts } from "./coverage/facts.ts";
import { judge } from "./coverage/judge.ts";
import { publishedLists } from "./coverage/lists.ts";
import { printReport } from "./coverage/report.ts";
import type { Sample, Unsent } from "./coverage/sample.ts";
import { sdkSamples } from "./coverage/sdk-samples.ts";
import { totalRow } from "./coverage/table.ts";
import { Tally } from "./coverage/tally.ts";

const { values } = parseArgs({
  options: {
    botocore: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
    services: { type: "string" },
    lines: { type: "string" },
    all: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
    lists: { type: "boolean", default: false },
  },
});
const models = modelFiles(new URL("../lambdas/recognition/models", import.meta.url).pathname);
if (values.lists) for (const list of publishedLists()) console.log(JSON.stringify(list));
else await run();

async function run(): Promise<void> {
  const facts = operationFacts(index.signingNames, models);
  const tally = new Tally(facts);
  let maker = `@aws-sdk/client-* ${sdkVersion()}`;
  for await (const sample of values.botocore ? fromBotocore() : fromSdk()) {
    if (typeof sample === "string") maker = `botocore ${sample}`;
    else if ("unsent" in sample) tally.addUnsent(sample);
    else tally.add(sample, judge(sample, models, facts));
  }
  printReport(maker, tally, values.all);
  const bars = barsOf(totalRow(tally), values.botocore ? "all" : "known");
  for (const bar of bars) console.log(barLine(bar));
  if (values.docs) writeDocs(values.botocore ? "botocore" : "sdk", { maker, tally, facts, bars });
  process.exitCode = bars.every(({ held }) => held) ? 0 : 1;
}

function fromBotocore(): AsyncGenerator<string | Sample | Unsent> {
  return botocoreSamples({ python: values.python, services: values.services, lines: values.lines });
}

async function* fromSdk(): AsyncGenerator<Sample | Unsent> {
  const wanted = values.services?.split(",");
  for (const client of SDK_CLIENTS) {
    if (wanted === undefined || wanted.includes(client.service)) yield* sdkSamples(client);
  }
}
