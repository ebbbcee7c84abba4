// Reads an Amazon States Language definition (JSONata) into states that can be executed. Throws on every state type, field
// and resource that the executor does not carry out: a field that is skipped would be a machine that is not tested.

export interface Retrier {
  readonly errors: readonly string[];
  readonly intervalSeconds: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly maxAttempts: number;
  readonly jitter: boolean;
}

interface Transition {
  readonly next: string;
  readonly assign: unknown;
}

export interface TaskState {
  readonly type: "Task";
  readonly waitsForToken: boolean;
  readonly arguments: unknown;
  readonly timeoutSeconds: unknown;
  readonly retries: readonly Retrier[];
  readonly catchers: readonly (Transition & {
    readonly errors: readonly string[];
    readonly output: unknown;
  })[];
}

type Body =
  | TaskState
  | { readonly type: "Pass" | "Succeed" }
  | { readonly type: "Wait"; readonly seconds: unknown; readonly timestamp: unknown }
  | {
      readonly type: "Choice";
      readonly choices: readonly (Transition & { readonly condition: unknown; readonly output: unknown })[];
      readonly otherwise: string | undefined;
    }
  | { readonly type: "Fail"; readonly error: unknown; readonly cause: unknown };

export type State = Body & {
  readonly name: string;
  readonly assign: unknown;
  readonly output: unknown;
  readonly next: string | undefined;
};

export interface Machine {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

type Json = Readonly<Record<string, unknown>>;

const COMMON = ["Type", "Comment", "Assign", "Output", "Next", "End"];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Task: [...COMMON, "Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch"],
  Pass: COMMON,
  Succeed: ["Type", "Comment", "Output"],
  Wait: [...COMMON, "Seconds", "Timestamp"],
  Choice: ["Type", "Comment", "Assign", "Output", "Choices", "Default"],
  Fail: ["Type", "Comment", "Error", "Cause"],
};
const INVOKE = "arn:aws:states:::lambda:invoke";
const CHOICE = ["Comment", "Condition", "Assign", "Output", "Next"];
const RETRIER = [
  ...["Comment", "ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "MaxAttempts"],
  "JitterStrategy",
];

/** @throws Error that names what is not carried out */
export function parseMachine(text: string): Machine {
  const machine = objectOf(JSON.parse(text), "the definition");
  only(machine, ["Comment", "QueryLanguage", "StartAt", "States", "Version"], "the definition");
  if (machine.QueryLanguage !== "JSONata") throw unserved("the definition", "another language than JSONata");
  const states = new Map(
    Object.entries(objectOf(machine.States, "States")).map(([name, state]) => [
      name,
      parseState(name, objectOf(state, name)),
    ]),
  );
  const startAt = String(machine.StartAt);
  if (!states.has(startAt)) throw unserved("StartAt", `a state \`${startAt}\` that is not there`);
  return { startAt, states };
}

function parseState(name: string, state: Json): State {
  const fields = FIELDS[String(state.Type)];
  if (fields === undefined) throw unserved(name, `the type \`${String(state.Type)}\``);
  only(state, fields, name);
  const next = typeof state.Next === "string" ? state.Next : undefined;
  return { ...bodyOf(name, state), name, assign: state.Assign, output: state.Output, next };
}

function bodyOf(name: string, state: Json): Body {
  switch (state.Type) {
    case "Task":
      return taskOf(name, state);
    case "Wait":
      return { type: "Wait", seconds: state.Seconds, timestamp: state.Timestamp };
    case "Choice":
      return {
        type: "Choice",
        choices: listOf(state.Choices, name).map((choice) => {
          only(choice, CHOICE, name);
          return { ...transitionOf(choice), condition: choice.Condition, output: choice.Output };
        }),
        otherwise: typeof state.Default === "string" ? state.Default : undefined,
      };
    case "Fail":
      return { type: "Fail", error: state.Error, cause: state.Cause };
    default:
      return { type: state.Type === "Succeed" ? "Succeed" : "Pass" };
  }
}

function taskOf(name: string, state: Json): TaskState {
  const resource = String(state.Resource);
  if (resource !== INVOKE && resource !== `${INVOKE}.waitForTaskToken`) {
    throw unserved(name, `the resource \`${resource}\``);
  }
  return {
    type: "Task",
    waitsForToken: resource.endsWith(".waitForTaskToken"),
    arguments: state.Arguments,
    timeoutSeconds: state.TimeoutSeconds ?? 99_999_999,
    retries: listOf(state.Retry, name).map((retrier) => retrierOf(retrier, name)),
    catchers: listOf(state.Catch, name).map((catcher) => {
      only(catcher, ["Comment", "ErrorEquals", "Assign", "Output", "Next"], name);
      return { ...transitionOf(catcher), errors: textsOf(catcher.ErrorEquals), output: catcher.Output };
    }),
  };
}

function retrierOf(retrier: Json, name: string): Retrier {
  only(retrier, RETRIER, name);
  return {
    errors: textsOf(retrier.ErrorEquals),
    intervalSeconds: numberOf(retrier.IntervalSeconds, 1),
    backoffRate: numberOf(retrier.BackoffRate, 2),
    maxDelaySeconds: numberOf(retrier.MaxDelaySeconds, Number.POSITIVE_INFINITY),
    maxAttempts: numberOf(retrier.MaxAttempts, 3),
    jitter: retrier.JitterStrategy === "FULL",
  };
}

function transitionOf(from: Json): Transition {
  return { next: String(from.Next), assign: from.Assign };
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function listOf(value: unknown, name: string): readonly Json[] {
  return Array.isArray(value) ? value.map((one) => objectOf(one, name)) : [];
}

function objectOf(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw unserved(name, "what is not an object");
}

function only(value: Json, known: readonly string[], name: string): void {
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) throw unserved(name, `the field \`${unknown}\``);
}

function unserved(name: string, what: string): Error {
  return new Error(`the local Step Functions does not carry out ${what} of \`${name}\``);
}
