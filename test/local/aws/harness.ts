// Starts a small AWS for a test file and makes unmodified SDK clients that reach it under AWS's own host names.

import { Agent } from "node:https";
import { connect } from "node:tls";
import type { RoleCredentials, SmallAws, SmallAwsOptions } from "../../../lib/local/aws/contract.ts";
import { startSmallAws } from "../../../lib/local/aws/small-aws.ts";
import { openAuthority } from "../../../lib/local/certificates.ts";

export const REGION = "eu-west-1";
export const GATEWAY = "111111111111";
export const TARGET = "222222222222";
export const FUNCTION_ROLE = `arn:aws:iam::${GATEWAY}:role/countersign-call`;
export const TARGET_ROLE = `arn:aws:iam::${TARGET}:role/mcp-reader`;
export const KEY = {
  keyId: "11111111-2222-3333-4444-555555555555",
  arn: keyArn(TARGET, "11111111-2222-3333-4444-555555555555"),
};
export const HMAC = { keyId: "mac-1", arn: keyArn(GATEWAY, "mac-1") };

export type Json = Readonly<Record<string, unknown>>;

export interface Lab {
  readonly aws: SmallAws;
  /** Options for any SDK client: region, credentials, and the way to the small AWS. One attempt, no retries. */
  client(credentials: RoleCredentials): {
    region: string;
    credentials: RoleCredentials;
    maxAttempts: number;
    requestHandler: { httpsAgent: Agent };
  };
  /** A role with these statements, and credentials for it. */
  roleWith(account: string, ...statements: Json[]): RoleCredentials;
  readonly agent: Agent;
  stop(): Promise<void>;
}

function keyArn(account: string, keyId: string): string {
  return `arn:aws:kms:${REGION}:${account}:key/${keyId}`;
}

export function policy(...statements: Json[]): Json {
  return { Version: "2012-10-17", Statement: statements };
}

export function allow(Action: string | string[], Resource: string | string[], Condition?: Json): Json {
  return { Effect: "Allow", Action, Resource, ...(Condition !== undefined && { Condition }) };
}

export const SERVICE_TRUST = policy({
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Principal: { Service: "lambda.amazonaws.com" },
});

export function emptyResources(): SmallAwsOptions["resources"] {
  return { tables: [], hmacKeys: [HMAC], keys: [], secrets: [], parameters: [], roles: [] };
}

export async function openLab(options: Partial<SmallAwsOptions> = {}): Promise<Lab> {
  const authority = await openAuthority(undefined);
  const aws = await startSmallAws({
    dataDirectory: undefined,
    region: REGION,
    gatewayAccount: GATEWAY,
    certificate: authority.server,
    resources: emptyResources(),
    ...options,
  });
  aws.seed.key(TARGET, KEY);
  const agent = new Agent({ keepAlive: true });
  const reach = (target: object): ReturnType<typeof connect> =>
    connect({ ...target, host: "127.0.0.1", port: aws.port, ca: authority.caPem });
  agent.createConnection = reach as typeof agent.createConnection;
  let roles = 0;
  return {
    aws,
    agent,
    client: (credentials) => ({
      region: REGION,
      credentials,
      maxAttempts: 1,
      requestHandler: { httpsAgent: agent },
    }),
    roleWith(account, ...statements) {
      roles += 1;
      const arn = `arn:aws:iam::${account}:role/test-${roles}`;
      aws.addRole({ arn, trust: SERVICE_TRUST, policies: [policy(...statements)] });
      return aws.issueRoleCredentials(arn);
    },
    async stop() {
      agent.destroy();
      await aws.stop();
      authority.close();
    },
  };
}

/** The code of the error that the SDK throws. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    return code ?? name;
  }
  return "none";
}
