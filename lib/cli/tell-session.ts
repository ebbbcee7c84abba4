// Gathers what the story of one session needs from the API: its records, orders that were about its agent or role, and the
// bodies that are kept apart where they are asked for.

import type { Opening, Order } from "../../lambdas/model/record.ts";
import type { ApiClient } from "./api-client.ts";
import { ApiProblem } from "./api-problem.ts";
import { callsOf, openingOf } from "./recorded-calls.ts";
import { searched, sessionRecords } from "./records.ts";
import { concerns, storyOf } from "./story.ts";
import type { Paint } from "./terminal.ts";

export interface TellOptions {
  readonly paint: Paint;
  readonly nowMs: number;
  /** Fetches and prints the recorded answers. */
  readonly answers: boolean;
}

const MOST_ORDERS = 100; // of one session's time

/** The lines of the story. @throws CommandError */
export async function tellSession(
  api: ApiClient,
  id: string,
  { paint, nowMs, answers }: TellOptions,
): Promise<readonly string[]> {
  const records = await sessionRecords(api, id);
  const opening = openingOf(records);
  const further = opening === undefined ? [] : await furtherOrders(api, opening);
  const calls = callsOf(records);
  const keys = calls.flatMap(({ outcome, either }) => {
    const response = outcome?.response;
    const at = either.call?.parametersAt;
    return [...(at === undefined ? [] : [at]), ...(response && "at" in response ? [response.at] : [])];
  });
  const payloads = answers ? await payloadsOf(api, keys) : undefined;
  return storyOf(id, records, { paint, nowMs, further, payloads });
}

/** Those who see their own agents only are not shown orders: the story then goes without. */
async function furtherOrders(api: ApiClient, opening: Opening): Promise<readonly Order[]> {
  const found: Order[] = [];
  const span = { from: opening.at, until: opening.expires, order: "oldest" };
  try {
    for await (const { record } of searched<Order>(api, "/orders", span, MOST_ORDERS)) {
      if (concerns(record, opening)) found.push(record);
    }
  } catch (error) {
    if (!(error instanceof ApiProblem) || (error.status !== 403 && error.status !== 404)) throw error;
  }
  return found;
}

async function payloadsOf(api: ApiClient, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  // A key is `payloads/<session>/<digest>`, and so is its path.
  for (const key of new Set(keys)) found.set(key, await api.bytes(`/${key}`));
  return found;
}
