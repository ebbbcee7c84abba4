// The answers of the API: JSON, never cached, errors as `{"error": {"code", "message"}}`. Messages are public sentences.

import type { GatewayResponse } from "../../model/gateway-response.ts";
import type { Refusal, RefusalCode } from "../../model/refusal.ts";

/** An error of the API itself; everything else is a Refusal. */
export interface Problem {
  readonly kind: "problem";
  readonly status: 404 | 405 | 409;
  readonly code: "NotFound" | "MethodNotAllowed" | "Conflict";
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS: Partial<Record<RefusalCode, number>> = {
  AccessDenied: 403,
  ExpiredTokenException: 401,
  IDPCommunicationError: 503,
  InternalFailure: 500,
  InvalidIdentityToken: 401,
  MissingAuthenticationToken: 401,
  RequestEntityTooLarge: 413,
  ServiceUnavailable: 503,
  Throttling: 429,
};

export function answerJson(status: number, value: unknown): GatewayResponse {
  return {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

export function answerProblem(problem: Problem | Refusal): GatewayResponse {
  const { code, message } = problem;
  const status = problem.kind === "problem" ? problem.status : (STATUS[problem.code] ?? 400);
  const answer = answerJson(status, { error: { code, message } });
  const extra = problem.kind === "problem" ? problem.headers : undefined;
  const challenge = status === 401 ? { "www-authenticate": "Bearer" } : undefined;
  return { ...answer, headers: { ...answer.headers, ...extra, ...challenge } };
}

/** The same for what is not there and for what is somebody else's. */
export function notFound(): Problem {
  return { kind: "problem", status: 404, code: "NotFound", message: "there is nothing here" };
}
