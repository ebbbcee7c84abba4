// One call and everybody around it: the caller's SDK that tries again, the approver who presses again, the workflow
// by its real definition, AWS that counts. Only the processes of the functions are real processes; they are killed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Session } from "../../lambdas/model/principal.ts";
import { createExecutions, type Execution } from "../../lib/local/aws/states-executions.ts";
import { StateError } from "../../lib/local/aws/states-expressions.ts";
import { NOW } from "../flow/gateway.ts";
import type { FunctionPool, Invoked } from "./approval-kill-pool.ts";
import type { Kill, Reply, Work, World } from "./approval-kill-protocol.ts";
import { type IdleTime, idleTime } from "./approval-kill-time.ts";
import { reconcilerOf } from "./kill-reconcile.ts";
import { openSession, requestOf } from "./kill-requests.ts";
import type { Played, Scene, Told, Try } from "./kill-scene.ts";
import { approvalsOf, placesLost, recordsOf } from "./kill-tables.ts";
import { NOT_EXECUTED } from "./kill-upstream.ts";

const MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:approval";
const DEFINITION = readFileSync(join(import.meta.dirname, "../../statemachines/approval.asl.json"), "utf8");
const SETTLE_MS = 360_000; // so long after all ended the reconciler must have done its part

let serial = 0;

export async function play(
  scene: Scene,
  pool: Surroundings["pool"],
  client: DynamoDBClient,
): Promise<Played> {
  serial += 1;
  const session = await openSession(client, `agent-${serial}`);
  const stage = new Stage(scene, session, { pool, client });
  const told = await stage.perform();
  return stage.curtain(told);
}

interface Surroundings {
  readonly pool: Pick<FunctionPool, "invoke">;
  readonly client: DynamoDBClient;
}

class Stage {
  readonly #scene: Scene;
  readonly #client: DynamoDBClient;
  readonly #session: Session;
  readonly #pool: Pick<FunctionPool, "invoke">;
  readonly #time: IdleTime;
  readonly #subject: string;
  readonly #executions;
  readonly #started: Execution[] = [];
  readonly #acts: { work: string; acts: readonly string[] }[] = [];
  #kill: Scene["kill"];
  #killedAt: number | undefined;
  #sent = 0;
  #sends = 0;
  #unrecorded = 0;
  #placesLost = 0;
  #endsAt = Number.POSITIVE_INFINITY;
  readonly #tries: Try[] = [];
  #votes = 0;
  #vote: Promise<void> = Promise.resolve();

  constructor(scene: Scene, session: Session, { pool, client }: Surroundings) {
    const time = idleTime(NOW * 1_000);
    const { subject } = session.principal;
    this.#scene = scene;
    this.#pool = pool;
    this.#client = client;
    this.#session = session;
    this.#time = time;
    this.#subject = subject;
    this.#kill = scene.kill;
    const definition = DEFINITION.replaceAll(`\${AskFunctionArn}`, "ask").replaceAll(
      `\${RunFunctionArn}`,
      "run",
    );
    const machine = { name: "approval", arn: MACHINE, roleArn: "role", definition };
    this.#executions = createExecutions([machine], {
      clock: { now: time.now, sleep: (ms, signal) => time.sleep(ms, signal) },
      random: () => 0.5,
      invoke: (_role, name, payload) => this.#task(name as "ask" | "run", payload),
    });
  }

  /** The caller's program, with an SDK that tries ten times under one invocation id; then all that still runs. */
  async perform(): Promise<Played["told"]> {
    const reconciling =
      this.#scene.kill === null && this.#scene.faults !== true ? undefined : this.#reconcile();
    const told = await this.#program();
    await this.#vote;
    await this.#workflowsEnd();
    this.#placesLost = await this.#time.work(() => placesLost(this.#client, this.#subject, this.#time.now()));
    if (reconciling === undefined) return told;
    if (this.#scene.faults === true) {
      // What the reconciler starts meanwhile has its own time, and is looked after as well.
      await this.#time.sleep(SETTLE_MS);
      await this.#vote;
      await this.#workflowsEnd();
    }
    this.#endsAt = this.#time.now() + SETTLE_MS;
    await reconciling;
    return told;
  }

  async #workflowsEnd(): Promise<void> {
    for (const execution of this.#started) {
      while (execution.status === "RUNNING") await this.#time.sleep(1_000);
    }
  }

  /** With an SDK that tries ten times under one invocation id. */
  async #program(): Promise<Played["told"]> {
    let told: Played["told"] = "gone";
    for (let attempt = 1; attempt <= (this.#scene.tries ?? 10); attempt += 1) {
      const event = requestOf(this.#session, attempt, this.#time.now(), this.#scene.operation);
      const before = this.#sends;
      const deliveries = Array.from({ length: this.#scene.deliveries ?? 1 }, () =>
        this.#invoke("call", event),
      );
      const [ended] = await Promise.all(deliveries);
      if (ended === undefined) break;
      if (ended.kind === "killed" && !this.#scene.callerStays) break;
      told = ended.kind === "done" ? (ended.result as Told) : BAD_GATEWAY;
      this.#tries.push({ ...told, sends: this.#sends - before });
      if (!isTriedAgain(told)) break;
      await this.#time.sleep(told.status === 502 ? 500 * attempt : 5_000);
    }
    return told;
  }

  /** Each minute, as its schedule does. */
  async #reconcile(): Promise<void> {
    const run = reconcilerOf(this.#session, this.#scene.reconciler ?? this.#client, {
      start: (approval, input) => void this.#start({ kind: "start", approval, input }),
    });
    while (this.#time.now() < this.#endsAt) {
      await this.#time.sleep(60_000);
      await this.#time.work(() => run(this.#time.now()).catch(() => undefined));
    }
  }

  async #task(name: "ask" | "run", payload: unknown): Promise<unknown> {
    const ended = await this.#invoke(name, payload);
    if (ended.kind === "done") return { Payload: ended.result };
    throw new StateError(ended.kind === "killed" ? "Runtime.ExitError" : "Error", "");
  }

  async #invoke(work: Work, event: unknown): Promise<Invoked> {
    const step = (event as { step?: string }).step ?? work;
    const mine = this.#kill?.work === work && (this.#kill.step ?? step) === step ? this.#kill.kill : null;
    const { terms, decision } = this.#scene;
    const scene = { terms, ...(decision !== undefined && { decision }) };
    const ended = await this.#time.work(() =>
      this.#pool.invoke({ ...scene, work, event, now: this.#time.now(), kill: mine }, (world) =>
        this.#answer(world, mine),
      ),
    );
    if (ended.kind === "killed") {
      this.#kill = null;
      this.#killedAt = this.#time.now();
    } else {
      this.#acts.push({ work: step, acts: ended.acts });
    }
    return ended;
  }

  async #answer(world: World, kill: Kill | null): Promise<Reply | "kill now"> {
    switch (world.kind) {
      case "sleep":
        await this.#time.rest(() => this.#time.sleep(world.ms));
        return this.#time.now();
      case "start":
        return this.#start(world);
      case "resume":
        return this.#resume(world);
      case "send":
        return this.#send(kill);
      case "tell":
        this.#votes += 1;
        if (this.#votes === 1) this.#vote = this.#decide();
        return `1000.${this.#votes}`;
    }
  }

  async #send(kill: Kill | null): Promise<Reply | "kill now"> {
    this.#sends += 1;
    const word = this.#scene.upstream?.(this.#sends) ?? "sent";
    if (!NOT_EXECUTED.has(word)) this.#sent += 1;
    // One intent for each time that anything is sent, and before it.
    const { intents } = await recordsOf(this.#client, this.#session);
    if (intents.length < this.#sends) this.#unrecorded += 1;
    if (word === "slow") await this.#time.rest(() => this.#time.sleep(30_000));
    return kill?.when === "inside" ? "kill now" : word;
  }

  #start({ approval, input }: World & { readonly kind: "start" }): Reply {
    const machine = this.#executions.machines.get(MACHINE);
    if (machine === undefined) throw new Error("no machine");
    try {
      const execution = this.#executions.start(machine, approval, JSON.stringify(input));
      if (!this.#started.includes(execution)) this.#started.push(execution);
    } catch {
      // It has run already: the adapter takes that for started.
    }
    return "started";
  }

  #resume({ token, status }: World & { readonly kind: "resume" }): Reply {
    try {
      this.#executions.resume(token, ({ resolve }) => resolve({ status }));
      return "resumed";
    } catch {
      return "gone";
    }
  }

  /** A person, ten seconds after they were told; what shows an error is pressed again. */
  async #decide(): Promise<void> {
    const { choice } = this.#scene;
    if (choice === "none") return;
    await this.#time.sleep(10_000);
    const id = this.#started[0]?.name;
    const person = { id: "Ada", name: "Ada", groups: ["prod-approvers"] };
    const comment = choice === "reject" ? "not today" : null;
    const vote = { id, vote: { person, choice, comment, via: "page", grant: null } };
    for (let press = 1; press <= 3; press += 1) {
      if ((await this.#invoke("vote", vote)).kind === "done") return;
      await this.#time.sleep(10_000);
    }
  }

  async curtain(told: Played["told"]): Promise<Played> {
    const approvals = await approvalsOf(this.#client, this.#subject);
    // Of several, the one that was not withdrawn for another.
    const approval = approvals.find(({ status }) => status !== "cancelled") ?? approvals[0];
    const { intents, outcomes, refusals } = await recordsOf(this.#client, this.#session);
    // The Outcome of the execution, or the record of an end without one.
    const own = refusals.filter(({ gatewayRequestId }) => gatewayRequestId === `approval-${approval?.id}`);
    const ends = [...outcomes, ...own];
    const recordedAt = ends[0] === undefined ? undefined : Date.parse(ends[0].at);
    return {
      session: this.#session,
      ...{ sent: this.#sent, approval, approvals: approvals.length, ends, told, intents, outcomes },
      ...{ tries: this.#tries, unrecorded: this.#unrecorded, acts: this.#acts, executions: this.#started },
      secondsToEnd:
        recordedAt === undefined
          ? undefined
          : Math.round((recordedAt - (this.#killedAt ?? NOW * 1_000)) / 1_000),
      waitingPlacesLost: this.#placesLost,
      killed: this.#killedAt !== undefined,
    };
  }
}

function isTriedAgain({ status, text }: Told): boolean {
  return status >= 500 || (status === 400 && text.includes("Throttling"));
}

const BAD_GATEWAY = { status: 502, text: "" };
