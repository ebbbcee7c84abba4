// The value of a context key: an object in cdk.json, or on the command line (`-c key=path`) the path of a JSON file.

import { readFileSync } from "node:fs";
import { ConfigError } from "./config.ts";

/** @throws ConfigError when it is the path of a file that cannot be read. What the value means is its parser's. */
export function contextValue(context: unknown, subject: string): unknown {
  if (typeof context !== "string") return context;
  try {
    return JSON.parse(readFileSync(context, "utf8"));
  } catch (cause) {
    throw new ConfigError(subject, [
      `(the file): \`${context}\` cannot be read as JSON: ${cause instanceof Error ? cause.message : "unknown"}`,
    ]);
  }
}
