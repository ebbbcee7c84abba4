// One process of the gateway's functions, for tests that kill it. Told to die at an act, it kills itself with SIGKILL just
// before or just after that act.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { FromChild, Invoke, Reply, World } from "./approval-kill-protocol.ts";
import { carryOut } from "./kill-functions.ts";

const tell = (message: FromChild): void => void process.send?.(message);

let invoked: Invoke | undefined;
const acts: string[] = [];
const done: string[] = [];
const replies = new Map<number, (reply: Reply) => void>();
let asked = 0;

function askParent(world: World): Promise<Reply> {
  asked += 1;
  const id = asked;
  const { promise, resolve } = Promise.withResolvers<Reply>();
  replies.set(id, resolve);
  tell({ kind: "world", id, world });
  return promise;
}

/** Does one act under its name, and dies at it if that is what it was told. */
async function act<T>(name: string, doIt: () => Promise<T>): Promise<T> {
  acts.push(name);
  const kill = invoked?.kill;
  const isAt = (nth: number): boolean => kill?.act === name && kill.nth === nth;
  const times = (): number => done.filter((one) => one === name).length;
  if (kill?.when === "before" && isAt(times() + 1)) die();
  const result = await doIt(); // a write that lost a race is none
  done.push(name);
  if (kill?.when === "after" && isAt(times())) die();
  return result;
}

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;); // until the signal is here
}

const client = new DynamoDBClient({
  endpoint: process.argv[2] ?? "",
  region: "eu-west-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 3,
});

process.on("message", (message: Invoke | { readonly kind: "reply"; id: number; reply: Reply }) => {
  if (message.kind === "reply") {
    replies.get(message.id)?.(message.reply);
    replies.delete(message.id);
    return;
  }
  invoked = message;
  acts.length = 0;
  done.length = 0;
  carryOut(message, { act, ask: askParent, client, now: { ms: message.now } }).then(
    (result) => tell({ kind: "done", result, acts }),
    (error: unknown) => tell({ kind: "failed", message: String((error as Error).stack), acts }),
  );
});
tell({ kind: "ready" });
