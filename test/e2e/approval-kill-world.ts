// One held call and everybody around it: the caller's SDK that tries again, the approver who presses again, the workflow
// by its real definition, AWS that counts. Only the processes of the functions are real processes; they are killed.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { createSessionStore } from "../../lambdas/aws/session-store.ts";
import { secretMessage } from "../../lambdas/identity/session-keys.ts";
import type { Approval, ApprovalId } from "../../lambdas/model/approval.ts";
import { keyIdOf } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import type { Outcome } from "../../lambdas/model/record.ts";
import { newSessionId } from "../../lambdas/net/randomness.ts";
import { createExecutions, type Execution } from "../../lib/local/aws/states-executions.ts";
import { StateError } from "../../lib/local/aws/states-expressions.ts";
import { SESSIONS_TABLE, STATE_TABLE } from "../fakes/dynalite-tables.ts";
import { NOW, ROLE, secretOf } from "../flow/gateway.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { ISSUER } from "../identity/token/issue.ts";
import { asEvent } from "../ingress/as-event.ts";
import type { FunctionPool, Invoked } from "./approval-kill-pool.ts";
import type { Kill, Reply, Terms, Work, World } from "./approval-kill-protocol.ts";
import { type IdleTime, idleTime } from "./approval-kill-time.ts";

const MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:approval";
const DEFINITION = readFileSync(join(import.meta.dirname, "../../statemachines/approval.asl.json"), "utf8");
const HOST = ["Host", "d111111abcdef8.cloudfront.net"] as const;

export interface Scene {
  readonly terms: Terms;
  readonly choice: "approve" | "reject" | "none";
  /** Whether the program goes on trying after its process at the gateway was killed. */
  readonly callerStays: boolean;
  /** How often its SDK tries; 10 when left out. */
  readonly tries?: number;
  readonly kill: { readonly work: Work; readonly step?: string; readonly kill: Kill } | null;
}

export interface Played {
  /** How often AWS was sent the call. */
  readonly sent: number;
  readonly approval: Approval | undefined;
  readonly approvals: number;
  /** Of the approval's end, not of the tries of its caller. */
  readonly ends: readonly Outcome[];
  readonly told: { readonly status: number; readonly text: string } | "gone";
  readonly executions: readonly Execution[];
  /** Seconds from the crash to the record of the end; without a crash from the beginning. */
  readonly secondsToEnd: number | undefined;
  readonly waitingPlacesLost: number;
  readonly killed: boolean;
  /** The acts of each function that ended, in order. */
  readonly acts: readonly { readonly work: string; readonly acts: readonly string[] }[];
}

let serial = 0;

export async function play(scene: Scene, pool: FunctionPool, client: DynamoDBClient): Promise<Played> {
  serial += 1;
  const stage = new Stage(scene, pool, idleTime(NOW * 1_000), `agent-${serial}`);
  const session = await stage.openSession(client);
  const told = await stage.perform(session);
  return stage.curtain(client, session, told);
}

class Stage {
  readonly #scene: Scene;
  readonly #pool: FunctionPool;
  readonly #time: IdleTime;
  readonly #subject: string;
  readonly #executions;
  readonly #started: Execution[] = [];
  readonly #acts: { work: string; acts: readonly string[] }[] = [];
  readonly #place: string;
  #kill: Scene["kill"];
  #killedAt: number | undefined;
  #sent = 0;
  #votes = 0;
  #vote: Promise<void> = Promise.resolve();

  constructor(scene: Scene, pool: FunctionPool, time: IdleTime, subject: string) {
    this.#scene = scene;
    this.#pool = pool;
    this.#time = time;
    this.#subject = subject;
    this.#kill = scene.kill;
    this.#place = `WAIT#AGENT#${createHash("sha256").update(`${ISSUER}|${subject}`).digest("hex")}`;
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

  async openSession(client: DynamoDBClient): Promise<Session> {
    const session: Session = {
      id: newSessionId(),
      principal: { issuer: ISSUER, subject: this.#subject, groups: [], claims: {} },
      role: ROLE,
      keyArn: "arn:aws:kms:eu-west-1:111122223333:key/session",
      sourceIp: "203.0.113.7",
      userAgent: "test",
      openedAt: NOW,
      expiresAt: NOW + 40 * 86_400,
    };
    await createSessionStore({ client, table: STATE_TABLE }).open(session);
    return session;
  }

  /** The caller's program, with an SDK that tries ten times under one invocation id; then all that still runs. */
  async perform(session: Session): Promise<Played["told"]> {
    let told: Played["told"] = "gone";
    for (let attempt = 1; attempt <= (this.#scene.tries ?? 10); attempt += 1) {
      const ended = await this.#invoke("call", this.#request(session, attempt));
      if (ended.kind === "killed" && !this.#scene.callerStays) break;
      told = ended.kind === "done" ? (ended.result as { status: number; text: string }) : BAD_GATEWAY;
      if (!isTriedAgain(told)) break;
      await this.#time.sleep(told.status === 502 ? 500 * attempt : 5_000);
    }
    await this.#vote;
    for (const execution of this.#started) {
      while (execution.status === "RUNNING") await this.#time.sleep(1_000);
    }
    return told;
  }

  #request({ id }: Session, attempt: number): unknown {
    const body = Buffer.from(JSON.stringify({ TableName: "orders", Item: { id: { S: this.#subject } } }));
    const timestamp = new Date(this.#time.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");
    const headers = [
      HOST,
      ["Content-Type", "application/x-amz-json-1.0"],
      ["X-Amz-Target", "DynamoDB_20120810.PutItem"],
      ["X-Amz-Date", timestamp],
      ["amz-sdk-invocation-id", `invocation-${this.#subject}`],
      ["Content-Length", String(body.length)],
    ] as const;
    const unsigned = { method: "POST", path: "/aws", query: "", headers, body };
    const secret = secretOf(secretMessage(id));
    const scope = { service: "dynamodb", timestamp, keyId: keyIdOf(id), secret };
    const event = asEvent(signRequest(unsigned, scope).request);
    event.requestContext.requestId = `${this.#subject}-${attempt}`;
    return event;
  }

  async #task(name: "ask" | "run", payload: unknown): Promise<unknown> {
    const ended = await this.#invoke(name, payload);
    if (ended.kind === "done") return { Payload: ended.result };
    throw new StateError(ended.kind === "killed" ? "Runtime.ExitError" : "Error", "");
  }

  async #invoke(work: Work, event: unknown): Promise<Invoked> {
    const step = (event as { step?: string }).step ?? work;
    const mine = this.#kill?.work === work && (this.#kill.step ?? step) === step ? this.#kill.kill : null;
    const ended = await this.#time.work(() =>
      this.#pool.invoke(
        { work, event, now: this.#time.now(), terms: this.#scene.terms, kill: mine },
        (world) => this.#answer(world, mine),
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

  async #answer(world: World, kill: Kill | null): Promise<Reply> {
    switch (world.kind) {
      case "sleep":
        await this.#time.rest(() => this.#time.sleep(world.ms));
        return this.#time.now();
      case "start":
        return this.#start(world);
      case "resume":
        return this.#resume(world);
      case "send":
        this.#sent += 1;
        return kill?.when === "inside" ? "kill now" : "sent";
      case "tell":
        this.#votes += 1;
        if (this.#votes === 1) this.#vote = this.#decide();
        return `1000.${this.#votes}`;
    }
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

  async curtain(client: DynamoDBClient, session: Session, told: Played["told"]): Promise<Played> {
    const state = (await client.send(new ScanCommand({ TableName: STATE_TABLE }))).Items ?? [];
    const approvals = state
      .filter(({ pk }) => pk?.S?.startsWith("APPROVAL#"))
      .map(({ record }) => JSON.parse(record?.S ?? "") as Approval)
      .filter(({ subject }) => subject === this.#subject);
    // Of several, the one that was not withdrawn for another.
    const approval = approvals.find(({ status }) => status !== "cancelled") ?? approvals[0];
    const ends = await endsOf(client, session, approval?.id);
    const start = NOW * 1_000;
    const recordedAt = ends[0] === undefined ? undefined : Date.parse(ends[0].at);
    const lost = state.filter(
      ({ pk, until }) => pk?.S?.startsWith(this.#place) && Number(until?.N) > this.#time.now() / 1_000 + 25,
    );
    return {
      ...{ sent: this.#sent, approval, approvals: approvals.length, ends, told },
      executions: this.#started,
      secondsToEnd:
        recordedAt === undefined ? undefined : Math.round((recordedAt - (this.#killedAt ?? start)) / 1_000),
      waitingPlacesLost: lost.length,
      killed: this.#killedAt !== undefined,
      acts: this.#acts,
    };
  }
}

function isTriedAgain({ status, text }: { readonly status: number; readonly text: string }): boolean {
  return status >= 500 || (status === 400 && text.includes("Throttling"));
}

const BAD_GATEWAY = { status: 502, text: "" };

/** The Outcome of the one execution, or the record of an end without one. */
async function endsOf(
  client: DynamoDBClient,
  { id }: Session,
  approval: ApprovalId | undefined,
): Promise<readonly Outcome[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: SESSIONS_TABLE }));
  return Items.filter(({ pk }) => pk?.S === `SESSION#${id}`).flatMap(({ sk, record }) => {
    const outcome = JSON.parse(record?.S ?? "") as Outcome;
    const isCall = sk?.S?.startsWith("CALL#") && outcome.phase === "OUTCOME";
    return isCall || outcome.gatewayRequestId === `approval-${approval}` ? [outcome] : [];
  });
}
