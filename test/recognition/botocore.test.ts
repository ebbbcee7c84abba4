// Requests that botocore made, every member set (vectors/botocore.json): the right operation, and every parameter that
// botocore was given. What botocore adds on its own (tokens, checksums) is not compared.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ParameterValue } from "../../lambdas/model/aws-call.ts";
import { recognised, request } from "./requests.ts";

interface Vector {
  readonly service: string;
  readonly operation: string;
  readonly request: {
    readonly signingName: string;
    readonly method: string;
    readonly path: string;
    readonly query: [string, string][];
    readonly headers: Record<string, string>;
    readonly body: string;
  };
  readonly parameters: Record<string, unknown>;
}

const file = new URL("vectors/botocore.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };

/** Members whose value botocore rewrites before it sends: copy sources are percent-encoded, zone ids lose their prefix. */
const REWRITTEN = new Set(["CopySource", "HostedZoneId", "UserData"]);

function plain(value: ParameterValue | undefined): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ("kind" in value && value.kind === "number") return Number(value.text);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

describe("requests of botocore", () => {
  it.each(vectors.map((vector) => [`${vector.service}:${vector.operation}`, vector] as const))(
    "%s",
    (_, vector) => {
      const { signingName, body, ...parts } = vector.request;
      const call = recognised(request(signingName, { ...parts, body: Buffer.from(body, "base64") }));
      expect(call.candidates).toContainEqual({ service: vector.service, operation: vector.operation });
      for (const [name, given] of Object.entries(vector.parameters)) {
        if (!REWRITTEN.has(name)) expect({ [name]: plain(call.parameters[name]) }).toEqual({ [name]: given });
      }
    },
  );
});
