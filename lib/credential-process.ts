// The helper behind `credential_process` in an AWS configuration file: exchanges the agent's token at the gateway and
// gives the keys in the form that SDKs read. Nothing is stored: SDKs keep the keys in memory until they expire. Trusts the
// endpoint by TLS; the token and the keys are never part of a message.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html

import { readFile } from "node:fs/promises";
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from "@aws-sdk/client-sts";
import type { AgentSettings } from "./agent-environment.ts";

/** What the program writes to its standard output. */
export interface ProcessCredentials {
  readonly Version: 1;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  /** ISO 8601. */
  readonly Expiration: string;
}

const SESSION_NAME = "credential-process";
/** The exchange is not signed, so its region says nothing. */
export const ANY_REGION = "us-east-1";
const ATTEMPTS = 3;

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["AccessDenied", "ask for a policy that permits this agent to use this role"],
  ["ExpiredToken", "renew the token's file, and look at what refreshes it"],
  ["IDPCommunicationError", "the gateway cannot reach the identity provider: try again"],
  [
    "InvalidIdentityToken",
    "compare issuer and audience of the token with the configuration (docs/identity.md)",
  ],
  ["Throttling", "wait a minute; one exchange serves for an hour"],
]);

/** @throws an Error whose message says what to do. */
export async function processCredentials(settings: AgentSettings): Promise<ProcessCredentials> {
  const token = await readToken(settings.tokenFile);
  const client = new STSClient({
    endpoint: settings.endpoint,
    region: settings.region,
    maxAttempts: ATTEMPTS,
    // This call is not signed; without this line the SDK would look for keys everywhere all the same.
    credentials: { accessKeyId: "unused", secretAccessKey: "unused" },
  });
  const exchange = new AssumeRoleWithWebIdentityCommand({
    RoleArn: settings.role,
    RoleSessionName: SESSION_NAME,
    WebIdentityToken: token,
  });
  try {
    const { Credentials } = await client.send(exchange);
    return formOf(Credentials, settings);
  } catch (cause) {
    throw explained(cause, settings);
  } finally {
    client.destroy();
  }
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `the token file \`${file}\` cannot be read (${cause.code ?? "unknown"}): check --token-file`,
      { cause },
    );
  });
  const token = text.trim();
  if (token === "") throw new Error(`the token file \`${file}\` is empty: look at what writes it`);
  return token;
}

function formOf(issued: Credentials | undefined, { endpoint }: AgentSettings): ProcessCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw notAGateway(endpoint);
  return { Version: 1, AccessKeyId, SecretAccessKey, SessionToken, Expiration: Expiration.toISOString() };
}

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function explained(cause: unknown, { endpoint }: AgentSettings): Error {
  if (!(cause instanceof Error)) return notAGateway(endpoint);
  const { name, message, code, $metadata } = cause as SdkError;
  const answered = $metadata?.httpStatusCode !== undefined;
  // The SDK makes up an error of an answer that is none of AWS's; its message then begins so.
  if (answered && name !== "SyntaxError" && !message.startsWith("Unknown")) {
    const advice = ADVICE.get(name.replace(/Exception$/, ""));
    const lines = [
      `the gateway refused the exchange, ${name}: ${message}`,
      ...(advice === undefined ? [] : [advice]),
    ];
    return new Error(lines.join("\n"), { cause });
  }
  if (answered || code === undefined) return notAGateway(endpoint);
  const trust = /CERT|SELF_SIGNED|ISSUER|ALTNAME|SSL|TLS/.test(code)
    ? "its certificate is not trusted: set NODE_EXTRA_CA_CERTS to the file of its authority"
    : "check --endpoint and the network";
  return new Error(`the gateway at \`${endpoint}\` cannot be reached (${code}): ${trust}`, { cause });
}

function notAGateway(endpoint: string): Error {
  return new Error(`\`${endpoint}\` does not answer like a gateway: check --endpoint, it ends with \`/aws\``);
}
