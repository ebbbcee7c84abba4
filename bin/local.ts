// The main job (`npm start`): brings the local cloud up, lets first agents make their calls through it, prints what
// happened and stays up until Ctrl-C. Decides nothing about a call: what serves here is the synthesised stack.

import { createServer } from "node:http";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { createApiClient } from "../lib/cli/api-client.ts";
import { localPlace } from "../lib/cli/api-place.ts";
import { latestSession } from "../lib/cli/records.ts";
import { agentName } from "../lib/cli/story.ts";
import { tellSession } from "../lib/cli/tell-session.ts";
import { createTerminal } from "../lib/cli/terminal.ts";
import { catchersPage, terminalLine } from "../lib/local/catchers.ts";
import { claimDirectory, DATA_DIRECTORY } from "../lib/local/data-directory.ts";
import { type DemoCloud, startDemoCloud } from "../lib/local/demo-cloud.ts";
import {
  ADMIN_ROLE,
  CLEANUP_AGENT,
  type DemoAgent,
  READER_ROLE,
  REPORTS_AGENT,
} from "../lib/local/demo-world.ts";
import type { AgentStep } from "../lib/local/first-agent.ts";
import { runFirstAgent } from "../lib/local/first-run.ts";
import { runHeldCall } from "../lib/local/held-run.ts";
import { restartLeftOpen } from "../lib/local/left-open.ts";
import { localRecords } from "../lib/local/records-client.ts";
import { linkOf } from "../lib/open-approvals.ts";
import { visible } from "../lib/session-text.ts";

const HELP = `npm start -- [options]

  --serve         bring the local cloud up without the first agents' run
  --auto-approve  a person of the demo approves the held call a moment after they were told, for unattended runs
  --observe       enforce no policy about calls, only record what they would decide
  --fresh         forget the data of earlier runs first
  --help          print this text

  COUNTERSIGN_PORT   the gateway's port (8787 by default; TLS, the identity provider and the page of caught
                     mails take the next three)
`;
const OBSERVES = `  *********************************************************************************************
  *  OBSERVING: no policy about calls is enforced. Records say what would have been decided.  *
  *********************************************************************************************
`;
const DEFAULT_PORT = "8787";
const RENEW_TOKEN_MS = 3_600_000; // well before the token's own end
const UNATTENDED_MS = 30_000; // without a terminal, nobody is there who could decide later

interface Options {
  readonly serve: boolean;
  readonly approve: boolean;
}

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
      "auto-approve": { type: "boolean" },
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
  const demo = await startDemoCloud({
    port,
    directory: DATA_DIRECTORY,
    persist: true,
    mode,
    schedules: "each minute",
  });
  const stopping = stopOnSignal(demo);
  setInterval(() => demo.renewToken().catch(reportRenewal), RENEW_TOKEN_MS).unref();
  printAddresses(demo, await serveCaught(demo, port + 3));
  if (mode === "observe") console.log(OBSERVES);
  const options = { serve: values.serve === true, approve: values["auto-approve"] === true };
  await run(demo, options, stopping).catch((error: unknown) => {
    if (!stopping.aborted) throw error; // whatever was cut off was cut off by us
  });
}

async function run(demo: DemoCloud, { serve, approve }: Options, stopping: AbortSignal): Promise<void> {
  demo.cloud.catchers.listen((caught) => console.log(`  caught     ${terminalLine(caught)}`));
  for (const { id, call, agent } of await restartLeftOpen(DATA_DIRECTORY)) {
    const what = visible(`${call.service} ${call.operation} by ${agent}`);
    console.log(`  still open ${what}  ${linkOf(id, demo.cloud.tlsUrl)}`);
  }
  if (!serve) await firstRun(demo);
  printNextSteps();
  // Whoever waits for this line may use the gateway from now on, also while the call below is held.
  console.log("ready");
  if (!serve) await heldRun(demo, approve, stopping);
}

function portOf(text: string): number {
  const port = Number(text);
  // Four ports in a row are taken.
  if (!/^[0-9]{1,5}$/.test(text) || port < 1 || port > 65_532) {
    throw new Error(`COUNTERSIGN_PORT must be a port from 1 to 65532, not \`${text}\``);
  }
  return port;
}

function stopOnSignal({ cloud }: DemoCloud): AbortSignal {
  const stopping = new AbortController();
  const stop = (): void => {
    if (stopping.signal.aborted) process.exit(1); // asked twice: do not wait any longer
    stopping.abort();
    console.log("stopping ...");
    cloud.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return stopping.signal;
}

/** Shows what was caught on a page of its own. @throws when the port is taken */
async function serveCaught({ cloud }: DemoCloud, port: number): Promise<string> {
  const server = createServer(catchersPage(cloud.catchers));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  return `http://127.0.0.1:${port}`;
}

function reportRenewal(): void {
  console.error("countersign: the agent's token could not be renewed; restart to get a new one");
}

function printAddresses({ cloud }: DemoCloud, caughtUrl: string): void {
  console.log(`
  gateway             ${cloud.gatewayUrl}/aws
  gateway, TLS        ${cloud.tlsUrl}/aws   (CA: ${relative(process.cwd(), cloud.caFile)})
  identity provider   ${cloud.issuer.issuer}
  caught messages     ${caughtUrl}   (mail and Slack: nothing is sent out)
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
  await printSession(demo, REPORTS_AGENT);
}

/** An agent that may delete, once people approve that very call: waits for them, and goes on when somebody decides. */
async function heldRun(demo: DemoCloud, approve: boolean, signal: AbortSignal): Promise<void> {
  const attended = process.stdout.isTTY || approve;
  console.log(`\nA second agent, \`${CLEANUP_AGENT.name}\`, deletes an object under \`${ADMIN_ROLE}\``);
  const end = await runHeldCall(demo, localRecords(DATA_DIRECTORY), {
    approve,
    patience: attended ? undefined : UNATTENDED_MS,
    print: (line) => console.log(line),
    onStep: printStep,
    signal,
  });
  if (end === "answered") await printSession(demo, CLEANUP_AGENT);
  if (end === "undecided") {
    console.log(
      `  undecided  nobody decided within ${UNATTENDED_MS / 1_000} s and this is no terminal: the agent gave up, its approval stays open`,
    );
  }
}

/** The agent's latest one, as the CLI tells it: by the gateway's API. */
async function printSession({ cloud }: DemoCloud, { subject }: DemoAgent): Promise<void> {
  const place = localPlace(DATA_DIRECTORY);
  if (place === undefined) throw new Error("the local cloud left nobody who may read its records");
  const api = createApiClient(place);
  const id = await latestSession(api, agentName({ issuer: cloud.issuer.issuer, subject }));
  const { print, paint } = createTerminal(process, process.env, Date.now);
  print("\nWhat was recorded, as `npm run -s countersign -- replay` tells it:\n");
  for (const line of await tellSession(api, id, { paint, nowMs: Date.now(), answers: false })) print(line);
  print("");
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
  npm run -s countersign -- replay
  npm run -s countersign -- calls --decision deny
  npm run -s countersign -- approvals
`);
}
