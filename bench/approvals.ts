// `node bench/approvals.ts [--approvals N]`: so many different calls held at once (1,000), all pending, then all approved by
// one person's parallel votes and run by the gateway itself, through the whole local cloud. Ends with 1 unless each ran
// exactly once and nothing is left open. Everything shares this process, so its times are those of this machine: one thread
// carries tables, state machines, edge and clients, and at most eight workers run each function.

import { mkdirSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { AwsRequest } from "../lib/local/aws/wire.ts";
import { GATEWAY_ACCOUNT, REGION } from "../lib/local/demo-world.ts";
import { writeRecordsAccess } from "../lib/local/exports.ts";
import { localWorkflow } from "../lib/local/records-client.ts";
import { soon, type Voter, voterOf } from "../test/e2e/approvals.ts";
import { agentClients, type Demo, failureOf, openTestSite } from "../test/e2e/demo.ts";
import { allItems, type Item } from "../test/e2e/ledger.ts";
import { costsOfPhases } from "./phase-costs.ts";

const AT_ONCE = 16; // requests of ours on their way, calls and votes alike
const PATIENCE_MS = 900_000;
const OPEN: ReadonlySet<string> = new Set(["pending", "approved", "running"]);

const { values } = parseArgs({ options: { approvals: { type: "string", default: "1000" } } });
const count = Number(values.approvals);
// ListExecutions tells of 1,000 at once.
if (!/^[1-9][0-9]{0,3}$/.test(values.approvals) || count > 1_000) {
  throw new Error(`--approvals must be a number from 1 to 1000, not \`${values.approvals}\``);
}
const keys = Array.from({ length: count }, (_, at) => `bench/${String(at).padStart(4, "0")}`);

/** When the call of each key arrived at S3, each time that it did. */
const arrivals = new Map<string, number[]>(keys.map((key) => [key, []]));
const links = new Map<string, string>();
/** To all of the local cloud's AWS, by the gateway and by us. */
let requests = 0;
const costs = costsOfPhases();

console.log(`${count} approvals; ${availableParallelism()} cores, load before ${loadNow()}`);
const site = await openTestSite({
  policies: join(import.meta.dirname, "../test/e2e/approval-policies"),
  standIn: countArrival,
  // What is measured is not the start.
  functionStart: "warm",
});
const demo = await site.deploy();
const voter = await voterOf(demo, "ana");
try {
  process.exitCode = (await measured(demo, voter)) ? 0 : 1;
} finally {
  costs.stop();
  await voter.leave();
  await demo.cloud.stop();
  await site.close();
}

/** Opens all, decides all, waits for the end of all and tells what it saw. Returns whether it is what it must be. */
async function measured(demo: Demo, voter: Voter): Promise<boolean> {
  const told = tellOfMails(demo);
  const before = requests;
  costs.begin("open");
  const { calls, callMs } = await openAll(demo);
  costs.begin("tell");
  await soon("the mails", () => (told.size >= count ? true : undefined), { patience: PATIENCE_MS });
  const pending = statusesIn(await allItems(demo)).filter((status) => status === "pending").length;
  costs.begin("decide");
  const votes = await decideAll(voter);
  costs.begin("run the rest");
  const ended = await allEnded(demo);
  costs.end();
  const requestsEach = (requests - before) / count;
  // Slack's stand-in keeps 200 messages: each approval above that cannot have its message updated, which is one fault.
  const faults = demo.cloud.logs.filter(({ text }) => text.includes('"fault"')).length;

  const sent = keys.map((key) => arrivals.get(key) ?? []);
  const runMs = keys.flatMap((key, at) => (sent[at] ?? []).map((when) => when - (votes.at.get(key) ?? when)));
  const executions = sent.reduce((sum, { length }) => sum + length, 0);
  const once = sent.filter(({ length }) => length === 1).length;
  const { statuses, workflows, inInbox, requestsHeld, places } = ended;
  const lines = [
    `\npending at once: ${pending}`,
    ...costs.lines(count),
    `median, call until its caller is told  ${shown(callMs)}`,
    `median, vote until its answer          ${shown(votes.ms)}`,
    `median, vote until its call is at S3   ${shown(runMs)}`,
    `\ncallers: ${tally(await Promise.all(calls))}`,
    `votes: ${tally(votes.answers)}`,
    `approvals: ${tally(statuses)}; workflows: ${tally(workflows)}`,
    `left open: ${inInbox} approvals, ${requestsHeld} held requests, ${places} waiting places`,
    `arrived at S3: ${executions}, ${once} of ${count} exactly once`,
    `faults that functions logged: ${faults}; requests to AWS for one approval: ${requestsEach.toFixed(0)}`,
    `load after ${loadNow()}`,
  ];
  console.log(lines.join("\n"));
  const done = statuses.filter((status) => status === "done").length;
  const succeeded = workflows.filter((status) => status === "SUCCEEDED").length;
  const all = [pending, once, executions, done, succeeded].every((figure) => figure === count);
  return all && inInbox + requestsHeld + places === 0;
}

/** Learns the link of each approval from the mail about it. Returns the keys that approvers were told of. */
function tellOfMails({ cloud }: Demo): ReadonlySet<string> {
  const told = new Set<string>();
  cloud.catchers.listen((caught) => {
    if (caught.kind !== "mail") return;
    const key = /\bbench\/[0-9]{4}\b/.exec(caught.mail.text)?.[0];
    const link = linkIn(caught.mail.text);
    if (key === undefined || link === undefined) return;
    links.set(key, link);
    told.add(key);
  });
  return told;
}

/** Sends every call once. Ready when each has its approval; the two that found a place to wait on go on waiting. */
async function openAll(demo: Demo): Promise<{ calls: Promise<string>[]; callMs: number[] }> {
  const { s3 } = agentClients(demo, { attempts: "once" });
  await s3.config.credentials();
  const callMs: number[] = [];
  const calls: Promise<string>[] = [];
  await eachAtOnce(keys, async (key) => {
    const began = performance.now();
    const call = s3.send(new PutObjectCommand({ Bucket: "reports", Key: key, Body: key }));
    const answer = call.then(
      () => "answered",
      async () => {
        const { name, message } = await failureOf(call);
        const link = linkIn(message);
        if (link === undefined) return `${name}: ${message}`;
        links.set(key, link);
        callMs.push(performance.now() - began);
        return `told to come back (${name})`;
      },
    );
    calls.push(answer);
    const opened = soon(`an approval of ${key}`, () => links.get(key), { patience: PATIENCE_MS });
    const first = await Promise.race([answer, opened]);
    if (!links.has(key)) throw new Error(`${key} was not held: ${first}`);
  });
  return { calls, callMs };
}

/** Sends the form of the page for each, without the page that follows it. */
async function decideAll({ api, csrf }: Voter) {
  const ms: number[] = [];
  const answers: string[] = [];
  const at = new Map<string, number>();
  await eachAtOnce(keys, async (key) => {
    const link = links.get(key) ?? "";
    const began = performance.now();
    at.set(key, began);
    const answer = await api.post(`${link}/vote`, {
      headers: { origin: new URL(link).origin },
      form: { csrf, choice: "approve" },
      maxRedirects: 0,
      timeout: PATIENCE_MS,
    });
    ms.push(performance.now() - began);
    const done = /[?&]done=(\w+)/.exec(answer.headers().location ?? "")?.[1];
    answers.push(done === undefined ? String(answer.status()) : done);
  });
  return { ms, answers, at };
}

async function allEnded(demo: Demo) {
  const workflowStatuses = workflowsOf(demo);
  await soon(
    "the executions at S3",
    () => ([...arrivals.values()].every(({ length }) => length > 0) ? true : undefined),
    { patience: PATIENCE_MS },
  ).catch((error: Error) => console.log(error.message));
  const workflows = await soon(
    "the ends of the workflows",
    async () => {
      const statuses = await workflowStatuses();
      return statuses.includes("RUNNING") ? undefined : statuses;
    },
    { patience: PATIENCE_MS, pause: 250 },
  );
  const items = await allItems(demo);
  const now = Date.now() / 1_000;
  return {
    workflows,
    statuses: statusesIn(items),
    inInbox: items.filter((item) => item.inbox !== undefined || OPEN.has(item.status?.S ?? "")).length,
    requestsHeld: items.filter(({ pk }) => pk?.S?.startsWith("HELD#")).length,
    places: items.filter(({ pk, until }) => pk?.S?.startsWith("WAIT#") && Number(until?.N ?? now) > now)
      .length,
  };
}

function statusesIn(items: readonly Item[]): readonly string[] {
  return items.flatMap(({ pk, status }) => (pk?.S?.startsWith("APPROVAL#") ? [status?.S ?? "?"] : []));
}

/** Asks Step Functions how the executions stand, as somebody of the gateway's account who may. */
function workflowsOf({ cloud, directory }: Demo): () => Promise<readonly string[]> {
  const arn = `arn:aws:iam::${GATEWAY_ACCOUNT}:role/bench`;
  const document = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
  const trust = { Effect: "Allow", Principal: { AWS: arn }, Action: "sts:AssumeRole" };
  const list = { Effect: "Allow", Action: "states:ListExecutions", Resource: "*" };
  cloud.aws.addRole({ arn, trust: document(trust), policies: [document(list)] });
  const folder = join(directory, "bench");
  mkdirSync(folder, { recursive: true });
  const machineArn = cloud.stack.machines[0]?.arn ?? "";
  writeRecordsAccess(folder, {
    ...{ port: cloud.aws.port, caFile: cloud.caFile, region: REGION, machineArn },
    ...{ table: "", stateTable: "", checkpointBucket: "", checkpointKeyArn: "", publicUrl: "" },
    credentials: cloud.aws.issueRoleCredentials(arn),
  });
  const { client } = localWorkflow(folder);
  const command = new ListExecutionsCommand({ stateMachineArn: machineArn, maxResults: 1_000 });
  return async () => ((await client.send(command)).executions ?? []).map(({ status }) => status ?? "?");
}

/** Counts before anybody looks whether the request is allowed; leaves the answer to the small S3. */
function countArrival({ method, rawPath }: AwsRequest): undefined {
  requests += 1;
  const key = method === "PUT" ? /bench\/[0-9]{4}$/.exec(rawPath)?.[0] : undefined;
  if (key !== undefined) arrivals.get(key)?.push(performance.now());
}

async function eachAtOnce(all: readonly string[], work: (one: string) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

function linkIn(text: string): string | undefined {
  return text.match(/https:\/\/[\w.:-]+\/approvals\/[A-Z2-7]{26}/)?.[0];
}

function tally(all: readonly string[]): string {
  return [...Map.groupBy(all, (one) => one)].map(([one, same]) => `${same.length} ${one}`).join(", ");
}

function shown(all: readonly number[]): string {
  const sorted = all.toSorted((one, other) => one - other);
  const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0)} ms`;
  return `${at(0.5)} (9 of 10 within ${at(0.9)})`;
}

function loadNow(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(" ");
}
