// The main job (`npm start`): brings the local cloud up, lets a first agent make its calls through it, prints what
// happened and stays up until Ctrl-C. Decides nothing about a call: what serves here is the synthesised stack.

import { relative } from "node:path";
import { parseArgs } from "node:util";
import { claimDirectory, DATA_DIRECTORY } from "../lib/local/data-directory.ts";
import { type DemoCloud, startDemoCloud } from "../lib/local/demo-cloud.ts";
import { ADMIN_ROLE, READER_ROLE, REPORTS_AGENT } from "../lib/local/demo-world.ts";
import type { AgentStep } from "../lib/local/first-agent.ts";
import { runFirstAgent } from "../lib/local/first-run.ts";
import { localRecords } from "../lib/local/records-client.ts";
import { sessionText } from "../lib/session-text.ts";
import { latestSession, readSession } from "../lib/sessions-table.ts";

const HELP = `npm start -- [options]

  --serve   bring the local cloud up without the first agent's run
  --observe enforce no policy about calls, only record what they would decide
  --fresh   forget the data of earlier runs first
  --help    print this text

  COUNTERSIGN_PORT   the gateway's port (8787 by default; TLS and the identity provider take the next two)
`;
const OBSERVES = `  *********************************************************************************************
  *  OBSERVING: no policy about calls is enforced. Records say what would have been decided.  *
  *********************************************************************************************
`;
const DEFAULT_PORT = "8787";
const RENEW_TOKEN_MS = 3_600_000; // well before the token's own end

try {
  await main();
} catch (error) {
  console.error(`countersign: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      serve: { type: "boolean" },
      observe: { type: "boolean" },
      fresh: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const port = portOf(process.env.COUNTERSIGN_PORT ?? DEFAULT_PORT);
  claimDirectory(DATA_DIRECTORY, values.fresh === true);
  console.log("Countersign: synthesising the stack and serving it on this machine ...");
  const mode = values.observe === true ? "observe" : "enforce";
  const demo = await startDemoCloud({ port, directory: DATA_DIRECTORY, persist: true, mode });
  stopOnSignal(demo);
  setInterval(() => demo.renewToken().catch(reportRenewal), RENEW_TOKEN_MS).unref();
  printAddresses(demo);
  if (mode === "observe") console.log(OBSERVES);
  if (values.serve !== true) await firstRun(demo);
  printNextSteps();
  console.log("ready");
}

function portOf(text: string): number {
  const port = Number(text);
  // Three ports in a row are taken.
  if (!/^[0-9]{1,5}$/.test(text) || port < 1 || port > 65_533) {
    throw new Error(`COUNTERSIGN_PORT must be a port from 1 to 65533, not \`${text}\``);
  }
  return port;
}

function stopOnSignal({ cloud }: DemoCloud): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1); // asked twice: do not wait any longer
    stopping = true;
    console.log("stopping ...");
    cloud.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

function reportRenewal(): void {
  console.error("countersign: the agent's token could not be renewed; restart to get a new one");
}

function printAddresses({ cloud }: DemoCloud): void {
  console.log(`
  gateway             ${cloud.gatewayUrl}/aws
  gateway, TLS        ${cloud.tlsUrl}/aws   (CA: ${relative(process.cwd(), cloud.caFile)})
  identity provider   ${cloud.issuer.issuer}
`);
}

async function firstRun(demo: DemoCloud): Promise<void> {
  console.log(
    `A first agent, \`${REPORTS_AGENT.name}\`: an unmodified AWS SDK with these variables and no AWS keys`,
  );
  for (const [name, value] of Object.entries(demo.environment(READER_ROLE)))
    console.log(`  ${name}=${value}`);
  console.log("");
  await runFirstAgent(demo.environment(READER_ROLE), "reader", printStep);
  await runFirstAgent(demo.environment(ADMIN_ROLE), "admin", printStep);
  const { client, table } = localRecords(DATA_DIRECTORY);
  const id = await latestSession(client, table);
  if (id === undefined) throw new Error("the first run left no session in the records");
  console.log(`\nWhat was recorded:\n\n${sessionText(id, await readSession(client, table, id))}\n`);
}

function printStep({ title, answer, refused }: AgentStep): void {
  console.log(`  ${refused ? "refused  " : "permitted"}  ${title}\n             ${answer}`);
}

function printNextSteps(): void {
  console.log(`In another terminal:

  source ${relative(process.cwd(), DATA_DIRECTORY)}/local.env
  aws s3 ls s3://reports
  aws dynamodb get-item --table-name orders --key '{"id":{"S":"A-0"}}'
  aws s3 rm s3://reports/2026/q3.csv
  npm run -s countersign -- show
`);
}
