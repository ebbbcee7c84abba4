// Starts a demo cloud for a test file, in memory and on free ports, and makes unmodified SDK clients that are set up as
// an agent's are: by environment variables. Nothing here knows how the gateway works.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll } from "vitest";
import type { LoggedRequest } from "../../lib/local/aws/contract.ts";
import type { TemplateMutation } from "../../lib/local/cloud.ts";
import { type DemoCloud, type DemoOptions, openDemoSite } from "../../lib/local/demo-cloud.ts";
import { READER_ROLE, TARGET_ACCOUNT } from "../../lib/local/demo-world.ts";
import { sharedSynthesis } from "./shared-synthesis.ts";

export interface Demo extends DemoCloud {
  /** Where its token and exports lie. */
  readonly directory: string;
}

export interface TestSite {
  deploy(mutateTemplate?: TemplateMutation): Promise<Demo>;
  close(): Promise<void>;
}

export async function openTestSite(options: Partial<DemoOptions> = {}): Promise<TestSite> {
  const directory = mkdtempSync(join(tmpdir(), "countersign-e2e-"));
  const site = await openDemoSite({
    ...{ port: 0, persist: false, synthesis: sharedSynthesis, functionStart: "cold" },
    ...options,
    directory,
  });
  return {
    deploy: async (mutateTemplate) => {
      const demo = await site.deploy(mutateTemplate);
      setDefaultCACertificates([...getCACertificates("bundled"), readFileSync(demo.cloud.caFile, "utf8")]);
      return { ...demo, directory };
    },
    close: async () => {
      await site.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One demo cloud for all tests of the file. */
export function useDemo(options: () => Partial<DemoOptions> = () => ({})): () => Demo {
  let site: TestSite | undefined;
  let demo: Demo | undefined;
  beforeAll(async () => {
    site = await openTestSite(options());
    demo = await site.deploy();
  });
  afterAll(async () => {
    await demo?.cloud.stop();
    await site?.close();
  });
  return () => {
    if (demo === undefined) throw new Error("the demo cloud has not started");
    return demo;
  };
}

export interface ClientOptions {
  readonly role?: string;
  /** The gateway's address; plain HTTP on this machine by default. */
  readonly url?: string;
  /** `once` never repeats a request; `default` leaves the SDK as it is. */
  readonly attempts?: "once" | "default";
  readonly tokenFile?: string;
  /** Milliseconds after which the client gives a request up; it waits for ever by default. */
  readonly patience?: number;
}

export interface AgentClients {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly secrets: SecretsManagerClient;
  readonly ssm: SSMClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
}

/** Clients of one agent that share one exchange, so that their calls are one session. The exchange is not made yet. */
export function agentClients(demo: Demo, options: ClientOptions = {}): AgentClients {
  const {
    role = READER_ROLE,
    url = demo.cloud.gatewayUrl,
    attempts = "default",
    tokenFile,
    patience,
  } = options;
  const environment = {
    ...demo.environment(role),
    AWS_ENDPOINT_URL: `${url}/aws`,
    ...(tokenFile !== undefined && { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile }),
  };
  const shared = {
    endpoint: environment.AWS_ENDPOINT_URL,
    region: environment.AWS_REGION,
    ...(attempts === "once" && { maxAttempts: 1 }),
    ...(patience !== undefined && {
      requestHandler: { requestTimeout: patience, throwOnRequestTimeout: true },
    }),
  };
  const s3 = new S3Client({ ...shared, forcePathStyle: true });
  const fromEnvironment = s3.config.credentials;
  const credentials: typeof fromEnvironment = (...details) => {
    useEnvironment(environment);
    return fromEnvironment(...details);
  };
  s3.config.credentials = credentials;
  const own = { ...shared, credentials };
  return {
    s3,
    dynamodb: new DynamoDBClient(own),
    secrets: new SecretsManagerClient(own),
    ssm: new SSMClient(own),
    iam: new IAMClient(own),
    sts: new STSClient(own),
  };
}

/** The SDK reads the environment when it first needs credentials: several agents live in this process. */
function useEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, environment, {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
  });
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  /** `undefined` when no answer came. */
  readonly status: number | undefined;
  readonly attempts: number;
}

/** What the SDK throws at its user. @throws when the call succeeds */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number; attempts?: number };
    };
    return { name, message, status: $metadata?.httpStatusCode, attempts: $metadata?.attempts ?? 1 };
  }
  throw new Error("the call succeeded");
}

/**
 * What reached AWS with a credential of the target account, or went to its S3 and failed before anybody looked who it was:
 * the gateway's own buckets are told by their names.
 */
export function forwarded({ cloud }: Demo, since = 0): readonly LoggedRequest[] {
  const target = `arn:aws:sts::${TARGET_ACCOUNT}:`;
  const own = cloud.stack.buckets.map(({ name }) => `arn:aws:s3:::${name}`);
  const isOwn = ({ host, resource }: LoggedRequest): boolean =>
    own.some((arn) => resource?.startsWith(arn) || host.startsWith(`${arn.replace("arn:aws:s3:::", "")}.`));
  return cloud.aws.requests
    .slice(since)
    .filter(
      (request) => request.principalArn?.startsWith(target) ?? (request.service === "s3" && !isOwn(request)),
    );
}

/** What the gateway asked STS for. */
export function assumed({ cloud }: Demo, since = 0): readonly LoggedRequest[] {
  return cloud.aws.requests.slice(since).filter(({ operation }) => operation === "AssumeRole");
}
