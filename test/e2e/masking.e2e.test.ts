// Secrets in answers do not reach the agent (SECURITY 9 and 11). Every text, blob and map key of an answer is a canary of
// its own; the answers go through the gateway to unmodified SDK clients. Once with every member masked by policy, once
// with what is masked by default. The control: what is not to be hidden is found in the same bytes by the same search.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AwsAnswer } from "../../lambdas/recognition/answers/read-answer.ts";
import {
  CLEANUP_AGENT,
  type DemoAgent,
  READER_ROLE,
  REGION,
  REPORTS_AGENT,
} from "../../lib/local/demo-world.ts";
import { settled } from "../recognition/answers/sdk-parse.ts";
import { type Maker, outputOf, PLAIN_VALUES } from "../recognition/answers/sdk-values.ts";
import {
  answerHolding,
  clientOf,
  commandOf,
  operationOf,
  sdkService,
} from "../recognition/answers/sdk-wire.ts";
import { agentClients, useDemo } from "./demo.ts";
import { allItems, entriesOf, type Item, outcomesOf } from "./ledger.ts";
import { CASES, HIDDEN, INPUTS, type MaskCase, maskPolicies } from "./masking-cases.ts";
import { encodingsOf, hitsIn } from "./search.ts";
import { createStandIn } from "./stand-in.ts";
import { openTap, type Tap } from "./tap.ts";

/** Every canary begins so, so one search finds any of them. */
const FLOCK = `cnry${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;

interface Canary {
  readonly text: string;
  readonly path: string;
  readonly sensitive: boolean;
}

interface Answered extends MaskCase {
  readonly canaries: readonly Canary[];
  /** What the stand-in gave. */
  readonly given: Uint8Array;
  /** What came to the client, headers and all. */
  readonly told: Buffer;
  readonly parsed: unknown;
}

const standIn = createStandIn();
let policies: string | undefined;
const demo = useDemo(() => {
  policies = mkdtempSync(join(tmpdir(), "countersign-policies-"));
  writeFileSync(
    join(policies, "roles.cedar"),
    readFileSync(join(import.meta.dirname, "../../policies/roles.cedar")),
  );
  writeFileSync(join(policies, "masks.cedar"), maskPolicies());
  return { policies, standIn: standIn.answer };
});
let tap: Tap | undefined;
afterAll(async () => {
  await tap?.close();
  if (policies !== undefined) rmSync(policies, { recursive: true, force: true });
});

/** Headers that speak of the body: a client would check them, so the stand-in gives none. S3's client makes the last. */
const NOT_GIVEN = /^(Checksum\w+|ContentEncoding|ContentMD5|ExpiresString)$/;
let hatched = 0;

function canaryMaker(canaries: Canary[]): Maker {
  return ({ kind, path, sensitive }) => {
    if (kind !== "string" && kind !== "blob" && kind !== "key" && kind !== "document")
      return PLAIN_VALUES[kind];
    hatched += 1;
    const text = `${FLOCK}n${hatched}n`;
    if (!NOT_GIVEN.test(path)) canaries.push({ text, path, sensitive });
    if (kind === "document") return { [text]: [text] };
    return kind === "blob" ? Buffer.from(text) : text;
  };
}

/** Makes one agent's calls. */
async function caller(agent: DemoAgent) {
  tap ??= await openTap(demo().cloud.gatewayUrl);
  const { url, answers } = tap;
  const credentials = await agentClients(demo(), { tokenFile: tokenFileOf(agent) }).s3.config.credentials();
  return async ({ service, operation: name }: MaskCase): Promise<Answered> => {
    const sdk = sdkService(service);
    const operation = operationOf(sdk, name);
    const client = clientOf(sdk, {
      ...{ endpoint: `${url}/aws`, region: REGION, credentials },
      ...{ maxAttempts: 1, forcePathStyle: true },
    });
    const canaries: Canary[] = [];
    const answer: AwsAnswer = await answerHolding(
      client,
      operation,
      outputOf(operation, canaryMaker(canaries)),
    );
    standIn.expect(name, answer);
    const before = answers().map(({ length }) => length);
    const { $metadata, ...parsed } = await client.send(commandOf(sdk, operation, INPUTS[name]));
    const output = await settled(parsed);
    const told = Buffer.concat(answers().map((bytes, index) => bytes.subarray(before[index] ?? 0)));
    expect(standIn.answered(), `${service} ${name} reached the stand-in`).toBe(1);
    const given = Buffer.concat([Buffer.from(JSON.stringify(answer.headers)), answer.body]);
    return { service, operation: name, canaries, given, told, parsed: output };
  };
}

function tokenFileOf(agent: DemoAgent): string {
  return demo().environment(READER_ROLE, agent).AWS_WEB_IDENTITY_TOKEN_FILE;
}

async function all(
  agent: DemoAgent,
): Promise<{ readonly done: readonly Answered[]; readonly failed: readonly string[] }> {
  const call = await caller(agent);
  const done: Answered[] = [];
  const failed: string[] = [];
  for (const each of CASES) {
    try {
      done.push(await call(each));
    } catch (error) {
      failed.push(`${each.service} ${each.operation}: ${(error as Error).message.slice(0, 300)}`);
    }
  }
  return { done, failed };
}

function flockIn(place: Uint8Array | string): readonly string[] {
  return hitsIn(place, encodingsOf(FLOCK));
}

function isIn(place: Uint8Array, { text }: Canary): boolean {
  return hitsIn(place, encodingsOf(text)).length > 0;
}

describe("answers full of canaries", () => {
  let usual: Awaited<ReturnType<typeof all>>;
  let everything: Awaited<ReturnType<typeof all>>;
  let recorded: ReturnType<typeof outcomesOf>;

  beforeAll(async () => {
    usual = await all(REPORTS_AGENT);
    recorded = outcomesOf(await entriesOf(demo()));
    everything = await all(CLEANUP_AGENT);
  }, 60_000);

  /** By the record of the call. */
  function hiddenIn({ service, operation }: Answered): (canary: Canary) => boolean {
    const outcome = recorded.find(({ call }) => call?.operation === operation && call.service === service);
    const paths = outcome?.masks?.paths ?? {};
    return ({ path }) => Object.hasOwn(paths, path);
  }

  test("reach the client of every service, and it reads them, masked or not", () => {
    expect(usual.failed).toEqual([]);
    expect(everything.failed).toEqual([]);
    expect(new Set(usual.done.map(({ service }) => service)).size).toBe(27);
  });

  test("are full: what the stand-in gives holds every canary (the control)", () => {
    for (const { service, operation, canaries, given } of usual.done) {
      const lost = canaries.filter((canary) => !isIn(given, canary));
      expect(lost, `${service} ${operation}`).toEqual([]);
    }
    expect(hatched).toBeGreaterThan(2_000);
  });

  test("tell none of them where a policy masks every member", () => {
    const told = everything.done.filter(
      ({ told, parsed }) => flockIn(told).length > 0 || flockIn(JSON.stringify(parsed)).length > 0,
    );
    expect(
      told.map(({ service, operation, canaries, told }) => [
        service,
        operation,
        canaries.filter((canary) => isIn(told, canary)).map(({ path }) => path),
      ]),
    ).toEqual([]);
  });

  test("tell by default what is no secret, and nothing that the models mark", () => {
    const leaked = usual.done.flatMap(({ service, operation, canaries, told }) =>
      canaries
        .filter((canary) => canary.sensitive && isIn(told, canary))
        .map(({ path }) => `${service} ${operation} ${path}`),
    );
    expect(leaked).toEqual([]);
    const named = usual.done.flatMap(({ service, operation, canaries, told }) =>
      canaries.flatMap((canary) => {
        const name = `${service} ${operation} ${canary.path}`;
        return HIDDEN.includes(name) ? [isIn(told, canary) ? `${name} is told` : name] : [];
      }),
    );
    expect(named.toSorted()).toEqual(HIDDEN);
    const sensitive = usual.done.flatMap(({ canaries }) => canaries.filter((canary) => canary.sensitive));
    expect(sensitive.length).toBeGreaterThan(15);
  });

  test("are masked by default exactly where the outcome says so, and found everywhere else (the control)", () => {
    const wrong: string[] = [];
    let found = 0;
    for (const one of usual.done) {
      const isHidden = hiddenIn(one);
      for (const canary of one.canaries) {
        if (!isHidden(canary)) found += 1;
        if (isIn(one.told, canary) === isHidden(canary))
          wrong.push(`${one.service} ${one.operation} ${canary.path}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(found).toBeGreaterThan(1_000);
  });

  test("are in no table, no log and no reason of the edge", async () => {
    const { logs, edgeErrors } = demo().cloud;
    const all = await allItems(demo());
    expect(all.length).toBeGreaterThan(100);
    // At the level `full` a record keeps the answer as its caller got it: what was hidden from them is not in there.
    const hidden = usual.done.flatMap((one) => one.canaries.filter(hiddenIn(one)));
    const whole = JSON.stringify(all);
    expect(hidden.length).toBeGreaterThan(50);
    expect(hidden.filter((canary) => isIn(Buffer.from(whole), canary))).toEqual([]);
    const items = all.map(withoutAnswer);
    expect(flockIn(JSON.stringify(items))).toEqual([]);
    for (const item of items) {
      const texts = Object.values(item).map((value) => value.S ?? JSON.stringify(value));
      expect(flockIn(texts.join("\n"))).toEqual([]);
    }
    expect(flockIn(logs.map(({ text }) => text).join("\n"))).toEqual([]);
    expect(flockIn(edgeErrors.join("\n"))).toEqual([]);
  });
});

function withoutAnswer(item: Item): Item {
  const text = item.record?.S ?? "";
  if (!text.startsWith("{")) return item;
  const { response: _, ...record } = JSON.parse(text);
  return { ...item, record: { S: JSON.stringify(record) } };
}
