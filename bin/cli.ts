// `npm run -s countersign -- <command>`: the operator's tool. Reads arguments, calls lib/, prints. Decides nothing.

import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { modelFiles } from "../lambdas/boundary/model-files.ts";
import { environmentOf, parseAgentSettings, writeEnvironment } from "../lib/agent-environment.ts";
import { DATA_DIRECTORY } from "../lib/local/data-directory.ts";
import {
  localCheckpointKey,
  localRecords,
  localSealed,
  type RecordsAccess,
} from "../lib/local/records-client.ts";
import { sessionText } from "../lib/session-text.ts";
import { latestSession, readSession } from "../lib/sessions-table.ts";

const MODELS = join(import.meta.dirname, "../lambdas/recognition/models");

const HELP = `countersign <command>

  show [session]     print a recorded session, the latest one by default
    --table <name>   of a deployed gateway: its sessions table, read with your own AWS credentials
                     (default: the local cloud that runs here)
  approvals          what waits for people: link, agent, operation, time left
  approvals show <id>   one approval whole: the call, who was told, votes, how it ended
    --json                as JSON        --url <url>   of the gateway, for the links
    --state-table <name>  of a deployed gateway, read with your own AWS credentials
  env                print the variables with which an agent's SDK uses the gateway
    --format <form>  shell (default, for \`eval\` or a file to source), dotenv or json
  credentials        exchange the agent's token and print the keys, as \`credential_process\` of an AWS profile
  forbid             stop calls at once, whatever the policies say; reason and id stand in each refusal's record
    --action <pattern>    IAM action or operation, \`s3:Delete*\`; \`countersign:AssumeRole\`: the use of a role
    --resource <prefix>   how the ARNs begin         --agent <issuer|subject>   one agent
    --all                 every call of everybody    --reason <text>            told to the agent (needed)
    --for <time>          \`30m\`, \`4h\`, \`2d\`; until it is lifted by default       --by <name>
    --list                what is forbidden          --lift <id|all>
    --state-table <name>  of a deployed gateway, written with your own AWS credentials
  policy             test, check, explain, compare or suggest policies: \`countersign policy help\`
  export             what is recorded and sealed, as JSON lines to stdout: for \`verify\`, jq and archives
    --from, --until <time>   2026-01-31T12:00:00Z; everything by default
    --table <name> --bucket <name>   of a deployed gateway, read with your own AWS credentials
  export-key         the public key in PEM that \`verify\` takes: once, into a file that auditors keep
    --key-arn <arn>       of a deployed gateway
  verify <export>    prove offline that an export is what was recorded, or name the first line that is not
    --key <pem>           the gateway's public key (docs/record-format.md)
    --from, --until <time>   what the export must cover     --checkpoint <hash>   one that must be in it
  reconcile-cloudtrail <file>...   events of AWS without a record, records without an event
    --records <export>    of the same time      --role <arn>   a further role that only the gateway may use
    --json                everything that was found
  recognise          JSON lines of requests from stdin, what AWS would understand of each to stdout
                     {"method","path","query","headers","body" (base64)}; signatures are not checked
  help               print this text

  env and credentials take these, or the variables that AWS's own tools read:
    --endpoint <url>      AWS_ENDPOINT_URL, https://<gateway>/aws
    --role <arn>          AWS_ROLE_ARN
    --token-file <file>   AWS_WEB_IDENTITY_TOKEN_FILE
    --region <region>     AWS_REGION (env only)
`;

const AGENT_OPTIONS = {
  endpoint: { type: "string" },
  role: { type: "string" },
  "token-file": { type: "string" },
} as const;

type Command = (args: readonly string[]) => Promise<void>;

const COMMANDS: Readonly<Record<string, Command>> = {
  show,
  approvals,
  forbid,
  policy,
  export: exportRecords,
  "export-key": exportKey,
  verify,
  "reconcile-cloudtrail": reconcileCloudtrail,
  env,
  credentials,
  recognise,
  help,
};

const [name = "help", ...rest] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  fail(`there is no command \`${name}\`\n\n${HELP}`);
} else {
  await command(rest).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
}

async function help(): Promise<void> {
  process.stdout.write(HELP);
}

async function show(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { table: { type: "string" } },
    allowPositionals: true,
  });
  const { client, table } = recordsOf(values.table);
  const id = positionals[0] ?? (await latestSession(client, table).catch(unreachable));
  if (id === undefined) throw new Error("no session was recorded yet");
  const records = await readSession(client, table, id).catch(unreachable);
  if (records.length === 0) throw new Error(`there is no session \`${id}\``);
  console.log(sessionText(id, records));
}

async function approvals(args: readonly string[]): Promise<void> {
  const { approvalsCommand } = await import("../lib/approvals-command.ts");
  const placeOf = (table: string | undefined) => {
    if (table !== undefined) return { client: ownClient(), table, publicUrl: undefined };
    const { client, stateTable, publicUrl } = localRecords(DATA_DIRECTORY);
    return { client, table: stateTable, publicUrl };
  };
  for (const line of await approvalsCommand(args, placeOf, Date.now()).catch(unreachable)) console.log(line);
}

async function forbid(args: readonly string[]): Promise<void> {
  const { forbidCommand } = await import("../lib/forbid-command.ts");
  for (const line of await forbidCommand(args, stateOf, Date.now()).catch(unreachable)) console.log(line);
}

async function policy(args: readonly string[]): Promise<void> {
  const { policyCommand } = await import("../lib/policy-command.ts");
  const { readRules } = await import("../lib/emergency-orders.ts");
  const { tableCalls } = await import("../lib/recorded-calls-table.ts");
  report(
    await policyCommand(args, {
      readSession: (table, session) => {
        const records = recordsOf(table);
        return readSession(records.client, records.table, session).catch(unreachable);
      },
      readEmergency: (stateTable) => readRules(stateOf(stateTable)).catch(unreachable),
      recordedCalls: (wanted) => {
        const records = recordsOf(wanted.table);
        return tableCalls(records.client, records.table, wanted);
      },
      now: Date.now,
    }),
  );
}

function stateOf(table: string | undefined) {
  if (table !== undefined) return { client: ownClient(), table };
  const { client, stateTable } = localRecords(DATA_DIRECTORY);
  return { client, table: stateTable };
}

async function exportRecords(args: readonly string[]): Promise<void> {
  const { exportCommand } = await import("../lib/export-command.ts");
  const lines = exportCommand(args, async (deployed) => {
    if (deployed === undefined) return localSealed(DATA_DIRECTORY);
    const { S3Client } = await import("@aws-sdk/client-s3");
    return { dynamodb: ownClient(), s3: new S3Client(), ...deployed };
  });
  await pipeline(lines, process.stdout, { end: false }).catch(unreachable);
}

async function exportKey(args: readonly string[]): Promise<void> {
  const { exportKeyCommand } = await import("../lib/export-command.ts");
  const pem = await exportKeyCommand(args, async (keyArn) => {
    if (keyArn === undefined) return localCheckpointKey(DATA_DIRECTORY);
    delete process.env.AWS_ENDPOINT_URL;
    const { KMSClient } = await import("@aws-sdk/client-kms");
    return { kms: new KMSClient(), keyArn };
  }).catch(unreachable);
  process.stdout.write(pem);
}

async function verify(args: readonly string[]): Promise<void> {
  const { verifyCommand } = await import("../lib/verify-command.ts");
  report(await verifyCommand(args));
}

async function reconcileCloudtrail(args: readonly string[]): Promise<void> {
  const { cloudtrailCommand } = await import("../lib/cloudtrail-command.ts");
  report(await cloudtrailCommand(args));
}

interface Report {
  readonly lines: readonly string[];
  readonly errors?: readonly string[];
  readonly exitCode: number;
}

function report({ lines, errors = [], exitCode }: Report): void {
  for (const line of lines) console.log(line);
  for (const line of errors) console.error(`countersign: ${line}`);
  process.exitCode = exitCode;
}

async function env(args: readonly string[]): Promise<void> {
  const options = { ...AGENT_OPTIONS, region: { type: "string" }, format: { type: "string" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const environment = environmentOf(parseAgentSettings(values, process.env));
  process.stdout.write(writeEnvironment(environment, values.format ?? "shell"));
}

async function credentials(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: AGENT_OPTIONS });
  // Every program pays for its imports, and this one runs whenever an SDK wants keys.
  const { ANY_REGION, processCredentials } = await import("../lib/credential-process.ts");
  const settings = parseAgentSettings({ ...values, region: ANY_REGION }, process.env);
  process.stdout.write(`${JSON.stringify(await processCredentials(settings))}\n`);
}

async function recognise(args: readonly string[]): Promise<void> {
  parseArgs({ args: [...args], options: {} });
  const { recogniseLine } = await import("../lib/recognise-lines.ts");
  const models = modelFiles(MODELS);
  await pipeline(
    createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }),
    async function* answers(lines: AsyncIterable<string>) {
      for await (const line of lines) if (line.trim() !== "") yield `${recogniseLine(line, models)}\n`;
    },
    process.stdout,
    { end: false },
  );
}

function recordsOf(table: string | undefined): Pick<RecordsAccess, "client" | "table"> {
  return table === undefined ? localRecords(DATA_DIRECTORY) : { client: ownClient(), table };
}

/** An operator speaks to AWS itself, also in a shell whose AWS_ENDPOINT_URL names a gateway. */
function ownClient(): DynamoDBClient {
  delete process.env.AWS_ENDPOINT_URL;
  return new DynamoDBClient();
}

function unreachable(cause: unknown): never {
  const refused = cause instanceof Error && /ECONNREFUSED/.test(`${cause.message} ${String(cause.cause)}`);
  throw refused
    ? new Error("the local cloud does not run: start it with `npm start` and leave it running", { cause })
    : cause;
}

function fail(message: string): void {
  console.error(`countersign: ${message}`);
  process.exitCode = 1;
}
