// Evaluates what a state says in JSONata: texts in `{% %}` anywhere in a value. The variables of the execution and
// `$states` are bound; time is the executor's, not the machine's own clock.

import jsonata from "jsonata";

/** An error with a name that Retry and Catch match. */
export class StateError extends Error {
  readonly errorName: string;

  constructor(errorName: string, cause: string) {
    super(cause);
    this.name = "StateError";
    this.errorName = errorName;
  }
}

export interface Scope {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly states: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

const EXPRESSION = /^\{%(.*)%\}$/s;

/** Returns the value with its expressions evaluated. @throws StateError `States.QueryEvaluationError` */
export async function evaluate(value: unknown, scope: Scope): Promise<unknown> {
  if (typeof value === "string") {
    const [, expression] = EXPRESSION.exec(value) ?? [];
    return expression === undefined ? value : run(expression, scope);
  }
  if (Array.isArray(value)) return Promise.all(value.map((one) => evaluate(one, scope)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    async ([name, member]) => [name, await evaluate(member, scope)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function run(expression: string, { variables, states, now }: Scope): Promise<unknown> {
  try {
    const result: unknown = await jsonata(expression).evaluate(null, {
      ...variables,
      states,
      millis: () => now,
      now: () => new Date(now).toISOString(),
    });
    // An expression that finds nothing has no JSON: an error at AWS too.
    if (result !== undefined) return JSON.parse(JSON.stringify(result));
  } catch (error) {
    const reason = (error as { readonly message?: unknown }).message;
    throw new StateError("States.QueryEvaluationError", `\`${expression.trim()}\`: ${String(reason)}`);
  }
  throw new StateError("States.QueryEvaluationError", `\`${expression.trim()}\` has no value`);
}
