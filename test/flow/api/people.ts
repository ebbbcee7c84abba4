// People at the API, and records for them to read: two owners' agents with a session each, and one agent that is nobody's.

import { createHash } from "node:crypto";
import { parseSessionId, type SessionId } from "../../../lambdas/model/ids.ts";
import type { StoredText } from "../../../lambdas/recording/leaf.ts";
import { ISSUER } from "../../identity/token/issue.ts";
import { person, type SentOptions, type Told, testApi } from "./api.ts";

export const ADMIN = person("ada", ["administrators"]);
export const AUDITOR = person("audrey", ["security"]);
export const OLGA = person("olga");
export const BEN = person("ben");

/** Everything that people may read, with what its parameters need. */
export const LOOKS = [
  "/api/calls",
  "/api/sessions",
  "/api/readings",
  "/api/orders",
  "/api/revocations",
  `/api/sessions/${"A".repeat(26)}`,
] as const;

export function sessionOf(subject: string): SessionId {
  const hex = createHash("sha256")
    .update(subject)
    .digest("hex")
    .replaceAll(/[^a-f]/g, "");
  const id = parseSessionId(hex.toUpperCase().padEnd(26, "A").slice(0, 26));
  if (id === undefined) throw new Error("no session id");
  return id;
}

function recordOf(subject: string, phase: string, sk: string): StoredText {
  const pk = `SESSION#${sessionOf(subject)}`;
  const caller = { issuer: ISSUER, subject };
  return { pk, sk, record: JSON.stringify({ version: 1, phase, caller, n: sk }) };
}

/** The API with records of `agent-1` (Olga's), `agent-2` (Ben's) and `agent-3`: an opening and calls each. */
export function peopleApi(
  calls = 2,
  replaced: Parameters<typeof testApi>[0] = {},
): ReturnType<typeof testApi> & {
  readonly get: (path: string, token: string, query?: string) => Promise<Told>;
  readonly post: (path: string, body: unknown, options?: SentOptions) => Promise<Told>;
  readonly lines: (path: string, token: string, query?: string) => Promise<readonly unknown[]>;
} {
  const api = testApi(replaced);
  for (const subject of ["agent-1", "agent-2", "agent-3"]) {
    api.records.stored.push(recordOf(subject, "OPEN", "OPEN"));
    for (let n = 0; n < calls; n += 1) {
      api.records.stored.push(recordOf(subject, "OUTCOME", `CALL#${n}#OUTCOME`));
    }
  }
  return {
    ...api,
    get: (path, token, query = "") => api.send(path, { token, query }),
    post: (path, body, options = {}) =>
      api.send(path, {
        method: "POST",
        token: ADMIN,
        type: "application/json",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...options,
      }),
    async lines(path, token, query = "") {
      const answer = await api.answer(path, { token, query, accept: "application/x-ndjson" });
      if (answer.body instanceof Uint8Array) throw new Error("the answer must stream");
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      return Buffer.concat(chunks)
        .toString()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    },
  };
}

/** The agents whose records an answer shows. */
export function agentsIn({ json }: Told): readonly string[] {
  const records: readonly { record: { caller: { subject: string } } }[] = json.records;
  return [...new Set(records.map(({ record }) => record.caller.subject))].sort();
}
