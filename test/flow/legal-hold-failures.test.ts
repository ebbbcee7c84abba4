// Whatever the world fails at while a session is held or released, and whenever: the order repeated, or the next look,
// carries it out whole, and nothing says that it is done before it is.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { extendHolds, type HoldDependencies, placeHold, releaseHold } from "../../lambdas/flow/legal-hold.ts";
import { SESSION } from "../recording/facts.ts";
import { LATER, recordOf, type World, world } from "./held-session.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

type Ports = Omit<HoldDependencies, "clock">;
type When = "before" | "after";

/** The world as it is, but that `act` is done in the place of the call with this number, or once that was carried out. */
function disturbed(real: HoldDependencies, at: number, when: When, act: () => Promise<void>) {
  let calls = 0;
  const around = async (call: () => Promise<unknown>): Promise<unknown> => {
    calls += 1;
    if (calls !== at) return await call();
    if (when === "before") await act();
    const result = await call();
    if (when === "after") await act();
    return result;
  };
  const watch = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
        return (...given: unknown[]) => around(() => method.apply(target, given));
      },
    });
  const { clock, records, payloads, copies, marks } = real;
  const ports: Ports = {
    records: watch(records),
    payloads: watch(payloads),
    copies: watch(copies),
    marks: watch(marks),
  };
  return { dependencies: { clock, ...ports }, calls: () => calls };
}

const fails = (): Promise<void> => Promise.reject(new Error("the world failed"));

/** How many calls of the world this makes when all goes well. */
async function callsOf(act: (made: World, ports: HoldDependencies) => Promise<unknown>, made: World) {
  const { dependencies, calls } = disturbed(made.dependencies, 0, "before", fails);
  await act(made, dependencies);
  return calls();
}

async function held(): Promise<World> {
  const made = await world();
  await placeHold(SESSION, LATER, made.dependencies);
  return made;
}

const place = (made: World, ports: HoldDependencies) => placeHold(SESSION, made.clock.ms + 60_000, ports);
/** A look, at what the session has recorded since: a record, and a payload that it names. */
async function look(made: World, ports: HoldDependencies) {
  const at = await made.payloads.put(SESSION, Buffer.from("another ".repeat(2_000)));
  made.records.unshift(recordOf("CALL#0#OUTCOME", at));
  made.clock.ms += 61_000;
  return await extendHolds(made.clock.ms + 1_000, ports);
}
const release = (made: World, ports: HoldDependencies) => releaseHold(SESSION, made.clock.ms + 60_000, ports);

function expectHeldWhole({
  copied,
  held: holds,
  holds: { marked, objects },
  records,
  payloads,
}: World): void {
  const keys = [...objects.keys()];
  expect(new Set(copied()).size).toBe(records.length);
  expect(copied()).toHaveLength(records.length);
  expect(new Set(holds())).toEqual(new Set(["ON"]));
  expect(keys.filter((key) => key.includes("/payloads/"))).toHaveLength(payloads.objects.size);
  expect(marked.get(SESSION)?.status).toBe("held");
}

describe.each<When>(["before", "after"])("the world fails %s a call", (when) => {
  it("of a hold that is placed: placed again, the session is held whole, or says that a look will do it", async () => {
    const calls = await callsOf(place, await world());
    expect(calls).toBeGreaterThan(8);
    for (let at = 1; at <= calls; at += 1) {
      const made = await world();
      const { dependencies } = disturbed(made.dependencies, at, when, fails);
      await expect(place(made, dependencies), `call ${at}`).rejects.toThrow("failed");
      made.clock.ms += 1;
      const placed = await place(made, made.dependencies);
      // Where the claim of the first order was stored and not ended, nobody copies until its time is over.
      if (placed.kind === "held" && !placed.copied.whole) {
        made.clock.ms += 600_000;
        await extendHolds(made.clock.ms + 1_000, made.dependencies);
      }
      expectHeldWhole(made);
    }
  });

  it("of a hold that is placed: once it is marked, the next look holds the session whole", async () => {
    const calls = await callsOf(place, await world());
    for (let at = 1; at <= calls; at += 1) {
      const made = await world();
      const { dependencies } = disturbed(made.dependencies, at, when, fails);
      await place(made, dependencies).catch(() => {});
      if (!made.holds.marked.has(SESSION)) continue;
      made.clock.ms += 600_000;
      expect(await extendHolds(made.clock.ms + 1_000, made.dependencies)).toMatchObject({ failed: 0 });
      expectHeldWhole(made);
    }
  });

  it("of a look: it is counted, and a later look copies what is missing", async () => {
    const calls = await callsOf(look, await held());
    // The first call asks which sessions are due: without an answer the whole run fails.
    for (let at = 2; at <= calls; at += 1) {
      const made = await held();
      const { dependencies } = disturbed(made.dependencies, at, when, fails);
      expect(await look(made, dependencies), `call ${at}`).toMatchObject({ failed: 1 });
      made.clock.ms += 600_000;
      expect(await extendHolds(made.clock.ms + 1_000, made.dependencies)).toMatchObject({ failed: 0 });
      expectHeldWhole(made);
    }
  });

  it("of a release: no copy is left under hold once it says that it is done, and repeating it does it", async () => {
    const calls = await callsOf(release, await held());
    for (let at = 1; at <= calls; at += 1) {
      const made = await held();
      const { dependencies } = disturbed(made.dependencies, at, when, fails);
      await expect(release(made, dependencies), `call ${at}`).rejects.toThrow("failed");
      if (made.holds.marked.get(SESSION)?.status === "released") expect(made.held()).not.toContain("ON");
      expect(await release(made, made.dependencies)).toMatchObject({ kind: "released", whole: true });
      expect(made.held()).not.toContain("ON");
      expect(made.holds.marked.get(SESSION)).toMatchObject({ status: "released", dueAt: null });
    }
  });
});

describe("a release while a look is copying", () => {
  // A release listed the copies, lifted them and said that all were free; the look that was under way then added one more.
  it.each<When>(["before", "after"])(
    "%s any of its calls leaves no copy under hold when it says so",
    async (when) => {
      const calls = await callsOf(look, await held());
      let told = 0;
      for (let at = 1; at <= calls; at += 1) {
        const made = await held();
        let whole = false;
        const { dependencies } = disturbed(made.dependencies, at, when, async () => {
          const released = await releaseHold(SESSION, made.clock.ms + 1_000, made.dependencies);
          whole = released.kind === "released" && released.whole;
        });
        await look(made, dependencies);
        if (whole) {
          told += 1;
          expect(made.held(), `call ${at}`).not.toContain("ON");
        }
        expect(await release(made, made.dependencies)).toMatchObject({ whole: true });
        expect(made.held()).not.toContain("ON");
      }
      expect(told).toBeGreaterThan(0);
    },
  );
});
