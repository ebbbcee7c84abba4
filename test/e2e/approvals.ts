// What the end-to-end tests of approvals share: the cloud with their policies, the mail that tells the approvers, people
// who vote without a browser, what reached AWS and how an approval stands in the table.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type APIRequestContext, request } from "playwright-core";
import type { Approval } from "../../lambdas/model/approval.ts";
import type { LoggedRequest } from "../../lib/local/aws/contract.ts";
import { pressButton, type SlackActor, type SlackDelivery } from "../../lib/local/aws/slack-presses.ts";
import type { DemoOptions } from "../../lib/local/demo-cloud.ts";
import { REPORTS_AGENT, SLACK_SECRET } from "../../lib/local/demo-world.ts";
import { type Demo, forwarded, useDemo } from "./demo.ts";
import { allItems, type Entry, entriesOf } from "./ledger.ts";

/** One demo cloud with the approval policies for all tests of the file. */
export function useApprovals(options: Partial<DemoOptions> = {}): () => Demo {
  const policies = join(import.meta.dirname, "approval-policies");
  // Workflows run fast here: a function that is loaded only when it is asked would be asked for longer than they wait.
  return useDemo(() => ({ policies, functionStart: "warm", ...options }));
}

/**
 * The link of the mail that tells the approvers about this, as soon as it came.
 * @param about a text that only this call's mail has
 */
export async function linkAbout(
  { cloud: { catchers } }: Demo,
  about: string,
  { since = 0, to = "prod-approvers@example.com", patience = 20_000 } = {},
): Promise<string> {
  const look = () => {
    const mail = catchers.mails.slice(since).find((one) => one.to.includes(to) && one.text.includes(about));
    return mail?.text.match(/https:\/\/[\w.:-]+\/approvals\/[A-Z2-7]{26}/)?.[0];
  };
  return soon(`a mail to ${to} about \`${about}\``, look, { patience });
}

export function idOf(link: string): string {
  return link.slice(-26);
}

/** Asks again until there is an answer. @throws when it takes too long, naming what was waited for */
export async function soon<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  { patience = 20_000, pause = 50 } = {},
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

// Reads whole tables each time.
const SCANS = { pause: 250 };

/** What AWS was asked to do by this operation on this resource, however often. */
export function executionsOf(demo: Demo, operation: string, resource = ""): readonly LoggedRequest[] {
  return forwarded(demo).filter(
    (sent) => sent.operation === operation && (sent.resource ?? "").endsWith(resource),
  );
}

/** The records of calls that this approval is named in, oldest first. */
export async function recordsOf(demo: Demo, link: string): Promise<readonly Entry["record"][]> {
  const entries = await entriesOf(demo);
  return entries.map(({ record }) => record).filter(({ approval }) => approval?.id === idOf(link));
}

/** Every approval as it stands, by its id. */
export async function approvalsOf(demo: Demo): Promise<ReadonlyMap<string, Approval>> {
  const items = await allItems(demo);
  const approvals = items.flatMap(({ pk, record }) =>
    pk?.S?.startsWith("APPROVAL#") === true ? [JSON.parse(record?.S ?? "") as Approval] : [],
  );
  return new Map(approvals.map((approval) => [approval.id, approval]));
}

/** The approval, once it stands so. */
export function approvalThatIs(demo: Demo, link: string, status: Approval["status"]): Promise<Approval> {
  return soon(
    `the status ${status} of ${link}`,
    async () => {
      const approval = (await approvalsOf(demo)).get(idOf(link));
      return approval?.status === status ? approval : undefined;
    },
    SCANS,
  );
}

/** A file with a token of this agent. */
export async function tokenOf(demo: Demo, agent: string): Promise<string> {
  const file = join(demo.directory, `${agent}.e2e.token`);
  writeFileSync(file, await demo.cloud.issuer.mintToken(agent));
  return file;
}

/** A person who votes as a browser would, by the forms alone: for many votes at the same time. */
export interface Voter {
  readonly api: APIRequestContext;
  readonly csrf: string;
  /** The status of the answer, and the text of the page that it led to. */
  vote(
    link: string,
    form: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly text: string }>;
  leave(): Promise<void>;
}

export async function voterOf({ cloud }: Demo, subject: string): Promise<Voter> {
  const api = await request.newContext({ ignoreHTTPSErrors: true, baseURL: cloud.tlsUrl });
  const picker = await api.get("/login?return=%2Fapprovals");
  const signedIn = await api.post(picker.url(), { form: { person: subject } });
  if (!signedIn.ok()) throw new Error(`${subject} is not signed in: ${await signedIn.text()}`);
  const inbox = await api.get("/approvals");
  const csrf = /name="csrf" value="([^"]+)"/.exec(await inbox.text())?.[1];
  if (csrf === undefined) throw new Error(`${subject} is not signed in`);
  return {
    api,
    csrf,
    async vote(link, form) {
      const answer = await api.post(`${link}/vote`, {
        headers: { origin: cloud.tlsUrl },
        form: { csrf, ...form },
      });
      return { status: answer.status(), text: await answer.text() };
    },
    leave: () => api.dispose(),
  };
}

export function slackActor(user: string): SlackActor {
  const { signingSecret } = SLACK_SECRET;
  return { teamId: "T0LOCAL01", appId: "A0LOCAL01", signingSecret, user };
}

/** Presses the button under the message about this approval. */
export async function pressed(
  demo: Demo,
  user: string,
  { link, action }: { readonly link: string; readonly action: string },
): Promise<number> {
  const button = { actionId: action, value: idOf(link) };
  return delivered(demo, pressButton(slackActor(user), button, Date.now()));
}

/** Brings to the gateway what Slack sends. Returns the status. */
export async function delivered({ cloud }: Demo, { headers, body }: SlackDelivery): Promise<number> {
  const { status } = await fetch(`${cloud.gatewayUrl}/slack/actions`, { method: "POST", headers, body });
  return status;
}

/** Takes the approval back through the API, as the agent that asked for it or another. Returns the status. */
export async function cancelled(
  { cloud }: Demo,
  link: string,
  agent = REPORTS_AGENT.subject,
): Promise<number> {
  const authorization = `Bearer ${await cloud.issuer.mintToken(agent)}`;
  const target = `${cloud.gatewayUrl}/api/approvals/${idOf(link)}/cancel`;
  return (await fetch(target, { method: "POST", headers: { authorization } })).status;
}

/** As recordsOf, once there are so many: the workflow writes the record of an end by itself. */
export async function endedRecordsOf(
  demo: Demo,
  link: string,
  count: number,
): Promise<readonly Entry["record"][]> {
  return soon(
    `${count} records of ${link}`,
    async () => {
      const records = await recordsOf(demo, link);
      return records.length >= count ? records : undefined;
    },
    SCANS,
  );
}
