// What stands before the data of a local cloud: the functions of one resolved stack, its roles, API and edge. Another one
// may take its place over the same data, as an update of the stack would, and shares the functions that are the same in
// both; what was there before goes on afterwards as if nothing had been.

import { isDeepStrictEqual } from "node:util";
import type { Invocation, SmallAws } from "./aws/contract.ts";
import { createEdge } from "./edge.ts";
import { invokeFunction } from "./function-invoke.ts";
import type { LogLine } from "./function-messages.ts";
import { type FunctionRuntime, startFunction } from "./function-runtime.ts";
import { createGateway } from "./gateway.ts";
import type { Place } from "./identities.ts";
import type { Listeners } from "./listeners.ts";
import type { Origin } from "./origin.ts";
import type { ConnectionReport } from "./preload.ts";
import { runSchedules } from "./schedules.ts";
import type { ResolvedStack } from "./template.ts";

export interface FrontGround {
  readonly aws: SmallAws;
  readonly listeners: Listeners;
  readonly place: Place;
  readonly caPem: string;
  readonly slackPort: number | undefined;
  readonly connections: ConnectionReport[];
}

export interface Front {
  readonly stack: ResolvedStack;
  readonly functions: ReadonlyMap<string, FunctionRuntime>;
  /** What its own functions wrote to stdout and stderr, line by line. */
  readonly logs: readonly LogLine[];
  /** Why the edge or the API answered in a function's place. */
  readonly edgeErrors: readonly string[];
  /** The API's own address, past the edge. */
  readonly api: Origin;
  /** Answers from now on. */
  serve(): void;
  /** Ends its own functions. */
  /** Invokes every scheduled function once. */
  runSchedules(): Promise<readonly Invocation[]>;
  stop(): Promise<void>;
}

/** Nothing is started before it is asked for, and nothing is served before `serve`. */
export function createFront(stack: ResolvedStack, ground: FrontGround, before?: Front): Front {
  const { aws, listeners, place } = ground;
  const logs: LogLine[] = [];
  const edgeErrors: string[] = [];
  const own = startFunctions(stack, { ...ground, logs, before });
  const functions = new Map([...(before?.functions ?? []), ...own]);
  const onError = (requestId: string, reason: string) => edgeErrors.push(`${requestId}: ${reason}`);
  const api = createGateway({ ...stack, ...place, functions, onError });
  const invoke = (functionArn: string, payload: unknown) => {
    const target = functions.get(functionArn);
    return target === undefined ? undefined : invokeFunction(target, payload);
  };
  return {
    ...{ stack, functions, logs, edgeErrors, api },
    runSchedules: () => runSchedules({ ...stack, invoke, onError }),
    serve: () => {
      for (const role of stack.roles) aws.addRole(role);
      aws.serveFunctions(invoke);
      listeners.serve(createEdge({ distribution: stack.distribution, origin: api, onError }));
    },
    stop: async () => {
      await Promise.all([...own.values()].map((one) => one.stop()));
    },
  };
}

/** True when two stacks differ in functions, roles, API and edge alone: then one may serve over the other's data. */
export function hasSameData(one: ResolvedStack, other: ResolvedStack): boolean {
  return isDeepStrictEqual(dataOf(one), dataOf(other));
}

function dataOf({ tables, buckets, hmacKeys, keys, signingKeys, ...others }: ResolvedStack) {
  const { secrets, parameters, machines } = others;
  return { tables, buckets, hmacKeys, keys, signingKeys, secrets, parameters, machines };
}

interface FunctionWiring extends Omit<FrontGround, "place" | "listeners"> {
  readonly place: Place;
  readonly logs: LogLine[];
  readonly before: Front | undefined;
}

/** Those that the front before does not have as they are. */
function startFunctions(
  stack: ResolvedStack,
  { aws, place, caPem, slackPort, connections, logs, before }: FunctionWiring,
): ReadonlyMap<string, FunctionRuntime> {
  const known =
    before === undefined ? [] : before.stack.functions.map((spec) => withRole(spec, before.stack));
  const own = stack.functions.filter(
    (spec) => !known.some((one) => isDeepStrictEqual(one, withRole(spec, stack))),
  );
  return new Map(
    own.map((spec) => [
      spec.arn,
      startFunction({
        ...{ caPem, slackPort, region: place.region, function: spec, awsPort: aws.port },
        credentials: () => aws.issueRoleCredentials(spec.roleArn),
        onLog: (line) => logs.push(line),
        onConnection: (connection) => connections.push(connection),
      }),
    ]),
  );
}

function withRole(spec: ResolvedStack["functions"][number], { roles }: ResolvedStack): readonly unknown[] {
  return [spec, roles.find(({ arn }) => arn === spec.roleArn)];
}
