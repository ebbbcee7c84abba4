// An own domain through the whole flow: what stands before its name counts only under a signature that covers it.

import { describe, expect, it } from "vitest";
import { secretMessage } from "../../lambdas/identity/session-keys.ts";
import { keyIdOf } from "../../lambdas/model/ids.ts";
import { signRequest } from "../identity/sigv4/independent-signer.ts";
import { goodToken } from "../identity/token/issue.ts";
import type { SentRequest } from "../ingress/as-event.ts";
import { type Answer, secretOf, type TestGateway, testGateway } from "./gateway.ts";
import { bearerGetItem, exchangeOf, openSession } from "./requests.ts";

const PUBLIC = "gateway.example.com";
const CLOUDFRONT = "d111111abcdef8.cloudfront.net";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // sha256 of nothing

function gatewayAt(name = PUBLIC): TestGateway {
  return testGateway({}, { publicUrl: async () => `https://${name}` });
}

interface GetOptions {
  readonly leaveOut?: readonly string[];
  readonly headers?: readonly (readonly [string, string])[];
  readonly service?: string;
}

async function signedGet(
  gateway: TestGateway,
  host: string,
  path: string,
  { leaveOut = [], headers = [], service = "s3" }: GetOptions = {},
): Promise<SentRequest> {
  const { id } = await openSession(gateway, "agent-a");
  const timestamp = new Date(gateway.clock.nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const unsigned = {
    method: "GET",
    path,
    query: "",
    headers: [["Host", host], ["X-Amz-Date", timestamp], ["X-Amz-Content-Sha256", EMPTY], ...headers],
    body: Buffer.alloc(0),
  } as const;
  const secret = secretOf(secretMessage(id));
  return signRequest(unsigned, { service, timestamp, keyId: keyIdOf(id), secret, leaveOut }).request;
}

function withHost(request: SentRequest, host: string): SentRequest {
  return {
    ...request,
    headers: request.headers.map(([name, value]) => [name, name.toLowerCase() === "host" ? host : value]),
  };
}

function upstreamOf({ sender }: TestGateway): object[] {
  return sender.sent.map(({ host, path }) => ({ host, path }));
}

function expectRefused(answer: Answer, gateway: TestGateway, code: string): void {
  expect(answer.text).toContain(`<Code>${code}</Code>`);
  expect(gateway.sender.sent).toEqual([]);
}

describe("a bucket before an own domain", () => {
  it("reaches S3 in the path, whatever bucket the path seems to name", async () => {
    const gateway = gatewayAt();
    const answer = await gateway.send(await signedGet(gateway, `mine.${PUBLIC}`, "/aws/other/key"));
    expect(answer.status).toBe(200);
    expect(upstreamOf(gateway)).toEqual([{ host: "s3.eu-west-1.amazonaws.com", path: "/mine/other/key" }]);
    expect(JSON.stringify(gateway.log.records)).toContain("arn:aws:s3:::mine/other/key");
  });

  it("is refused when another bucket was signed, and when none was", async () => {
    for (const signedFor of [`mine.${PUBLIC}`, PUBLIC]) {
      const gateway = gatewayAt();
      const request = await signedGet(gateway, signedFor, "/aws/key");
      const answer = await gateway.send(withHost(request, `other.${PUBLIC}`));
      expectRefused(answer, gateway, "SignatureDoesNotMatch");
    }
  });

  it("is refused when it is taken away from the host that was signed", async () => {
    const gateway = gatewayAt();
    const request = await signedGet(gateway, `mine.${PUBLIC}`, "/aws/other/key");
    expectRefused(await gateway.send(withHost(request, PUBLIC)), gateway, "SignatureDoesNotMatch");
  });

  it("is refused when the host is not signed", async () => {
    const gateway = gatewayAt();
    const request = await signedGet(gateway, `mine.${PUBLIC}`, "/aws/key", { leaveOut: ["host"] });
    const answer = await gateway.send(request);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(gateway.sender.sent).toEqual([]);
  });

  it("is refused before the name of CloudFront, with the way to path-style addresses", async () => {
    const gateway = gatewayAt(CLOUDFRONT);
    const answer = await gateway.send(await signedGet(gateway, `mine.${CLOUDFRONT}`, "/aws/key"));
    expectRefused(answer, gateway, "InvalidRequest");
    expect(answer.text).toContain("forcePathStyle");
    expect(gateway.count.state).toBe(0);
  });
});

describe("an account before an own domain", () => {
  it("is S3 Control's, sent to the host of the model", async () => {
    const gateway = gatewayAt();
    const account = [["x-amz-account-id", "111122223333"]] as const;
    const path = "/aws/v20180820/configuration/publicAccessBlock";
    const host = `111122223333.${PUBLIC}`;
    expect((await gateway.send(await signedGet(gateway, host, path, { headers: account }))).status).not.toBe(
      403,
    );
    expect(upstreamOf(gateway)).toEqual([
      { host: "111122223333.s3-control.eu-west-1.amazonaws.com", path: path.slice("/aws".length) },
    ]);
  });
});

describe("what signs no host has nothing before the name", () => {
  it("neither a token exchange nor a call with a token", async () => {
    const gateway = gatewayAt();
    const token = goodToken();
    for (const request of [exchangeOf(token), bearerGetItem(token)]) {
      const answer = await gateway.send(withHost(request, `mine.${PUBLIC}`));
      expect(answer.text).toContain("forcePathStyle");
    }
    expect(gateway.count).toMatchObject({ keyFetches: 0, state: 0, secrets: 0 });
    expect(gateway.sender.sent).toEqual([]);
  });
});
