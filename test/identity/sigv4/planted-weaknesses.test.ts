// Plants one weakness at a time into a copy of ingress and the verifier and runs every vector against it. A weakness
// that no vector notices would be a check that no test holds.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { eventOf as ingressEventOf, readEventVectors } from "../../ingress/event-vector.ts";
import { NOW } from "./independent-signer.ts";
import { judge, STEPS, type Steps } from "./judge.ts";
import { complaints, eventOf, readVectors, type Vector } from "./vector.ts";

/** Which text of which file below lambdas/ becomes what: a check skipped or loosened, as by a careless change. */
interface Weakness {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const WEAKNESSES = readVectors<Weakness>("weaknesses.json");
const LAMBDAS = join(import.meta.dirname, "../../../lambdas");
const ENTRY = `
  export { parseEvent } from "./ingress/parse-event.ts";
  export { routeOf } from "./ingress/route.ts";
  export { parseSignatureClaim } from "./identity/sigv4/signature-claim.ts";
  export { verifySignature } from "./identity/sigv4/verify-signature.ts";
`;
const TABLES = ["honest", "authorization", "time", "coverage", "tampering", "paths", "payload", "chunked"];

const signatureVectors = TABLES.flatMap((table) => readVectors<Vector>(`${table}.json`)).map((vector) => ({
  vector,
  event: eventOf(vector),
}));
const eventVectors = readEventVectors().map((vector) => ({ vector, event: ingressEventOf(vector) }));

describe("each planted weakness is caught by a vector", () => {
  test("there are at least 25, each named once, and none is caught when nothing is planted", () => {
    expect(WEAKNESSES.length).toBeGreaterThanOrEqual(25);
    expect(new Set(WEAKNESSES.map(({ name }) => name)).size).toBe(WEAKNESSES.length);
    expect(firstNotice(STEPS)).toBeUndefined();
  });

  test.each(WEAKNESSES)("$name", async (weakness) => {
    expect(firstNotice(await planted(weakness))).toBeDefined();
  });
});

/** The first vector that ends otherwise than it must. A throw is noticed too. */
function firstNotice(steps: Steps): string | undefined {
  for (const { vector, event } of signatureVectors) {
    try {
      const verdict = judge(event, NOW + (vector.later ?? 0), steps);
      if (complaints(vector, verdict).length > 0) return vector.name;
    } catch {
      return vector.name;
    }
  }
  return eventVectors.find(({ vector, event }) => !endsRight(vector, event, steps))?.vector.name;
}

function endsRight(vector: (typeof eventVectors)[number]["vector"], event: unknown, steps: Steps): boolean {
  const parsed = steps.parseEvent(event, {
    stage: "prod",
    originSecrets: ["origin-secret-of-the-tests-0123456789"],
  });
  if (parsed.kind === "refused") return parsed.code === vector.expect;
  const { headers } = parsed.request;
  const seen = Object.entries(vector.headers ?? {});
  return (
    vector.expect === "request" &&
    seen.every(([name, values]) => JSON.stringify(headers.get(name) ?? null) === JSON.stringify(values))
  );
}

async function planted({ file, from, to }: Weakness): Promise<Steps> {
  const path = join(LAMBDAS, file);
  const source = readFileSync(path, "utf8");
  // The formatter may break lines where the table has blanks.
  const place = new RegExp(from.trim().split(/\s+/).map(escaped).join("\\s+"), "g");
  const found = [...source.matchAll(place)];
  if (found.length !== 1) throw new Error(`\`${from}\` stands ${found.length} times in ${file}`);
  const contents = source.replace(place, () => to);
  const built = await build({
    stdin: { contents: ENTRY, resolveDir: LAMBDAS, loader: "ts" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    logLevel: "silent",
    plugins: [
      {
        name: "plant",
        setup: (builder) =>
          builder.onLoad({ filter: /\.ts$/ }, (args) =>
            args.path === path ? { contents, loader: "ts" } : undefined,
          ),
      },
    ],
  });
  const code = Buffer.from(built.outputFiles[0]?.contents ?? []).toString("base64");
  return (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as Steps;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
