// Reads the call function's environment, once, at start. A missing value stops the start and names every one missing.

import { CountersignError } from "./errors.ts";

export interface CallEnvironment {
  readonly stateTable: string;
  readonly sessionsTable: string;
  readonly sessionKeyArn: string;
  readonly originSecretArn: string;
  readonly publicUrlParameter: string;
  readonly apiStage: string;
}

const NAMES: Record<keyof CallEnvironment, string> = {
  stateTable: "STATE_TABLE",
  sessionsTable: "SESSIONS_TABLE",
  sessionKeyArn: "SESSION_KEY_ARN",
  originSecretArn: "ORIGIN_SECRET_ARN",
  publicUrlParameter: "PUBLIC_URL_PARAMETER",
  apiStage: "API_STAGE",
};

/** @throws CountersignError `environment`, naming all variables that are missing or empty. */
export function callEnvironment(variables: NodeJS.ProcessEnv): CallEnvironment {
  const entries = Object.entries(NAMES).map(([key, name]) => [key, variables[name] ?? "", name] as const);
  const missing = entries.filter(([, value]) => value === "").map(([, , name]) => name);
  if (missing.length > 0) {
    throw new CountersignError("environment", `the function's environment lacks ${missing.join(", ")}`);
  }
  return Object.fromEntries(entries) as unknown as CallEnvironment;
}
