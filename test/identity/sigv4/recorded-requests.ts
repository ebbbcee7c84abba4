// Requests of a real botocore 1.43 (the library below boto3 and the aws CLI), recorded by its `before-send` event with
// a fixed clock and key. One entry per call; bodies in base64.

import { readFileSync } from "node:fs";
import type { SdkRequest } from "./sdk-requests.ts";

interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export function botocoreRequests(): readonly SdkRequest[] {
  const text = readFileSync(new URL("./vectors/botocore-requests.json", import.meta.url), "utf8");
  return (JSON.parse(text) as readonly Recorded[]).map(({ name, body, ...rest }) => ({
    name,
    sent: { ...rest, body: Buffer.from(body, "base64") },
  }));
}
