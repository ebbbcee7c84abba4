// Reads a function's environment, once, at start. A missing value stops the start and names every one missing.

import { CountersignError } from "./errors.ts";

const VARIABLES = {
  stateTable: "STATE_TABLE",
  sessionsTable: "SESSIONS_TABLE",
  sessionKeyArn: "SESSION_KEY_ARN",
  originSecretArn: "ORIGIN_SECRET_ARN",
  publicUrlParameter: "PUBLIC_URL_PARAMETER",
  apiStage: "API_STAGE",
  /** Seals held requests, task tokens and kept answers. */
  sealKeyArn: "SEAL_KEY_ARN",
  /** Makes masked values joinable (style `hash`). */
  maskKeyArn: "MASK_KEY_ARN",
  approvalMachineArn: "APPROVAL_MACHINE_ARN",
  /** How many callers may wait on an open connection at once, over all instances. */
  waitingPlaces: "WAITING_PLACES",
  checkpointBucket: "CHECKPOINT_BUCKET",
  /** Parameters and answers that are too large for a record. */
  payloadBucket: "PAYLOAD_BUCKET",
  /** Copies of sessions under legal hold. */
  holdsBucket: "HOLDS_BUCKET",
  /** Signs checkpoints. */
  checkpointKeyArn: "CHECKPOINT_KEY_ARN",
} as const;

type VariableName = keyof typeof VARIABLES;

/** @throws CountersignError `environment`, naming all variables that are missing or empty. */
export function environmentOf<const Name extends VariableName>(
  variables: NodeJS.ProcessEnv,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const entries = names.map((name) => [name, variables[VARIABLES[name]] ?? ""] as const);
  const missing = entries.filter(([, value]) => value === "").map(([name]) => VARIABLES[name]);
  if (missing.length > 0) {
    throw new CountersignError("environment", `the function's environment lacks ${missing.join(", ")}`);
  }
  return Object.fromEntries(entries) as Record<Name, string>;
}
