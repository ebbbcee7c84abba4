// Fakes of upstream's ports: an AWS that answers what the test says, and credentials that nobody issued.

import type { Refusal } from "../../lambdas/model/refusal.ts";
import type {
  AssumeRequest,
  CredentialSource,
  SendResult,
  UpstreamSender,
} from "../../lambdas/upstream/ports.ts";
import type { SignedUpstream, TargetCredentials } from "../../lambdas/upstream/sign-upstream.ts";

export interface FakeSender extends UpstreamSender {
  readonly sent: readonly SignedUpstream[];
}

/** @param answer is asked for each request that is sent */
export function fakeSender(answer: (request: SignedUpstream) => SendResult): FakeSender {
  const sent: SignedUpstream[] = [];
  return {
    sent,
    async send(request) {
      sent.push(request);
      return answer(request);
    },
  };
}

export function fakeAnswer(
  status: number,
  text: string,
  headers: readonly (readonly [string, string])[] = [],
): SendResult {
  const bytes = Buffer.from(text);
  return { kind: "answer", status, headers, body: chunksOf(bytes), declaredLength: bytes.length };
}

export interface FakeCredentialSource extends CredentialSource {
  readonly requests: readonly AssumeRequest[];
  /** While set, every request is refused with it. */
  refusal: Refusal | undefined;
}

export function fakeCredentialSource(credentials: TargetCredentials): FakeCredentialSource {
  const requests: AssumeRequest[] = [];
  const source: FakeCredentialSource = {
    requests,
    refusal: undefined,
    async assume(request) {
      requests.push(request);
      return source.refusal ?? { kind: "credentials", credentials };
    },
  };
  return source;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
