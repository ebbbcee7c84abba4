import { beforeEach, describe, expect, it, vi } from "vitest";
import { secretMessage } from "../../lambdas/identity/session-keys.ts";
import { keyIdOf } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import type { SentRequest } from "../ingress/as-event.ts";
import { secretOf, type TestGateway, testGateway } from "./gateway.ts";
import { getItem, openSession } from "./requests.ts";

const GATEWAY_HOST = "d111111abcdef8.cloudfront.net";
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {}); // the faults that these tests cause
});

/** `GET /aws/key`, signed for the host as an S3 client does it. */
function getObject({ clock }: TestGateway, { id }: Session, host: string): SentRequest {
  const timestamp = new Date(clock.nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers = [
    ["Host", host],
    ["X-Amz-Date", timestamp],
    ["X-Amz-Content-Sha256", EMPTY_SHA256],
  ] as const;
  const unsigned = { method: "GET", path: "/aws/reports/key", query: "", headers, body: new Uint8Array() };
  const options = { service: "s3", timestamp, keyId: keyIdOf(id), secret: secretOf(secretMessage(id)) };
  return signRequest(unsigned, options).request;
}

function refusals({ log }: TestGateway): (string | null)[] {
  return log.records.map(({ record }) => (record.phase === "OUTCOME" ? record.code : record.phase));
}

describe("the host that a request names", () => {
  it("may be the gateway's, with any port", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    for (const host of [GATEWAY_HOST, `${GATEWAY_HOST}:443`])
      expect(await gateway.send(getObject(gateway, session, host))).toMatchObject({ status: 200 });
  });

  it("with a bucket in front is refused with the advice to use path style, never read as another bucket", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    const answer = await gateway.send(getObject(gateway, session, `orders.${GATEWAY_HOST}`));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/<Code>InvalidRequest<\/Code>.*forcePathStyle/s);
    expect(gateway.sender.sent).toEqual([]);
    expect(gateway.count).toEqual({ keyFetches: 0, state: 0, secrets: 0 });
    expect(refusals(gateway)).toEqual(["InvalidRequest"]);
  });

  it("of somebody else is refused, whatever the route", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    const elsewhere = getObject(gateway, session, "s3.eu-west-1.amazonaws.com");
    for (const request of [elsewhere, { ...elsewhere, headers: elsewhere.headers.slice(0, 1) }])
      expect(await gateway.send(request)).toMatchObject({ status: 400 });
    expect(gateway.sender.sent).toEqual([]);
  });
});

describe("a fault before anything is sent", () => {
  it("answers that nothing was sent, and is on record", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    gateway.sessions.failure = new Error("the table is down");
    const answer = await gateway.send(getItem(gateway, session));
    expect(answer.status).toBe(500);
    expect(answer.text).toContain("nothing was sent on");
    expect(answer.text).not.toContain("the table is down");
    expect(gateway.sender.sent).toEqual([]);
    expect(refusals(gateway)).toEqual(["InternalFailure"]);
  });

  it("stays a refusal when it cannot be recorded either", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    gateway.log.failure = new Error("down");
    expect(await gateway.send(getItem(gateway, session))).toMatchObject({ status: 500 });
    expect(gateway.sender.sent).toEqual([]);
  });
});
