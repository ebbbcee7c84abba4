// Brings the local cloud up: the stack as it would be deployed, synthesised in this process, and its template served on
// this machine. Decides the order; every part is one file beside this one. Seeds nothing: what lies in the small AWS is
// the caller's to put there.

import type { SynthesisOptions } from "../app.ts";
import { STACK_NAME } from "../names.ts";
import { assemble, type Synthesis } from "./assembly.ts";
import type { Invocation, SmallAws, SmallAwsOptions } from "./aws/contract.ts";
import { type Slack, startSlack } from "./aws/slack.ts";
import { startSmallAws } from "./aws/small-aws.ts";
import { type Catchers, createCatchers } from "./catchers.ts";
import { type LocalAuthority, openAuthority } from "./certificates.ts";
import { createFront, type Front, hasSameData } from "./front.ts";
import type { LogLine } from "./function-messages.ts";
import { type LocalAgent, type LocalIssuer, startIssuer } from "./issuer.ts";
import type { LocalPeople } from "./issuer-people.ts";
import { type Listeners, openListeners } from "./listeners.ts";
import type { Origin } from "./origin.ts";
import type { ConnectionReport } from "./preload.ts";
import { eachMinute } from "./schedules.ts";
import {
  parseTemplate,
  type ResolvedStack,
  resolveStack,
  type Template,
  type TemplateOptions,
} from "./template.ts";

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
  readonly people?: LocalPeople;
  /** The bot token that the stand-in for Slack knows; without one, slack.com is not there. */
  readonly slackBotToken?: string;
  /** How many times as fast as the real one the clock of state machines runs: reminders and expiries in seconds. */
  readonly statesSpeed?: number;
  /** Whether scheduled functions run by themselves; only by `runSchedules` when absent. */
  readonly schedules?: "each minute";
  /** When functions are loaded: all before the cloud is there, or each when it is first invoked, as on AWS. */
  readonly functionStart?: "warm" | "cold";
  /** How the stack is synthesised; tests share what they synthesise. */
  readonly synthesis?: Synthesis;
  /** For tests: answers in AWS's place where it wants to. */
  readonly standIn?: SmallAwsOptions["standIn"];
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
  /** Invokes every scheduled function at once, and tells what became of it. */
  runSchedules(): Promise<readonly Invocation[]>;
  /**
   * Serves the template with something else taken out, over the same data and beside the functions that stay the same.
   * Returns what differs from this cloud, or `undefined` when the data would not be the same: that takes a deployment.
   * @throws TemplateError
   */
  change(mutateTemplate: TemplateMutation): Change | undefined;
  stop(): Promise<void>;
}

interface Change extends Pick<LocalCloud, "stack" | "logs" | "edgeErrors" | "api" | "runSchedules"> {
  /** This cloud serves as before. */
  undo(): Promise<void>;
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
      cliClient: people.cliClientId,
      approverClient: { clientId: people.clientId, redirectUris: [`${listeners.tlsUrl}/login/callback`] },
    }),
  });
  const { template, assembly, removeAssembly } = await assemble(
    synthesisOf(options, issuer),
    dataDirectory,
    options.synthesis,
  );
  closers.push(removeAssembly);
  return { authority, listeners, issuer, assembly, template };
}

async function serve(
  {
    dataDirectory,
    region,
    gatewayAccount,
    slackBotToken,
    statesSpeed = 1,
    standIn,
    schedules,
    functionStart = "warm",
  }: LocalCloudOptions,
  { authority, listeners, issuer, assembly, template }: Ground,
  mutateTemplate: TemplateMutation | undefined,
  closers: Closers,
): Promise<Omit<LocalCloud, "stop">> {
  const { caPem, caFile, server: certificate } = authority;
  const place = {
    ...{ region, account: gatewayAccount, partition: "aws" },
    ...{ assembly, stackName: STACK_NAME, distributionHost: listeners.tlsHost },
  };
  const stack = resolveMutated(template, mutateTemplate, place);
  const catchers = createCatchers();
  const slack =
    slackBotToken === undefined
      ? undefined
      : await startSlack({ certificate, botToken: () => slackBotToken, catchers });
  closers.push(async () => slack?.stop());
  const aws = await startSmallAws({
    ...{ dataDirectory, region, gatewayAccount, certificate, statesSpeed, mail: catchers },
    resources: stack,
    ...(standIn !== undefined && { standIn }),
  });
  closers.push(() => aws.stop());
  const connections: ConnectionReport[] = [];
  const ground = { aws, listeners, place, caPem, connections, slackPort: slack?.port };
  const front = createFront(stack, ground);
  closers.push(() => front.stop());
  front.serve();
  if (functionStart === "warm") await Promise.all([...front.functions.values()].map((one) => one.warm()));
  const { gatewayUrl, tlsUrl } = listeners;
  const { logs, edgeErrors, api, runSchedules } = front;
  if (schedules === "each minute") closers.push(eachMinute(runSchedules));
  return {
    ...{ gatewayUrl, tlsUrl, caFile, issuer, aws, stack, catchers, slack },
    ...{ logs, connections, edgeErrors, api, runSchedules },
    change: (mutate) => {
      const other = resolveMutated(withSecrets(template, stack), mutate, place);
      return hasSameData(stack, other) ? changeOf(front, createFront(other, ground, front)) : undefined;
    },
  };
}

function resolveMutated(
  template: Template,
  mutate: TemplateMutation | undefined,
  options: TemplateOptions,
): ResolvedStack {
  const mutated = parseTemplate(template);
  mutate?.(mutated);
  return resolveStack(mutated, options);
}

/** The template with the secrets that were made up for it before: each resolution would make up others. */
function withSecrets(template: Template, { secrets }: ResolvedStack): Template {
  const { Resources } = parseTemplate(template);
  const declared = Object.values(Resources).filter(({ Type }) => Type === "AWS::SecretsManager::Secret");
  for (const [index, { Properties }] of declared.entries()) {
    if (Properties === undefined) continue;
    delete Properties.GenerateSecretString;
    Properties.SecretString = secrets[index]?.value;
  }
  return { Resources };
}

function changeOf(before: Front, { serve, stop, ...front }: Front): Change {
  const { stack, logs, edgeErrors, api, runSchedules } = front;
  serve();
  return {
    ...{ stack, logs, edgeErrors, api, runSchedules },
    undo: () => {
      before.serve();
      return stop();
    },
  };
}

function synthesisOf(
  { region, gatewayAccount, config, entry, entries, policies }: LocalCloudOptions,
  issuer: LocalIssuer,
): Omit<SynthesisOptions, "outdir"> {
  return {
    config: config(issuer),
    account: gatewayAccount,
    region,
    ...(entry !== undefined && { entry }),
    ...(entries !== undefined && { entries }),
    ...(policies !== undefined && { policies }),
  };
}
