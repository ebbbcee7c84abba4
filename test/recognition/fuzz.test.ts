// Mutated requests of botocore: never a crash, and what is recognised is rebuilt as something that is recognised as the
// very same call. The long run is `npm run fuzz`; this one keeps the property alive in every test run.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { recognise } from "../../lambdas/recognition/recognise.ts";
import { mutate, seeded } from "./mutate.ts";
import { models, request, TARGET } from "./requests.ts";

interface Vector {
  readonly request: {
    readonly signingName: string;
    readonly method: string;
    readonly path: string;
    readonly query: [string, string][];
    readonly headers: Record<string, string>;
    readonly body: string;
  };
}

const file = new URL("vectors/botocore.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };
const originals = vectors.map(({ request: { signingName, body, ...parts } }) =>
  request(signingName, { ...parts, body: Buffer.from(body, "base64") }),
);

const RUNS = 6000;

describe("mutated requests", () => {
  it("are refused, or recognised as what their rebuilt request is recognised as", () => {
    const random = seeded(20260101);
    let recognisedCount = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const original = originals[run % originals.length];
      if (!original) throw new Error("no vectors");
      const mutated = mutate(original, random);
      const found = recognise(mutated, TARGET, models);
      if (found.kind === "refused") continue;
      recognisedCount += 1;
      const { upstream, signingName, ...call } = found.call;
      const again: SignedRequest = {
        ...upstream,
        headers: new Map(upstream.headers.map(([name, value]) => [name, [value]])),
        signingName,
        region: "eu-west-1",
      };
      const second = recognise(again, TARGET, models);
      expect(second.kind === "recognised" && second.call).toMatchObject({
        operation: call.operation,
        candidates: call.candidates,
        actions: call.actions,
        parameters: call.parameters,
      });
    }
    expect(recognisedCount).toBeGreaterThan(RUNS / 10);
  });
});
