// Answers of AWS as the tests of masking hand them over, and what they are when they come back.

import {
  type MaskedUpstream,
  type MaskUpstreamDependencies,
  maskUpstream,
} from "../../lambdas/flow/mask-upstream.ts";
import type { MaskObligations } from "../../lambdas/model/answer.ts";
import type { AwsCall, Protocol } from "../../lambdas/model/aws-call.ts";
import { callWith } from "../upstream/calls.ts";
import { answerOf, MASKING } from "./sent-calls.ts";

export type Headers = readonly (readonly [string, string])[];

export function calling(
  service: string,
  operation: string,
  protocol: Protocol,
  signingName = service,
): AwsCall {
  return callWith({ service, operation, protocol, signingName, candidates: [{ service, operation }] });
}

/** An answer's body in pieces, that knows whether it was closed. */
export class Body implements AsyncIterable<Uint8Array> {
  closed = false;
  pulled = 0;
  readonly #parts: readonly (string | Uint8Array)[];

  constructor(...parts: readonly (string | Uint8Array)[]) {
    this.#parts = parts;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (const part of this.#parts) {
        this.pulled += 1;
        yield Buffer.from(part as string);
      }
    } finally {
      this.closed = true;
    }
  }
}

interface Given {
  readonly status?: number;
  readonly headers?: Headers;
  readonly obligations?: Partial<MaskObligations>;
  readonly masking?: Partial<MaskUpstreamDependencies>;
}

export function masked(
  call: AwsCall,
  body: Body | string | Uint8Array,
  given: Given = {},
): Promise<MaskedUpstream> {
  const { status = 200, headers = [], obligations } = given;
  const none = { masks: [], unmasks: [], detectors: [] };
  return maskUpstream(
    answerOf(body instanceof Body ? body : new Body(body), { status, headers }),
    call,
    obligations && { ...none, ...obligations },
    { ...MASKING, ...given.masking },
  );
}

export async function whole(...args: Parameters<typeof masked>) {
  const answer = await masked(...args);
  if (answer.kind !== "whole") throw new Error(`${answer.kind}: ${JSON.stringify(answer)}`);
  return {
    masks: answer.masks,
    text: Buffer.from(answer.parts.body).toString("latin1"),
    headers: Object.fromEntries(answer.parts.headers),
  };
}

export const hide = (path: string, style: "fixed" | "drop" = "fixed"): Partial<MaskObligations> => ({
  masks: [{ path, style }],
});
