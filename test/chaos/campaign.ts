// Plays schedules over real flows and real DynamoDB adapters and asks the invariants of each. Also once over all that they
// left: no secret in any table, and every record in the chain of checkpoints, as it is stored.

import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { checkpoint } from "../../lambdas/flow/checkpoint.ts";
import { parseCheckpoint } from "../../lambdas/recording/checkpoint.ts";
import { leafHashOf } from "../../lambdas/recording/leaf.ts";
import { MINUTE_MS } from "../../lambdas/recording/minutes.ts";
import { play } from "../e2e/approval-kill-world.ts";
import { CREDENTIAL_CANARY } from "../e2e/kill-functions.ts";
import { sessionSecret } from "../e2e/kill-requests.ts";
import type { Played } from "../e2e/kill-scene.ts";
import { stateItems } from "../e2e/kill-tables.ts";
import { fakeCheckpointStore, fakeSigner } from "../fakes/checkpoints.ts";
import { type DynaliteTables, SESSIONS_TABLE } from "../fakes/dynalite-tables.ts";
import { NOW } from "../flow/gateway.ts";
import { faultyPool } from "./faults.ts";
import { violationsOf } from "./invariants.ts";
import { KINDS, type Kind, type Places, type PlannedCall, sceneOf, scheduleOf } from "./schedules.ts";

type Client = DynaliteTables["client"];

export interface Campaign {
  readonly schedules: number;
  readonly calls: number;
  readonly planned: number;
  /** Faults that were met. */
  readonly fired: number;
  readonly carriedOut: number;
  readonly closedByReconciler: number;
  readonly violations: readonly string[];
}

export async function campaign(seeds: readonly number[], client: Client): Promise<Campaign> {
  const places = await placesOf(client);
  const sums = {
    schedules: seeds.length,
    calls: 0,
    planned: 0,
    fired: 0,
    carriedOut: 0,
    closedByReconciler: 0,
  };
  const violations: string[] = [];
  const secrets: string[] = [];
  for (const seed of seeds) {
    const schedule = scheduleOf(seed, places);
    const played = await Promise.all([...schedule.map((call) => playOne(call, client)), bystander(client)]);
    for (const one of played) {
      sums.calls += 1;
      sums.planned += one.planned;
      sums.fired += one.fired;
      sums.carriedOut += one.played.sent;
      sums.closedByReconciler += one.played.outcomes.filter(({ closedBy }) => closedBy !== undefined).length;
      secrets.push(sessionSecret(one.played.session));
      violations.push(...one.violations.map((text) => `seed ${seed}: ${text}`));
    }
  }
  violations.push(...(await secretsIn(client, [CREDENTIAL_CANARY, ...secrets])), ...(await unsealed(client)));
  return { ...sums, violations };
}

interface Result {
  readonly played: Played;
  readonly planned: number;
  readonly fired: number;
  readonly violations: readonly string[];
}

async function playOne({ kind, scene, faults }: PlannedCall, client: Client): Promise<Result> {
  const pool = faultyPool(client, faults);
  const { reconciler, upstream } = pool;
  const played = await play({ ...scene, faults: true, kill: null, reconciler, upstream }, pool, client);
  const { fired } = pool;
  const found = violationsOf({ kind, deliveries: scene.deliveries ?? 1, fired, played });
  const about = `${kind}, ${JSON.stringify(faults)}, deliveries ${scene.deliveries}, stays ${scene.callerStays}`;
  return {
    ...{ played, planned: faults.length, fired: fired.size },
    violations: found.map((text) => `${text} (${about})`),
  };
}

/** Another agent's call, with nothing wrong about it. */
async function bystander(client: Client): Promise<Result> {
  const pool = faultyPool(client, []);
  const played = await play({ ...sceneOf("write"), kill: null }, pool, client);
  const isServed = played.told !== "gone" && played.told.status === 200 && played.sent === 1;
  return {
    played,
    planned: 0,
    fired: 0,
    violations: isServed ? [] : ["I9: another agent's call was not served"],
  };
}

/** What each kind does where nothing fails: where faults can be. */
async function placesOf(client: Client): Promise<Places> {
  const entries = KINDS.map(async (kind) => {
    const seen = new Map<string, Places[Kind][number]>();
    const pool = faultyPool(client, []);
    const { acts } = await play({ ...sceneOf(kind), kill: null }, pool, client);
    for (const { work, acts: names } of acts) {
      const counts = new Map<string, number>();
      for (const act of names) {
        const nth = (counts.get(act) ?? 0) + 1;
        counts.set(act, nth);
        const place = {
          work: work === "call" || work === "vote" || work === "run" ? work : "ask",
          act,
          nth,
        } as const;
        seen.set(JSON.stringify(place), place);
      }
    }
    const sorted = [...seen.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return [kind, sorted.map(([, place]) => place)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as unknown as Places;
}

/** Raw, and as the fake seal of these tests holds what it seals. */
async function secretsIn(client: Client, secrets: readonly string[]): Promise<readonly string[]> {
  const items = [...(await stateItems(client)), ...(await records(client))];
  const text = JSON.stringify(items);
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]);
  return forms
    .filter((form) => text.includes(form))
    .map((form) => `I6: a table holds ${form.slice(0, 8)}...`);
}

/** Seals all records as the function of checkpoints would, and counts: each once, by the hash of what is stored. */
async function unsealed(client: Client): Promise<readonly string[]> {
  const written = (await records(client)).map((item) => ({
    minute: item.minute?.S ?? "",
    record: { pk: item.pk?.S ?? "", sk: item.sk?.S ?? "", at: item.at?.S ?? "", leaf: item.leaf?.S ?? "" },
    hash: leafHashOf({ pk: item.pk?.S ?? "", sk: item.sk?.S ?? "", record: item.record?.S ?? "" }),
  }));
  const last =
    written
      .map(({ minute }) => minute.slice(2, 18))
      .toSorted()
      .at(-1) ?? "";
  const clock = { nowMs: () => clock.ms, ms: NOW * 1_000 - 15 * MINUTE_MS };
  const store = fakeCheckpointStore();
  const index = {
    writtenIn: async (startMs: number) => {
      const minute = `m#${new Date(startMs).toISOString().slice(0, 16)}#`;
      return written.filter((one) => one.minute.startsWith(minute)).map(({ record }) => record);
    },
  };
  const run = () => checkpoint({ clock, index, store, signer: fakeSigner(), deployment: "d" });
  await run();
  clock.ms = Date.parse(`${last}:00Z`) + 3 * MINUTE_MS;
  while ((await run()).checkpoints > 0);
  const lines = [...store.stored.values()];
  const leaves = lines.flatMap((line) => line.leaves);
  const counts = lines.map((line) => parseCheckpoint(line.checkpoint)?.count ?? 0);
  const isWhole =
    new Set(leaves).size === leaves.length &&
    leaves.length === written.length &&
    counts.reduce((sum, count) => sum + count, 0) === written.length &&
    written.every(({ hash, record }) => hash === record.leaf && leaves.includes(hash));
  return isWhole ? [] : [`I5: ${written.length} records, ${leaves.length} leaves`];
}

async function records(client: Client) {
  const items: Record<string, { S?: string }>[] = [];
  let start: Record<string, never> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: SESSIONS_TABLE,
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    items.push(...((page.Items ?? []) as Record<string, { S?: string }>[]));
    start = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (start !== undefined);
  return items;
}
