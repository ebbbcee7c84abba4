// Decides whether AWS certainly did not carry a call out, so that a retry may be sent as a new attempt (R4). Doubt
// counts as "may have run". Trusts AWS's status and error code, and nothing else of the answer.
// Sources: each service's "Common errors"; S3's "Error responses"; EC2's RequestLimitExceeded.

import type { UpstreamAnswer } from "./ports.ts";

const THROTTLING =
  /^(Throttling|ThrottlingException|ThrottledException|TooManyRequestsException|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceededException|RequestThrottled|RequestThrottledException|BandwidthLimitExceeded|LimitExceededException|PriorRequestNotComplete|TransactionInProgressException|EC2ThrottledException)$/;
const CODE = /^[A-Za-z0-9.:_-]{1,128}$/;
const XML_CODE = /<Code>([A-Za-z0-9._-]{1,128})<\/Code>/;
const JSON_TYPE = /"__type"\s*:\s*"([^"\\]{1,256})"/;

/** 408: AWS stopped waiting. 424: what AWS had called failed (a model's container, say), so something ran. */
const DOUBTFUL_REFUSALS: ReadonlySet<number> = new Set([408, 424]);

type Answer = Pick<UpstreamAnswer, "status" | "headers">;

/** True for AWS's own refusals (most 4xx) and for throttling by its code; never for success or a server error. */
export function certainlyNotExecuted(answer: Answer, body: Uint8Array): boolean {
  if (answer.status >= 400 && answer.status < 500) return !DOUBTFUL_REFUSALS.has(answer.status);
  const code = answer.status >= 500 ? awsErrorCodeOf(answer, body) : null;
  return code !== null && THROTTLING.test(code);
}

/** True where AWS turned the call away and asks for it again later: certainly not executed, and worth another try. */
export function isThrottled(answer: Answer, body: Uint8Array): boolean {
  const code = awsErrorCodeOf(answer, body);
  return answer.status === 429 || (code !== null && THROTTLING.test(code));
}

/** AWS's error code of an answer, from its header or its body, without namespace; `null` when it is no error. */
export function awsErrorCodeOf({ status, headers }: Answer, body: Uint8Array): string | null {
  if (status < 400) return null;
  const header = headers.find(([name]) => name === "x-amzn-errortype")?.[1];
  const text = Buffer.from(body.subarray(0, 4_096)).toString("utf8"); // an error's code stands at its beginning
  const found = header ?? XML_CODE.exec(text)?.[1] ?? JSON_TYPE.exec(text)?.[1];
  const code = found?.split(":", 1)[0]?.split("#").at(-1);
  return code !== undefined && CODE.test(code) ? code : null;
}
