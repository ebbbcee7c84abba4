// What AWS does with a call in these tests, by one word: it answers, refuses, is not reached, or its answer is lost.

import type { SendResult } from "../../lambdas/upstream/ports.ts";
import { fakeAnswer } from "../fakes/upstream.ts";

const REQUEST_ID = ["x-amzn-requestid", "upstream"] as const;
const THROTTLED = '{"__type":"ThrottlingException","message":"slow down"}';

/** Those after which the call was certainly not carried out. */
export const NOT_EXECUTED: ReadonlySet<string> = new Set(["not_sent", "throttled"]);

/** @param reading is done before each end of an answer's body: an act of the function */
export function upstreamAnswer(
  word: string,
  reading: (end: () => Promise<void>) => Promise<void>,
): SendResult {
  switch (word) {
    case "not_sent":
      return { kind: "not_sent", reason: "econnrefused" };
    case "reset":
      return { kind: "unknown", reason: "econnreset" };
    case "throttled":
      return fakeAnswer(400, THROTTLED, [REQUEST_ID]);
    case "500":
      return fakeAnswer(500, '{"__type":"InternalServerError"}', [REQUEST_ID]);
    case "cut":
      return bodyOf("{", reading, "cut");
    default:
      return bodyOf("{}", reading, "whole");
  }
}

function bodyOf(
  text: string,
  reading: (end: () => Promise<void>) => Promise<void>,
  end: "whole" | "cut",
): SendResult {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
    await reading(async () => {
      if (end === "cut") throw new Error("the answer ended before its declared end");
    });
  }
  return { kind: "answer", status: 200, headers: [REQUEST_ID], body: body(), declaredLength: 2 };
}
