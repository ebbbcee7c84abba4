import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { streamResponse } from "../../lambdas/boundary/stream-response.ts";
import { concludeNotSent, concludeUnknown } from "../../lambdas/flow/conclude.ts";
import { outcome } from "../recording/facts.ts";
import {
  answerOf,
  MASKING,
  MEGABYTE,
  NO_ANSWERS,
  Pieces,
  READ,
  received,
  sentCall,
  WRITE,
} from "./sent-calls.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

const CLOCK = { nowMs: () => 0 };
const SMALL = [10, 20];
const LARGE = [MEGABYTE, MEGABYTE, 5];

function textOf(body: unknown): string {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : "";
}

describe("an answer that fits in memory", () => {
  it("is passed on whole after its outcome, with size and digest of what the caller gets", async () => {
    const { conclude, outcome } = sentCall(READ);
    const response = await conclude(answerOf(new Pieces(SMALL)));
    expect(outcome()).toMatchObject({
      ending: "answered",
      status: 200,
      awsRequestId: "aws-1",
      mayHaveRun: true,
      responseBytes: 30,
      responseDigest: createHash("sha256").update(textOf(response.body)).digest("hex"),
    });
    expect(response.headers["x-countersign-request-id"]).toBe("gateway-1");
  });

  it("is withheld when its outcome cannot be recorded: a write is in doubt, a read may be made again", async () => {
    for (const [call, status, code] of [
      [WRITE, 400, "RequestInDoubt"],
      [READ, 503, "ServiceUnavailable"],
    ] as const) {
      const { conclude, log, outcome } = sentCall(call);
      log.failure = new Error("down");
      const response = await conclude(answerOf(new Pieces(SMALL)));
      expect(response.status).toBe(status);
      expect(textOf(response.body)).toContain(`<Code>${code}</Code>`);
      expect(outcome()).toBeUndefined();
    }
  });

  it("of a redirect keeps its status and loses its target", async () => {
    const { conclude, outcome } = sentCall(READ);
    const headers = [
      ["location", "https://evil.example/bucket"],
      ["x-amz-bucket-region", "eu-central-1"],
      ["set-cookie", "a=b"],
      ["x-amz-request-id", "aws-1"],
    ] as const;
    const response = await conclude(answerOf(new Pieces([]), { status: 307, headers }));
    expect(response.status).toBe(307);
    expect(response.headers).not.toHaveProperty("location");
    expect(response.headers).not.toHaveProperty("set-cookie");
    expect(response.headers).toHaveProperty("x-amz-bucket-region", "eu-central-1");
    expect(outcome()).toMatchObject({ ending: "answered", status: 307, mayHaveRun: true });
  });

  it("of a HEAD keeps the length of the object and has no body", async () => {
    const { conclude } = sentCall(READ, "HEAD");
    const headers = [["content-length", "7340032"]] as const;
    const response = await conclude(answerOf(new Pieces([]), { headers, declaredLength: 7_340_032 }));
    expect(response.headers["content-length"]).toBe("7340032");
    expect(await received(response)).toEqual({ bytes: 0, error: null });
  });

  it("of a refusal by AWS certainly did not run, and its code is on record", async () => {
    const { conclude, outcome } = sentCall(WRITE);
    const headers = [["x-amzn-errortype", "AccessDeniedException:http://internal.amazon.com/"]] as const;
    await conclude(answerOf(new Pieces(SMALL), { status: 403, headers }));
    expect(outcome()).toMatchObject({ ending: "answered", code: "AccessDeniedException", mayHaveRun: false });
  });

  it("that ends at exactly one megabyte still waits for its outcome", async () => {
    const { conclude, outcome } = sentCall(READ);
    const response = await conclude(answerOf(new Pieces([MEGABYTE])));
    expect(response.body).toBeInstanceOf(Uint8Array);
    expect(outcome()).toMatchObject({ responseBytes: MEGABYTE });
  });
});

describe("an answer that is cut within its first megabyte", () => {
  it("leaves a write in doubt, told by an error that SDKs do not retry", async () => {
    const { conclude, outcome } = sentCall(WRITE);
    const response = await conclude(answerOf(new Pieces(SMALL, "cut"), { declaredLength: 40 }));
    expect(response.status).toBe(400);
    expect(textOf(response.body)).toContain("<Code>RequestInDoubt</Code>");
    expect(outcome()).toMatchObject({ ending: "in_doubt", mayHaveRun: true, code: "RequestInDoubt" });
  });

  it("lets a read be made again, told by an error that SDKs do retry", async () => {
    const { conclude, outcome } = sentCall(READ);
    const response = await conclude(answerOf(new Pieces(SMALL, "cut")));
    expect(response.status).toBe(503);
    expect(outcome()).toMatchObject({ ending: "in_doubt", status: 503, responseDigest: null });
  });
});

describe("an answer that streams", () => {
  it("passes on every byte, and its outcome says what went by", async () => {
    const { conclude, outcome } = sentCall(READ);
    const response = await conclude(answerOf(new Pieces(LARGE)));
    expect(outcome()).toBeUndefined();
    expect(await received(response)).toEqual({ bytes: 2 * MEGABYTE + 5, error: null });
    const whole = Buffer.concat(LARGE.map((size, index) => Buffer.alloc(size, index + 1)));
    expect(outcome()).toMatchObject({
      ending: "answered",
      responseBytes: 2 * MEGABYTE + 5,
      responseDigest: createHash("sha256").update(whole).digest("hex"),
    });
  });

  it("that AWS cuts ends in an error, never as if it were whole, and is in doubt on record", async () => {
    const { conclude, outcome } = sentCall(READ);
    const response = await conclude(answerOf(new Pieces(LARGE, "cut")));
    expect(await received(response)).toMatchObject({ error: expect.stringContaining("declared end") });
    expect(outcome()).toMatchObject({ ending: "in_doubt", responseDigest: null, responseBytes: null });
  });

  it("destroys the stream to the client when it is cut", async () => {
    const { conclude } = sentCall(READ);
    const { body } = streamResponse(await conclude(answerOf(new Pieces(LARGE, "cut"))));
    await expect(body.toArray()).rejects.toThrow("declared end");
    expect(body.destroyed).toBe(true);
  });

  it("ends in an error when its outcome cannot be recorded, although every byte was there", async () => {
    const { conclude, log } = sentCall(READ);
    const response = await conclude(answerOf(new Pieces(LARGE)));
    log.failure = new Error("down");
    expect(await received(response)).toEqual({
      bytes: 2 * MEGABYTE + 5,
      error: "the outcome of this call could not be recorded",
    });
  });

  it("is closed, and in doubt on record, when the client leaves in its middle", async () => {
    const { conclude, outcome } = sentCall(READ);
    const pieces = new Pieces(LARGE);
    const response = await conclude(answerOf(pieces));
    for await (const _ of response.body as AsyncIterable<Uint8Array>) break;
    expect(pieces.closed).toBe(true);
    expect(outcome()).toMatchObject({ ending: "in_doubt" });
  });

  // A generator that is left before its first step runs nothing of itself: the intent had no outcome then.
  it("is closed, and in doubt on record, when the client leaves before its first byte", async () => {
    const { conclude, outcome } = sentCall(READ);
    const pieces = new Pieces(LARGE);
    const { body } = streamResponse(await conclude(answerOf(pieces)));
    await new Promise((resolve) => body.once("close", resolve).destroy());
    expect(pieces.closed).toBe(true);
    expect(outcome()).toMatchObject({ ending: "in_doubt" });
  });

  it("still gets its outcome when closing the rest of the answer fails", async () => {
    const { conclude, outcome } = sentCall(READ);
    const pieces = new Pieces(LARGE);
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]() {
        const inner = pieces[Symbol.asyncIterator]();
        return { next: () => inner.next(), return: () => Promise.reject(new Error("the socket is gone")) };
      },
    };
    expect(await received(await conclude(answerOf(body)))).toMatchObject({ error: null });
    expect(outcome()).toMatchObject({ ending: "answered" });
  });
});

// The function was alive longer than the reconciler thought: its end must not contradict the one that stands.
describe("an end that comes after the reconciler's", () => {
  const LOST = { ...outcome({ ending: "in_doubt", mayHaveRun: true }), closedBy: "reconciler" } as const;

  it.each([
    ["a change is told to be in doubt, and is not tried again", WRITE, 400, "RequestInDoubt"],
    ["a read is told to try again", READ, 503, "ServiceUnavailable"],
  ] as const)("is not written: %s", async (_, call, status, code) => {
    const { conclude, log, sent, outcome: standing } = sentCall(call);
    await log.appendOutcome(sent.key, LOST);
    const response = await conclude(answerOf(new Pieces(SMALL)));
    expect(response.status).toBe(status);
    expect(textOf(response.body)).toContain(`<Code>${code}</Code>`);
    expect(standing()).toEqual(LOST);
  });

  it("is not written: a stream that was whole ends in an error", async () => {
    const { conclude, log, sent, outcome: standing } = sentCall(READ);
    await log.appendOutcome(sent.key, LOST);
    expect(await received(await conclude(answerOf(new Pieces(LARGE))))).toMatchObject({
      error: "the outcome of this call could not be recorded",
    });
    expect(standing()).toEqual(LOST);
  });

  it("is not written: what was never sent is told so, and its retry is told that it is in doubt", async () => {
    const { sent, log, payloads, outcome: standing } = sentCall(WRITE);
    await log.appendOutcome(sent.key, LOST);
    const dependencies = { clock: CLOCK, log, answers: NO_ANSWERS, payloads, ...MASKING };
    const { response } = await concludeNotSent(sent, dependencies);
    expect(response.status).toBe(503);
    expect(standing()).toEqual(LOST); // may have run: no further attempt is made (flow/forward.ts)
  });
});

describe("a call without an answer", () => {
  it("that was never sent is refused, did not run and may be tried again", async () => {
    const { sent, log, payloads, outcome } = sentCall(WRITE);
    const { response } = await concludeNotSent(sent, {
      clock: CLOCK,
      log,
      answers: NO_ANSWERS,
      payloads,
      ...MASKING,
    });
    expect(response.status).toBe(503);
    expect(outcome()).toMatchObject({ ending: "refused", mayHaveRun: false, status: 503 });
  });

  it.each([
    ["a write", WRITE, 400],
    ["a read", READ, 503],
  ] as const)("that was sent is in doubt: %s", async (_, call, status) => {
    const { sent, log, payloads, outcome } = sentCall(call);
    const { response } = await concludeUnknown(sent, {
      clock: CLOCK,
      log,
      answers: NO_ANSWERS,
      payloads,
      ...MASKING,
    });
    expect(response.status).toBe(status);
    expect(outcome()).toMatchObject({ ending: "in_doubt", mayHaveRun: true, status });
  });

  it("is told the same when even that cannot be recorded", async () => {
    const { sent, log, payloads } = sentCall(WRITE);
    log.failure = new Error("down");
    expect(
      (await concludeUnknown(sent, { clock: CLOCK, log, answers: NO_ANSWERS, payloads, ...MASKING })).response
        .status,
    ).toBe(400);
  });
});
