// The local cloud with the first run's world in it: what `npm start` serves, and what the end-to-end tests drive.

import { mkdirSync } from "node:fs";
import type { Mode } from "../../lambdas/model/deployment.ts";
import type { AgentEnvironment } from "../agent-environment.ts";
import { type LocalCloud, type LocalCloudOptions, openLocalSite, type TemplateMutation } from "./cloud.ts";
import { CLI_CLIENT, DEMO_ADMIN } from "./demo-readers.ts";
import {
  ADMIN_ROLE,
  APPROVERS_CLIENT,
  AUDIENCE,
  CLEANUP_AGENT,
  DEMO_AGENTS,
  DEMO_PEOPLE,
  type DemoAgent,
  demoConfig,
  GATEWAY_ACCOUNT,
  OPERATOR_ROLE,
  operatorRole,
  READER_ROLE,
  REGION,
  REPORTS_AGENT,
  SLACK_SECRET,
  seedGatewayAccount,
  seedTargetAccount,
  targetRoles,
} from "./demo-world.ts";
import { tokenFileIn, writeExports, writeReader, writeRecordsAccess, writeToken } from "./exports.ts";
import type { LocalIssuer } from "./issuer.ts";
import type { LocalPerson } from "./issuer-people.ts";

export interface DemoCloud {
  readonly cloud: LocalCloud;
  /** The table with the records. */
  readonly sessionsTable: string;
  /** The table with sessions and markers. */
  readonly stateTable: string;
  /** What an agent's process needs to use the gateway under a role; the reports agent by default. */
  environment(role: string, agent?: DemoAgent): AgentEnvironment;
  /** Writes a fresh token for each agent into its file, and one for the person whom the CLI asks as. */
  renewToken(): Promise<void>;
}

export interface DemoOptions
  extends Pick<
    LocalCloudOptions,
    | "port"
    | "entry"
    | "entries"
    | "policies"
    | "statesSpeed"
    | "standIn"
    | "schedules"
    | "synthesis"
    | "functionStart"
  > {
  /** Where data, exports and the agent's token lie. */
  readonly directory: string;
  /** False keeps tables and keys in memory only, for tests. */
  readonly persist: boolean;
  /** `enforce` when left out. */
  readonly mode?: Mode;
  /** Who can sign in; those of the demo when left out. */
  readonly people?: readonly LocalPerson[];
  /** Settings that replace those of the demo, by the issuer's. */
  readonly settings?: (issuer: Pick<LocalIssuer, "issuer" | "jwksUri">) => object;
}

/** Deployments of one synthesised stack, one at a time. */
export interface DemoSite {
  /** @throws as startLocalCloud does; nothing of the deployment is left running then */
  deploy(mutateTemplate?: TemplateMutation): Promise<DemoCloud>;
  close(): Promise<void>;
}

/** @throws as startLocalCloud does; nothing is left running then */
export async function startDemoCloud(options: DemoOptions): Promise<DemoCloud> {
  const site = await openDemoSite(options);
  try {
    const demo = await site.deploy();
    const stop = async (): Promise<void> => {
      await demo.cloud.stop();
      await site.close();
    };
    return { ...demo, cloud: { ...demo.cloud, stop } };
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** @throws as startLocalCloud does; nothing is left running then */
export async function openDemoSite({
  directory,
  persist,
  mode = "enforce",
  people = DEMO_PEOPLE,
  settings = () => ({}),
  ...options
}: DemoOptions): Promise<DemoSite> {
  mkdirSync(directory, { recursive: true });
  const site = await openLocalSite({
    ...options,
    dataDirectory: persist ? directory : undefined,
    region: REGION,
    gatewayAccount: GATEWAY_ACCOUNT,
    agents: DEMO_AGENTS.map(({ subject, groups }) => ({ name: subject, groups })),
    audience: AUDIENCE,
    people: { clientId: APPROVERS_CLIENT, cliClientId: CLI_CLIENT, list: people },
    slackBotToken: SLACK_SECRET.botToken,
    config: (issuer) => ({ ...(demoConfig({ ...issuer, mode }) as object), ...settings(issuer) }),
  });
  const roles = targetRoles();
  return {
    deploy: async (mutateTemplate) => {
      const cloud = await site.deploy(mutateTemplate);
      try {
        for (const role of roles) cloud.aws.addRole(role);
        return await furnish(
          cloud,
          directory,
          people.some(({ subject }) => subject === DEMO_ADMIN.subject),
        );
      } catch (error) {
        await cloud.stop();
        throw error;
      }
    },
    close: () => site.close(),
  };
}

/** Puts the target account's data in place, and leaves what agents and the CLI need in `directory`. */
async function furnish(cloud: LocalCloud, directory: string, hasAdmin: boolean): Promise<DemoCloud> {
  seedGatewayAccount(cloud.aws);
  await seedTargetAccount(cloud.aws);
  const demo: DemoCloud = {
    cloud,
    sessionsTable: settingOf(cloud, "SESSIONS_TABLE"),
    stateTable: settingOf(cloud, "STATE_TABLE"),
    environment: (role, agent = REPORTS_AGENT) => ({
      AWS_ENDPOINT_URL: `${cloud.gatewayUrl}/aws`,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFileIn(directory, agent.subject),
      AWS_ROLE_ARN: role,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
    }),
    renewToken: async () => {
      for (const { subject } of DEMO_AGENTS)
        writeToken(directory, subject, await cloud.issuer.mintToken(subject));
      if (!hasAdmin) return;
      const idToken = await cloud.issuer.mintIdToken(DEMO_ADMIN.subject);
      writeReader(directory, { url: cloud.tlsUrl, idToken, caFile: cloud.caFile });
    },
  };
  await demo.renewToken();
  writeExports(directory, "local.env", demo.environment(READER_ROLE));
  writeExports(directory, "cleanup.env", demo.environment(ADMIN_ROLE, CLEANUP_AGENT));
  const machineArn = machineOf(cloud);
  const checkpointBucket = settingOf(cloud, "CHECKPOINT_BUCKET");
  const checkpointKeyArn = settingOf(cloud, "CHECKPOINT_KEY_ARN");
  const places = { sessionsTable: demo.sessionsTable, stateTable: demo.stateTable, machineArn };
  cloud.aws.addRole(operatorRole({ ...places, checkpointBucket, checkpointKeyArn }));
  writeRecordsAccess(directory, {
    port: cloud.aws.port,
    caFile: cloud.caFile,
    region: REGION,
    table: demo.sessionsTable,
    stateTable: demo.stateTable,
    checkpointBucket,
    checkpointKeyArn,
    machineArn,
    publicUrl: cloud.tlsUrl,
    credentials: cloud.aws.issueRoleCredentials(OPERATOR_ROLE),
  });
  return demo;
}

function machineOf({ stack }: LocalCloud): string {
  const [machine, ...more] = stack.machines;
  if (machine === undefined || more.length > 0) throw new Error("the template has not one state machine");
  return machine.arn;
}

function settingOf({ stack }: LocalCloud, variable: string): string {
  const table = stack.functions.find(({ environment }) => environment[variable] !== undefined);
  if (table === undefined) throw new Error(`no function of the template has ${variable}`);
  return table.environment[variable] ?? "";
}
