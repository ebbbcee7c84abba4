// Turns the gateway's refusal of a question into a sentence for the person at the terminal, and the exit code.

import { visible } from "../session-text.ts";
import type { ApiPlace } from "./api-client.ts";
import { CommandError, EXIT, type ExitCode } from "./exit.ts";

/** A refusal of the gateway. */
export class ApiProblem extends CommandError {
  readonly status: number;

  constructor(message: string, exitCode: ExitCode, status: number) {
    super(message, exitCode);
    this.status = status;
  }
}

/** @param text the answer's body, whatever stands there */
export function problemOf(
  { url, token }: Pick<ApiPlace, "url" | "token">,
  path: string,
  status: number,
  text: string,
): ApiProblem {
  const told = sentenceOf(text);
  const said = told === undefined ? "" : `: ${visible(told)}`;
  const of = (sentence: string, exitCode: ExitCode): ApiProblem => new ApiProblem(sentence, exitCode, status);
  switch (status) {
    case 400:
      return of(`the gateway does not understand this${said}`, EXIT.usage);
    case 401:
      return of(
        `${token === null ? "nobody is signed in" : "your sign-in does not hold"} at ${url}${said}\n${signInAt(url)}`,
        EXIT.refused,
      );
    case 403:
      return of(`you may not do this${said}`, EXIT.refused);
    case 404:
      return of(
        told === undefined ? `${url} has no \`/api${visible(path)}\`` : `not found${said}`,
        EXIT.failed,
      );
    case 429:
      return of(`the gateway is asked too often${said}: wait a minute, then ask again`, EXIT.failed);
    case 503:
      return of(`the gateway cannot answer now${said}: ask again later`, EXIT.failed);
    default:
      return of(`the gateway answered with ${status}${said}`, EXIT.failed);
  }
}

/** What to do when nobody is signed in. */
export function signInAt(url: string): string {
  return `sign in: countersign login --url ${url}`;
}

/** Of `{"error":{"code","message"}}`, and of API Gateway's and the edge's own errors. */
function sentenceOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const error: unknown = memberOf(value, "error") ?? value;
    const message = memberOf(error, "message");
    return typeof message === "string" && message !== "" ? message : undefined;
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
