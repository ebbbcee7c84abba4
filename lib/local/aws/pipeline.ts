// Decides one request to the small AWS: host, fault, signature, recognition, IAM, execution, log: in this order.
// Trusts nothing of the request. What an operation means is its service's, what IAM allows is the evaluator's.

import { randomUUID } from "node:crypto";
import type { FaultRule, LoggedRequest } from "./contract.ts";
import type { Caller, KeyRing } from "./credentials.ts";
import { accessDenied, errorReply, internalFailure, signatureError, throttled } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { type Route, routeOf } from "./hosts.ts";
import { evaluate, type Verdict } from "./iam-evaluator.ts";
import { withServiceHeaders } from "./reply-headers.ts";
import type { RequestLog } from "./request-log.ts";
import type { AwsService, Context } from "./service.ts";
import { createVerifier } from "./signature.ts";
import { AwsError, type AwsReply, type AwsRequest, type Need } from "./wire.ts";
import type { World } from "./world.ts";

export interface PipelineParts {
  readonly services: ReadonlyMap<string, AwsService>;
  readonly world: World;
  readonly ring: KeyRing;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly region: string;
  readonly standIn: ((request: AwsRequest) => AwsReply | undefined) | undefined;
  readonly now: () => number;
}

/** What goes back: an answer, or a connection that is cut. */
export type Ending = { readonly kind: "reply"; readonly reply: AwsReply } | { readonly kind: "reset" };

type Draft = { -readonly [Member in keyof LoggedRequest]: LoggedRequest[Member] };

const DENIALS = new Set(["AccessDenied", "AccessDeniedException"]);
const SLOW_MS = 2_000;

/** Makes the function that answers one request. It never throws. */
export function createPipeline(parts: PipelineParts): (request: AwsRequest) => Promise<Ending> {
  const verify = createVerifier(parts.ring, parts.now);
  return async (request) => {
    const foreign = parts.standIn?.(request);
    if (foreign !== undefined) return { kind: "reply", reply: foreign };
    const route = routeOf(request.host, parts.region);
    const service = route === undefined ? undefined : parts.services.get(route.service);
    const draft = draftOf(request, service, parts.now());
    try {
      if (route === undefined || service === undefined) throw unknownHost(request.host);
      const fault = parts.faults.take(service.name, draft.operation ?? undefined);
      await before(fault, service);
      const reply = await carryOut({ parts, verify, request, service, route, draft });
      draft.status = reply.status;
      if (fault?.how === "reset-after") throw new Reset("the connection was cut after execution");
      return { kind: "reply", reply: withServiceHeaders(reply, service.name, draft.requestId) };
    } catch (error) {
      return failed(error, service?.errors ?? guessedShape(request), draft);
    } finally {
      parts.log.add(draft);
    }
  };
}

interface Work {
  readonly parts: PipelineParts;
  readonly verify: ReturnType<typeof createVerifier>;
  readonly request: AwsRequest;
  readonly service: AwsService;
  readonly route: Route;
  readonly draft: Draft;
}

async function carryOut({ parts, verify, request, service, route, draft }: Work): Promise<AwsReply> {
  const verdict = verify(request, { service: route.service, region: route.region });
  if (verdict.kind === "refused") throw signatureError(service.errors, verdict.problem, verdict.message);
  const { caller } = verdict.key;
  draft.principalArn = caller.arn;
  draft.sourceIdentity = caller.sourceIdentity ?? null;
  draft.tags = Object.fromEntries(caller.tags);
  draft.sessionPolicy = caller.session !== undefined;
  const context: Context = {
    caller,
    account: parts.world.account(caller.account),
    region: route.region,
    world: parts.world,
    ring: parts.ring,
    now: parts.now,
    requestId: draft.requestId,
    may: (need) => judge(caller, need, route.region).kind === "allowed",
  };
  const plan = await service.plan(request, context);
  const [first] = plan.needs;
  draft.needs = plan.needs.map(({ action, resource }) => ({ action, resource }));
  draft.action = first?.action ?? null;
  draft.resource = first?.resource ?? null;
  for (const need of plan.needs) demand(service, caller, need, route.region, draft);
  draft.decision = "allowed";
  return plan.run();
}

function failed(error: unknown, shape: AwsService["errors"], draft: Draft): Ending {
  draft.why = error instanceof Error ? error.message : String(error);
  if (error instanceof Reset) return { kind: "reset" };
  const awsError = error instanceof AwsError ? error : unexpected(error, shape);
  draft.status = awsError.status;
  // a trust policy or a bucket's owner says no only while the operation runs
  if (DENIALS.has(awsError.code)) draft.decision = "denied";
  const reply = errorReply(shape, awsError, draft.requestId);
  return { kind: "reply", reply: withServiceHeaders(reply, draft.service, draft.requestId) };
}

class Reset extends Error {}

function draftOf(request: AwsRequest, service: AwsService | undefined, now: number): Draft {
  return {
    time: new Date(now).toISOString(),
    requestId: randomUUID(),
    host: request.host,
    service: service?.name ?? null,
    operation: (service === undefined ? undefined : operationName(service, request)) ?? null,
    needs: [],
    action: null,
    resource: null,
    principalArn: null,
    sourceIdentity: null,
    tags: {},
    sessionPolicy: false,
    decision: "denied",
    why: null,
    status: 0,
  };
}

function operationName(service: AwsService, request: AwsRequest): string | undefined {
  try {
    return service.operationOf(request);
  } catch {
    return undefined; // hostile framing: the plan will say what is wrong with it
  }
}

/** How an unknown service would word its errors: so that most SDKs can read the answer. */
function guessedShape({ headers }: AwsRequest): AwsService["errors"] {
  const type = headers.get("content-type")?.[0] ?? "";
  return headers.has("x-amz-target") || type.includes("json") ? "json" : "query";
}

function unknownHost(host: string): AwsError {
  return new AwsError(
    "UnknownOperationException",
    400,
    `no service of the local cloud has the host name \`${host}\``,
  );
}

async function before(fault: FaultRule | undefined, service: AwsService): Promise<void> {
  if (fault?.how === "throttle") throw throttled(service.errors);
  if (fault?.how === "500") throw internalFailure(service.errors, "a planted fault", fault.status);
  if (fault?.how === "reset-before") throw new Reset("the connection was cut before execution");
  if (fault?.how === "slow") {
    await new Promise((resolve) => setTimeout(resolve, fault.milliseconds ?? SLOW_MS));
  }
}

function demand(service: AwsService, caller: Caller, need: Need, region: string, draft: Draft): void {
  const verdict = judge(caller, need, region);
  if (verdict.kind === "allowed") return;
  draft.action = need.action;
  draft.resource = need.resource;
  throw accessDenied(
    service.errors,
    `User: ${caller.arn} is not authorized to perform: ${need.action} on resource: ${need.resource} ${verdict.because}`,
  );
}

function judge(caller: Caller, need: Need, region: string): Verdict {
  const context = new Map<string, readonly string[]>([
    ["aws:principalarn", [caller.principalArn]],
    ["aws:principalaccount", [caller.account]],
    ["aws:requestedregion", [region]],
    ["aws:securetransport", ["true"]],
    ["kms:calleraccount", [caller.account]],
    ...[...caller.tags].map(([key, value]) => [`aws:principaltag/${key.toLowerCase()}`, [value]] as const),
    ...Object.entries(need.context ?? {}),
  ]);
  if (caller.sourceIdentity !== undefined) context.set("aws:sourceidentity", [caller.sourceIdentity]);
  return evaluate(
    { identity: caller.identity(), session: caller.session },
    { action: need.action, resource: need.resource, context },
  );
}

/** A fault of the local cloud itself: it must be seen, not mistaken for an answer of AWS. */
function unexpected(error: unknown, shape: AwsService["errors"]): AwsError {
  console.error("the local cloud's AWS failed:", error);
  return internalFailure(shape, "the local cloud failed; its terminal says why");
}
