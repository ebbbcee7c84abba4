// Functions in this process whose world fails as a plan says: an act throws before or after it was carried out, is
// repeated as an SDK repeats it, takes long, or is the function's last. A killed function never returns from its act.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { FunctionPool, Invoked } from "../e2e/approval-kill-pool.ts";
import type { Work } from "../e2e/approval-kill-protocol.ts";
import { actingClient, carryOut } from "../e2e/kill-functions.ts";

export type ActFault = "fails" | "fails late" | "twice" | "slow" | "killed before" | "killed after";
export type UpstreamFault = "not_sent" | "reset" | "cut" | "throttled" | "500" | "slow";

export type Fault =
  | {
      readonly kind: "act";
      readonly work: Work | "reconcile";
      readonly act: string;
      readonly nth: number;
      readonly how: ActFault;
    }
  | { readonly kind: "upstream"; readonly nth: number; readonly how: UpstreamFault }
  /** The nth function of this kind believes in another time. */
  | { readonly kind: "clock"; readonly work: Work; readonly nth: number; readonly ms: number };

export interface FaultyPool extends Pick<FunctionPool, "invoke"> {
  readonly fired: ReadonlySet<Fault>;
  readonly reconciler: DynamoDBClient;
  upstream(nth: number): string;
}

const SLOW_MS = 20_000;

type Act = <T>(name: string, doIt: () => Promise<T>) => Promise<T>;

/** What a function in the middle of its acts can come to. */
interface Life {
  readonly sleep: () => Promise<unknown>;
  readonly die: () => Promise<never>;
  readonly isDead: () => boolean;
}

export function faultyPool(client: DynamoDBClient, faults: readonly Fault[]): FaultyPool {
  const fired = new Set<Fault>();
  const invocations = new Map<Work, number>();
  const actIn = (work: Work | "reconcile", life: Life): Act => {
    const counts = new Map<string, number>();
    return async (name, doIt) => {
      if (life.isDead()) return NEVER;
      const nth = (counts.get(name) ?? 0) + 1;
      counts.set(name, nth);
      const fault = faults.find(
        (one) =>
          one.kind === "act" && !fired.has(one) && one.work === work && one.act === name && one.nth === nth,
      );
      if (fault?.kind !== "act") return alive(await doIt(), life);
      fired.add(fault);
      return faulty(fault.how, doIt, life);
    };
  };
  const skewOf = (work: Work): number => {
    const nth = (invocations.get(work) ?? 0) + 1;
    invocations.set(work, nth);
    const fault = faults.find((one) => one.kind === "clock" && one.work === work && one.nth === nth);
    if (fault?.kind !== "clock") return 0;
    fired.add(fault);
    return fault.ms;
  };
  return {
    fired,
    reconciler: actingClient({ client, act: actIn("reconcile", IMMORTAL) }),
    upstream(nth) {
      const fault = faults.find((one) => one.kind === "upstream" && one.nth === nth);
      if (fault?.kind !== "upstream") return "sent";
      fired.add(fault);
      return fault.how;
    },
    async invoke(message, onWorld) {
      const killed = Promise.withResolvers<Invoked>();
      let isDead = false;
      const die = (): Promise<never> => {
        isDead = true;
        killed.resolve({ kind: "killed", signal: "SIGKILL" });
        return NEVER;
      };
      const skew = skewOf(message.work);
      const now = { ms: message.now + skew };
      const ask = async (world: Parameters<typeof onWorld>[0]) => {
        const reply = await onWorld(world);
        if (isDead) return NEVER;
        if (reply === "kill now") return die();
        return world.kind === "sleep" ? Number(reply) + skew : reply;
      };
      const sleep = async () => {
        now.ms = Number(await ask({ kind: "sleep", ms: SLOW_MS }));
      };
      const inner = actIn(message.work, { sleep, die, isDead: () => isDead });
      const acts: string[] = [];
      const act: Act = (name, doIt) => {
        acts.push(name);
        return inner(name, doIt);
      };
      const ended = carryOut({ kind: "invoke", ...message }, { act, ask, client, now }).then(
        (result): Invoked => ({ kind: "done", result, acts }),
        (error: unknown): Invoked => ({ kind: "failed", message: String(error), acts }),
      );
      return Promise.race([ended, killed.promise]);
    },
  };
}

const NEVER = new Promise<never>(() => {});
const IMMORTAL: Life = {
  sleep: async () => {},
  isDead: () => false,
  die: async () => {
    throw new Error("killed"); // a run that is cut off: the next minute begins anew
  },
};

async function faulty<T>(how: ActFault, doIt: () => Promise<T>, life: Life): Promise<T> {
  switch (how) {
    case "fails":
      throw new Error("the world is down");
    case "fails late":
      await doIt();
      throw new Error("the answer of the world was lost");
    case "twice":
      await doIt();
      return alive(await doIt(), life);
    case "slow":
      await life.sleep();
      return alive(await doIt(), life);
    case "killed before":
      return life.die();
    case "killed after":
      await doIt();
      return life.die();
  }
}

function alive<T>(result: T, { isDead }: Life): T | Promise<never> {
  return isDead() ? NEVER : result;
}
