// Reads the gateway's own public address from its SSM parameter, once per warm function. It is written by our stack.

import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { CountersignError } from "../boundary/errors.ts";

/** `https://<host>` with an optional port, and no slash at the end. Plain http only for a developer's own machine. */
const PUBLIC_URL = /^(?:https:\/\/[a-z0-9.-]{1,253}|http:\/\/(?:127\.0\.0\.1|localhost))(?::[0-9]{1,5})?$/;

export interface PublicUrlSetup {
  readonly client: SSMClient;
  readonly parameter: string;
}

/** Returns a reader that asks once; a failed read is asked again by the next caller. */
export function createPublicUrl(setup: PublicUrlSetup): () => Promise<string> {
  let url: Promise<string> | undefined;
  return () => {
    url ??= fetchUrl(setup).catch((error: unknown) => {
      url = undefined;
      throw error;
    });
    return url;
  };
}

async function fetchUrl({ client, parameter }: PublicUrlSetup): Promise<string> {
  const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
  const value = Parameter?.Value;
  if (value === undefined || !PUBLIC_URL.test(value)) {
    throw new CountersignError(
      "environment",
      `the parameter \`${parameter}\` does not hold the gateway's address`,
    );
  }
  return value;
}
