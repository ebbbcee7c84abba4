// Sends one signed request over TLS and says what can be known about it: answered, certainly not sent, or in doubt.
// It decides nothing about the call. It trusts the host in the request (recognition's fixed table), checks the server's
// name by TLS, follows no redirect, repeats nothing. What an answer means is the flow's.

import type { ClientRequest, IncomingMessage } from "node:http";
import { type Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from "node:https";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SendLimits, SendResult, UpstreamAnswer, UpstreamSender } from "../upstream/ports.ts";
import type { SignedUpstream } from "../upstream/sign-upstream.ts";
import { CheckedAgent } from "./checked-agent.ts";

const MAX_HEADER_BYTES = 16_384; // S3's metadata is 2 KB, everything else is less
const MAX_SOCKETS = 64; // per host; the function serves one call at a time, streams of the local runner overlap
const PORT = 443;

/** For tests: where names lead and whom TLS trusts. A deployed function passes nothing. */
export type Reach = Pick<AgentOptions, "ca" | "lookup" | "port">;

/** One sender with its own pool of kept-alive connections: make it once, at module scope. */
export function createHttpsSender(reach: Reach = {}): UpstreamSender {
  const agent = new CheckedAgent({
    keepAlive: true,
    rejectUnauthorized: true,
    maxSockets: MAX_SOCKETS,
    scheduling: "fifo",
    ...reach,
  });
  return {
    async send(signed, limits) {
      agent.dropStale();
      await nextTurn(); // lets Node see connections that AWS closed while the function was frozen
      return exchange(signed, limits, { agent, port: reach.port ?? PORT });
    },
  };
}

function exchange(
  signed: SignedUpstream,
  limits: SendLimits,
  connection: { readonly agent: Agent; readonly port: number | string },
): Promise<SendResult> {
  return new Promise((resolve) => {
    let sent = false;
    const request = httpsRequest(optionsOf(signed, connection));
    const giveUp = (reason: string): void => {
      clearTimeout(timer);
      resolve({ kind: sent ? "unknown" : "not_sent", reason });
      request.destroy();
    };
    let timer = setTimeout(giveUp, limits.connectMs, "connect_timeout");
    // INVARIANT: CheckedAgent hands a socket over only after its TLS handshake; before that no byte can leave.
    request.once("socket", () => {
      sent = true;
      clearTimeout(timer);
      timer = setTimeout(giveUp, limits.headersMs, "headers_timeout");
    });
    request.on("error", (error) => giveUp(reasonOf(error)));
    request.once("close", () => giveUp("closed")); // after an answer nobody listens to this any more
    request.once("response", (response) => {
      clearTimeout(timer);
      const answer = answerOf(response, request, limits);
      if (answer === undefined) giveUp("answer_without_length");
      else resolve(answer);
    });
    request.end(signed.body.length === 0 ? undefined : signed.body);
  });
}

function optionsOf(
  signed: SignedUpstream,
  { agent, port }: { readonly agent: Agent; readonly port: number | string },
): RequestOptions {
  const hasBody = signed.body.length > 0 || !/^(GET|HEAD|DELETE)$/.test(signed.method);
  return {
    method: signed.method,
    host: signed.host,
    port,
    path: signed.path, // as is: node:http writes it byte for byte and only refuses spaces and controls
    headers: { ...signed.headers, ...(hasBody && { "content-length": String(signed.body.length) }) },
    agent,
    setHost: false, // `host` is among the signed headers
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false, // the strict parser refuses two lengths, a length beside chunks, obsolete folding
    joinDuplicateHeaders: false,
  };
}

function answerOf(
  response: IncomingMessage,
  request: ClientRequest,
  { idleMs }: SendLimits,
): UpstreamAnswer | undefined {
  const status = response.statusCode ?? 0;
  const declared = response.headers["content-length"];
  const bodiless = request.method === "HEAD" || status === 204 || status === 304;
  const chunked = response.headers["transfer-encoding"]?.toLowerCase() === "chunked";
  // A body that only ends with the connection cannot be told from one that was cut.
  if (declared === undefined && !chunked && !bodiless) return undefined;
  return {
    kind: "answer",
    status,
    headers: pairsOf(response.rawHeaders),
    body: bodyOf(response, idleMs),
    declaredLength: declared === undefined ? null : Number(declared),
  };
}

function pairsOf(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ""] as const] : [],
  );
}

/** Throws when the answer ends early: Node destroys a response whose connection closed before its declared end. */
async function* bodyOf(response: IncomingMessage, idleMs: number): AsyncGenerator<Uint8Array> {
  const chunks = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(() => response.destroy(new Error("the answer stopped arriving")), idleMs);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done === true) break;
      yield next.value;
    }
    if (!response.complete) throw new Error("the answer ended before its declared end");
  } finally {
    if (!response.complete) response.destroy(); // left early: the rest must not be read as another answer
  }
}

function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code.toLowerCase() : "connection_failed";
}
