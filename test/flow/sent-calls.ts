// Calls that were sent, and answers of an AWS that misbehaves: for the tests of what happens after the intent.

import { join } from "node:path";
import type { Answers } from "../../lambdas/approval/ports.ts";
import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import { type CallTrace, startTrace } from "../../lambdas/flow/call-trace.ts";
import { concludeAnswer, type SentCall } from "../../lambdas/flow/conclude.ts";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import type { GatewayResponse } from "../../lambdas/model/gateway-response.ts";
import type { Outcome } from "../../lambdas/model/record.ts";
import type { CallKey } from "../../lambdas/recording/keys.ts";
import type { UpstreamAnswer } from "../../lambdas/upstream/ports.ts";
import { type FakeCallLog, fakeCallLog } from "../fakes/call-log.ts";
import { type FakePayloads, fakePayloads } from "../fakes/payloads.ts";
import { factsWith, SESSION } from "../recording/facts.ts";
import { callWith, required, resource } from "../upstream/calls.ts";

export const MEGABYTE = 1_048_576;
const KEY: CallKey = { session: SESSION, hash: "f".repeat(64), attempt: 1 };
export const READ: AwsCall = callWith({});
export const WRITE: AwsCall = callWith({
  operation: "DeleteObject",
  actions: [{ ...required("s3:DeleteObject", resource(["arn:aws:s3:::bucket/key"])), accessLevel: "write" }],
});

const MODELS = modelFiles(join(import.meta.dirname, "../../lambdas/recognition/models"));

/** What masking needs: the models, no detectors of its own, a key for the style `hash`. */
export const MASKING = {
  models: MODELS,
  deployment: { detectors: [] },
  maskKey: async () => Buffer.from("the key of these tests"),
};

/** Keeps nothing: what these tests send has no name to be kept under. */
export const NO_ANSWERS: Answers = {
  keep: () => Promise.reject(new Error("nothing is kept here")),
  find: async () => undefined,
  deliver: async () => false,
};

export interface Concluded {
  readonly log: FakeCallLog;
  readonly payloads: FakePayloads;
  readonly sent: SentCall;
  conclude(answer: UpstreamAnswer): Promise<GatewayResponse>;
  outcome(): Outcome | undefined;
}

export function sentCall(
  call: AwsCall,
  method = "GET",
  obligations: SentCall["obligations"] = {},
): Concluded {
  const log = fakeCallLog();
  const payloads = fakePayloads();
  const sent = { call, key: KEY, facts: factsWith(), trace: traceOf(method), keep: null, obligations };
  const clock = { nowMs: () => 1_800_000_000_000 };
  return {
    log,
    payloads,
    sent,
    conclude: async (answer) =>
      (await concludeAnswer(answer, sent, { clock, log, payloads, answers: NO_ANSWERS, ...MASKING }))
        .response,
    outcome: () => {
      const [entry, more] = log.records;
      if (more !== undefined) throw new Error("one call, one outcome");
      return entry?.record.phase === "OUTCOME" ? entry.record : undefined;
    },
  };
}

export function traceOf(method = "GET"): CallTrace {
  const authorization = "AWS4-HMAC-SHA256 Credential=CSGN/20260131/eu-west-1/s3/aws4_request, ";
  return startTrace(
    {
      method,
      path: "/aws/bucket/key",
      query: [],
      headers: new Map([["authorization", [authorization]]]),
      body: new Uint8Array(),
      viewerIp: "192.0.2.1",
      gatewayRequestId: "gateway-1",
    },
    0,
  );
}

export function answerOf(
  body: AsyncIterable<Uint8Array>,
  replaced: Partial<Omit<UpstreamAnswer, "kind" | "body">> = {},
): UpstreamAnswer {
  const headers = [["x-amz-request-id", "aws-1"]] as const;
  return { kind: "answer", status: 200, headers, declaredLength: null, ...replaced, body };
}

/** So many pieces of so many bytes, then an end or a cut. Counts what was asked of it and whether it was closed. */
export class Pieces implements AsyncIterable<Uint8Array> {
  pulled = 0;
  closed = false;
  readonly #sizes: readonly number[];
  readonly #cut: boolean;

  constructor(sizes: readonly number[], end: "whole" | "cut" = "whole") {
    this.#sizes = sizes;
    this.#cut = end === "cut";
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const size of this.#sizes) {
        this.pulled += 1;
        yield Buffer.alloc(size, this.pulled);
      }
      if (this.#cut) throw new Error("the answer ended before its declared end");
    } finally {
      this.closed = true;
    }
  }
}

/** What a client gets of a response: the bytes, and whether they ended well. */
export async function received({ body }: GatewayResponse): Promise<{ bytes: number; error: string | null }> {
  if (body instanceof Uint8Array) return { bytes: body.length, error: null };
  let bytes = 0;
  try {
    for await (const chunk of body) bytes += chunk.length;
    return { bytes, error: null };
  } catch (error) {
    return { bytes, error: error instanceof Error ? error.message : String(error) };
  }
}
