// Places to wait over DynamoDB (table `state`): so many items for each agent and so many over all, each taken by a
// conditional write until a time after which anybody may take it over. A caller needs one of both kinds. Nothing is
// deleted: a place that is left is one that has expired.

import { createHash } from "node:crypto";
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { WaitingPlace, WaitingPlaces } from "../approval/ports.ts";

const PLACES_PER_AGENT = 2;
const TRIES = 4; // of the places over all: beyond that the caller is told to come back, which costs it nothing
const TTL_MARGIN_SECONDS = 3_600;

export interface WaitingPlacesSetup {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** How many may wait at once, over all agents and function instances. */
  readonly places: number;
  readonly newNonce: () => string;
  /** 0 to below 1: where in all the places the search begins. */
  readonly random: () => number;
}

export function createWaitingPlaces(setup: WaitingPlacesSetup): WaitingPlaces {
  return {
    async take(agent, now, until) {
      const holder = setup.newNonce();
      const name = createHash("sha256").update(agent).digest("hex");
      const own = await takeOne(
        setup,
        Array.from({ length: PLACES_PER_AGENT }, (_, index) => `WAIT#AGENT#${name}#${index}`),
        { holder, now, until },
      );
      if (own === undefined) return "none";
      const shared = await takeOne(setup, sharedPlaces(setup), { holder, now, until });
      if (shared !== undefined) return placeOf(setup, [own, shared], holder);
      await placeOf(setup, [own], holder).leave();
      return "none";
    },
  };
}

/** A few of the places over all, chosen at random so that callers seldom meet. */
function sharedPlaces({ places, random }: WaitingPlacesSetup): readonly string[] {
  const start = Math.floor(random() * places);
  // A stride that has no factor in common with the number would be nicer; neighbours serve as well.
  return Array.from(
    { length: Math.min(TRIES, places) },
    (_, index) => `WAIT#ALL#${(start + index) % places}`,
  );
}

interface Hold {
  readonly holder: string;
  readonly now: number;
  readonly until: number;
}

async function takeOne(
  setup: WaitingPlacesSetup,
  keys: readonly string[],
  hold: Hold,
): Promise<string | undefined> {
  for (const key of keys) if (await isTaken(setup, key, hold)) return key;
  return undefined;
}

async function isTaken(
  { client, table }: WaitingPlacesSetup,
  key: string,
  { holder, now, until }: Hold,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          pk: { S: key },
          holder: { S: holder },
          until: { N: String(until) },
          ttl: { N: String(until + TTL_MARGIN_SECONDS) },
        },
        // The holder's own write, which the SDK repeated because its answer was lost, counts as well.
        ConditionExpression: "attribute_not_exists(pk) OR #until <= :now OR #holder = :holder",
        ExpressionAttributeNames: { "#until": "until", "#holder": "holder" },
        ExpressionAttributeValues: { ":now": { N: String(now) }, ":holder": { S: holder } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function placeOf(
  { client, table }: WaitingPlacesSetup,
  keys: readonly string[],
  holder: string,
): WaitingPlace {
  const leaveOne = (key: string) =>
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: key } },
        UpdateExpression: "SET #until = :zero",
        ConditionExpression: "#holder = :holder",
        ExpressionAttributeNames: { "#until": "until", "#holder": "holder" },
        ExpressionAttributeValues: { ":zero": { N: "0" }, ":holder": { S: holder } },
      }),
    );
  return {
    async leave() {
      await Promise.allSettled(keys.map(leaveOne));
    },
  };
}
