// Stands in for any service of AWS: whatever call the test expects next is answered with the bytes that it gives. Calls that
// the gateway makes for itself (its tables, keys, roles) go on to the small AWS.

import type { AwsAnswer } from "../../lambdas/recognition/answers/read-answer.ts";
import type { AwsReply, AwsRequest } from "../../lib/local/aws/wire.ts";

/** What all requests of a client carry somewhere, and none of the gateway's own does. */
export const NAME = "canary-name";

export interface StandIn {
  readonly answer: (request: AwsRequest) => AwsReply | undefined;
  /** From now on the operation of this name is answered so. */
  expect(operation: string, answer: AwsAnswer): void;
  /** How many times it was. */
  readonly answered: () => number;
}

/** Operations that the gateway calls for itself too: theirs are told apart by the name. */
const SHARED =
  /^(GetItem|PutItem|UpdateItem|Query|BatchGetItem|DeleteItem|GetSecretValue|GetParameter|Decrypt)$/;
/** Services with a stand-in of their own that the gateway uses. */
const OWN = /^(?:[0-9]+\.ddb|dynamodb|kms|sts|secretsmanager|ssm|states|tagging)\./;

export function createStandIn(): StandIn {
  let next: { readonly operation: string; readonly answer: AwsAnswer } | undefined;
  let answered = 0;
  return {
    expect(operation, answer) {
      next = { operation, answer };
      answered = 0;
    },
    answered: () => answered,
    answer(request) {
      if (next === undefined || !isMeant(request, next.operation)) return undefined;
      answered += 1;
      const { status, headers, body } = next.answer;
      return { status, headers: { "x-amzn-requestid": "stand-in", ...Object.fromEntries(headers) }, body };
    },
  };
}

/** Where the gateway keeps payloads: an answer that is too large for its record goes there. */
const OWN_OBJECT = /^\/(?:[^/]+\/)?payloads\/[A-Z2-7]{26}\/[0-9a-f]{64}$/;

function isMeant({ host, headers, body, rawPath }: AwsRequest, operation: string): boolean {
  if (OWN_OBJECT.test(rawPath)) return false;
  const target = headers.get("x-amz-target")?.[0];
  const text = body.toString("latin1");
  const named =
    target === undefined
      ? new RegExp(`(?:^|&)Action=${operation}(?:&|$)`).test(text)
      : target.endsWith(`.${operation}`);
  if (SHARED.test(operation)) return named && text.includes(`"${NAME}"`);
  return OWN.test(host) ? named : true;
}
