// Brings the local cloud up: the stack as it would be deployed, synthesised in this process, and its template served on
// this machine. Decides the order; every part is one file beside this one. Seeds nothing: what lies in the small AWS is
// the caller's to put there.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SynthesisOptions, synthesize } from "../app.ts";
import { STACK_NAME } from "../names.ts";
import type { SmallAws } from "./aws/contract.ts";
import { type Slack, startSlack } from "./aws/slack.ts";
import { startSmallAws } from "./aws/small-aws.ts";
import { type Catchers, createCatchers } from "./catchers.ts";
import { type LocalAuthority, openAuthority } from "./certificates.ts";
import { createEdge } from "./edge.ts";
import { invokeFunction } from "./function-invoke.ts";
import type { LogLine } from "./function-messages.ts";
import { type FunctionRuntime, startFunction } from "./function-runtime.ts";
import { createGateway } from "./gateway.ts";
import { type LocalAgent, type LocalIssuer, startIssuer } from "./issuer.ts";
import type { LocalPerson } from "./issuer-people.ts";
import { type Listeners, openListeners } from "./listeners.ts";
import type { Origin } from "./origin.ts";
import type { ConnectionReport } from "./preload.ts";
import { parseTemplate, type ResolvedStack, resolveStack, type Template } from "./template.ts";

export interface LocalCloudOptions extends Pick<SynthesisOptions, "entry" | "entries" | "policies"> {
  /** The first of three; 0 takes any three. */
  readonly port: number;
  /** Where everything lives between runs; `undefined` keeps nothing. */
  readonly dataDirectory: string | undefined;
  readonly region: string;
  readonly gatewayAccount: string;
  /** Those whom the local issuer gives tokens. */
  readonly agents: readonly LocalAgent[];
  /** The audience of their tokens. */
  readonly audience: string;
  /** The configuration of the stack, with the address of the local issuer filled in. */
  readonly config: (issuer: Pick<LocalIssuer, "issuer" | "jwksUri" | "audience">) => unknown;
  /** Takes something out of the template before it is served: what then fails, fails for that. */
  readonly mutateTemplate?: TemplateMutation;
  /** Who may sign in at the approvers' pages; nobody when absent. */
  readonly people?: { readonly clientId: string; readonly list: readonly LocalPerson[] };
  /** The bot token that the stand-in for Slack knows; without one, slack.com is not there. */
  readonly slackBotToken?: string;
  /** How many times as fast as the real one the clock of state machines runs: reminders and expiries in seconds. */
  readonly statesSpeed?: number;
}

export type TemplateMutation = (template: Template) => void;

export interface LocalCloud {
  /** `http://127.0.0.1:<port>` */
  readonly gatewayUrl: string;
  /** `https://127.0.0.1:<port>` */
  readonly tlsUrl: string;
  /** For AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  readonly issuer: LocalIssuer;
  readonly aws: SmallAws;
  readonly stack: ResolvedStack;
  /** Mails and Slack messages. */
  readonly catchers: Catchers;
  readonly slack: Slack | undefined;
  /** What the functions wrote to stdout and stderr, line by line. */
  readonly logs: readonly LogLine[];
  /** Every connection that a function tried to open. */
  readonly connections: readonly ConnectionReport[];
  /** Why the edge or the API answered in a function's place. */
  readonly edgeErrors: readonly string[];
  /** The API's own address, past the edge: what anybody may try who guesses its name. */
  readonly api: Origin;
  stop(): Promise<void>;
}

/** A synthesised stack with its addresses. It serves one deployment at a time. */
export interface LocalSite {
  /** Serves the template. Stop the deployment before the next one: nothing of it is kept in memory. */
  deploy(mutateTemplate?: TemplateMutation): Promise<LocalCloud>;
  close(): Promise<void>;
}

/** @throws ConfigError, TemplateError, or an error that names COUNTERSIGN_PORT when the ports are taken */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const site = await openLocalSite(options);
  try {
    const cloud = await site.deploy(options.mutateTemplate);
    const stop = async (): Promise<void> => {
      await cloud.stop();
      await site.close();
    };
    return { ...cloud, stop };
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** Opens the addresses and synthesises, once for any number of deployments. @throws as startLocalCloud does */
export async function openLocalSite(options: LocalCloudOptions): Promise<LocalSite> {
  const closers: Closers = [];
  return closedOnFailure(closers, async () => {
    const ground = await prepare(options, closers);
    return {
      deploy: (mutateTemplate) => {
        const open: Closers = [];
        return closedOnFailure(open, async () => ({
          ...(await serve(options, ground, mutateTemplate, open)),
          stop: () => closeAll(open),
        }));
      },
      close: () => closeAll(closers),
    };
  });
}

type Closers = (() => Promise<void> | void)[];

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close();
}

async function closedOnFailure<T>(closers: Closers, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

interface Ground {
  readonly authority: LocalAuthority;
  readonly listeners: Listeners;
  readonly issuer: LocalIssuer;
  readonly assembly: string;
  readonly template: Template;
}

async function prepare(options: LocalCloudOptions, closers: Closers): Promise<Ground> {
  const { dataDirectory, agents, audience, people } = options;
  const authority = await openAuthority(dataDirectory);
  closers.push(authority.close);
  const listeners = await openListeners(options.port, authority);
  closers.push(listeners.close);
  const issuer = startIssuer({
    server: listeners.issuer,
    url: listeners.issuerUrl,
    audience,
    agents,
    dataDirectory,
    caPem: authority.caPem,
    ...(people !== undefined && {
      people: people.list,
      approverClient: { clientId: people.clientId, redirectUris: [`${listeners.tlsUrl}/login/callback`] },
    }),
  });
  const { template, assembly, removeAssembly } = synthesise(options, issuer);
  closers.push(removeAssembly);
  return { authority, listeners, issuer, assembly, template };
}

async function serve(
  { dataDirectory, region, gatewayAccount, slackBotToken, statesSpeed = 1 }: LocalCloudOptions,
  { authority, listeners, issuer, assembly, template }: Ground,
  mutateTemplate: TemplateMutation | undefined,
  closers: Closers,
): Promise<Omit<LocalCloud, "stop">> {
  const { caPem, caFile, server: certificate } = authority;
  const place = { region, account: gatewayAccount, partition: "aws" };
  const mutated = parseTemplate(template);
  mutateTemplate?.(mutated);
  const stack = resolveStack(mutated, {
    ...place,
    assembly,
    stackName: STACK_NAME,
    distributionHost: listeners.tlsHost,
  });
  const catchers = createCatchers();
  const slack =
    slackBotToken === undefined
      ? undefined
      : await startSlack({ certificate, botToken: () => slackBotToken, catchers });
  closers.push(async () => slack?.stop());
  const aws = await startSmallAws({
    ...{ dataDirectory, region, gatewayAccount, certificate, statesSpeed, mail: catchers },
    resources: stack,
  });
  closers.push(() => aws.stop());
  const logs: LogLine[] = [];
  const connections: ConnectionReport[] = [];
  const edgeErrors: string[] = [];
  const functions = startFunctions(stack, {
    ...{ aws, region, caPem, logs, connections },
    slackPort: slack?.port,
  });
  closers.push(async () => {
    await Promise.all([...functions.values()].map((one) => one.stop()));
  });
  aws.serveFunctions((functionArn, payload) => {
    const target = functions.get(functionArn);
    return target === undefined ? undefined : invokeFunction(target, payload);
  });
  const onError = (requestId: string, reason: string) => edgeErrors.push(`${requestId}: ${reason}`);
  const api = createGateway({ ...stack, ...place, functions, onError });
  listeners.serve(createEdge({ distribution: stack.distribution, origin: api, onError }));
  await Promise.all([...functions.values()].map((one) => one.warm()));
  const { gatewayUrl, tlsUrl } = listeners;
  return {
    ...{ gatewayUrl, tlsUrl, caFile, issuer, aws, stack, catchers, slack },
    ...{ logs, connections, edgeErrors, api },
  };
}

function synthesise(
  { dataDirectory, region, gatewayAccount, config, entry, entries, policies }: LocalCloudOptions,
  issuer: LocalIssuer,
): Pick<Ground, "template" | "assembly"> & { readonly removeAssembly: () => void } {
  const assembly =
    dataDirectory === undefined
      ? mkdtempSync(join(tmpdir(), "countersign-"))
      : join(dataDirectory, "cdk.out");
  // Bundles of former runs would pile up.
  rmSync(assembly, { recursive: true, force: true });
  const removeAssembly = () => {
    if (dataDirectory === undefined) rmSync(assembly, { recursive: true, force: true });
  };
  const synthesised = synthesize({
    config: config(issuer),
    outdir: assembly,
    account: gatewayAccount,
    region,
    ...(entry !== undefined && { entry }),
    ...(entries !== undefined && { entries }),
    ...(policies !== undefined && { policies }),
  });
  return {
    template: parseTemplate(synthesised.getStackByName(STACK_NAME).template),
    assembly,
    removeAssembly,
  };
}

interface FunctionWiring {
  readonly aws: SmallAws;
  readonly slackPort: number | undefined;
  readonly region: string;
  readonly caPem: string;
  readonly logs: LogLine[];
  readonly connections: ConnectionReport[];
}

function startFunctions(
  { functions }: ResolvedStack,
  { aws, logs, connections, ...place }: FunctionWiring,
): ReadonlyMap<string, FunctionRuntime> {
  return new Map(
    functions.map((spec) => [
      spec.arn,
      startFunction({
        ...place,
        function: spec,
        awsPort: aws.port,
        credentials: () => aws.issueRoleCredentials(spec.roleArn),
        onLog: (line) => logs.push(line),
        onConnection: (connection) => connections.push(connection),
      }),
    ]),
  );
}
