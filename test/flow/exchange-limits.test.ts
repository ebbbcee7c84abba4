import { describe, expect, it } from "vitest";
import { signTexts, withClaims, withHeader } from "../identity/token/issue.ts";
import { BAD_KEYS } from "../identity/token/keys.ts";
import { type Answer, type TestGateway, testGateway } from "./gateway.ts";
import { bearerGetItem, exchangeOf } from "./requests.ts";

const OFFICE: string = "192.0.2.10";
const throttled = ({ text }: Answer): boolean => text.includes("Throttling");
const stranger = (n: number): string => `198.51.${n >> 8}.${n & 255}`;

/** Well-formed and of our issuer, with a signature of somebody else; each another text. */
function forged(n: number): string {
  return withHeader({ x: n }, BAD_KEYS.attacker);
}

async function flood(
  gateway: TestGateway,
  count: number,
  { request = exchangeOf, token = forged, ip = (_: number) => OFFICE } = {},
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await gateway.send(request(token(n)), ip(n)));
  return answers;
}

describe("a flood of bad tokens", () => {
  it.each([
    ["the exchange", exchangeOf],
    ["a call", bearerGetItem],
  ])("at %s is answered without crypto, fetch or table after the source's bound", async (_, request) => {
    const gateway = testGateway({ exchangesPerMinutePerSource: 50 });
    const answers = await flood(gateway, 300, { request });
    expect(answers.filter((answer) => !throttled(answer))).toHaveLength(50);
    expect(answers.slice(50).every(throttled)).toBe(true);
    expect(gateway.count).toEqual({ keyFetches: 1, state: 0, secrets: 0 });
    expect(gateway.log.records).toHaveLength(10);
  });

  it("with invented key ids and issuers fetches no more than without", async () => {
    const gateway = testGateway();
    await flood(gateway, 200, { token: (n) => withHeader({ kid: `invented-${n}` }) });
    await flood(gateway, 200, {
      token: (n) => signTexts("{}", JSON.stringify({ iss: `https://invented-${n}.example.com` })),
      ip: stranger,
    });
    expect(gateway.count.keyFetches).toBe(1);
    expect(gateway.count.state).toBe(0);
  });

  it("from many addresses is bounded by the issuer it claims, and whoever was good before passes", async () => {
    const gateway = testGateway({ exchangesPerMinutePerIssuer: 40 });
    expect((await gateway.send(exchangeOf(withClaims({ sub: "agent-1" })), OFFICE)).status).toBe(200);
    const answers = await flood(gateway, 300, { ip: stranger });
    expect(answers.filter((answer) => !throttled(answer))).toHaveLength(39); // the first of the office was one
    expect((await gateway.send(exchangeOf(withClaims({ sub: "agent-2" })), OFFICE)).status).toBe(200);
    expect(throttled(await gateway.send(exchangeOf(withClaims({ sub: "agent-3" })), stranger(9_000)))).toBe(
      true,
    );
    gateway.clock.ms += 60_000;
    expect((await gateway.send(exchangeOf(withClaims({ sub: "agent-3" })), stranger(9_000))).status).toBe(
      200,
    );
  });

  it("with one token leaves the others behind the same address their exchanges", async () => {
    const gateway = testGateway();
    const expired = withClaims({ exp: 1_700_000_000, iat: 1_699_999_000, nbf: 1_699_999_000 });
    const answers = await flood(gateway, 500, { token: () => expired });
    expect(answers.filter(throttled)).toHaveLength(480);
    expect((await gateway.send(exchangeOf(withClaims({ sub: "neighbour" })), OFFICE)).status).toBe(200);
  });

  it("from one IPv6 /64 is one source", async () => {
    const gateway = testGateway({ exchangesPerMinutePerSource: 25 });
    const answers = await flood(gateway, 200, { ip: (n) => `2001:db8:0:1::${n.toString(16)}` });
    expect(answers.filter((answer) => !throttled(answer))).toHaveLength(25);
  });
});

describe("a refused exchange", () => {
  it("is Throttling in STS's own form, which SDKs retry", async () => {
    const gateway = testGateway({ exchangesPerMinutePerSource: 1 });
    const [, answer] = await flood(gateway, 2);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer?.text).toContain("<Code>Throttling</Code>");
  });

  it("never reads a form of a source that is over its limit", async () => {
    const gateway = testGateway({ exchangesPerMinutePerSource: 1 });
    await flood(gateway, 1);
    const broken = { ...exchangeOf("x"), body: Buffer.from("%%%") };
    expect(
      throttled(await gateway.send({ ...broken, headers: exchangeOf("x").headers.slice(0, 2) }, OFFICE)),
    ).toBe(true);
  });
});

describe("an agent that holds a good token", () => {
  const token = withClaims({ sub: "bearer" });

  it("makes its calls with it under the limit of calls, not of exchanges", async () => {
    const gateway = testGateway({
      exchangesPerMinutePerSource: 2,
      callBurstPerAgent: 30,
      callBurstPerSession: 30,
    });
    const answers = await flood(gateway, 60, { request: bearerGetItem, token: () => token });
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
    expect(answers.slice(30).every(throttled)).toBe(true);
  });

  it("is over its limit with its session's keys too, since both are the agent's", async () => {
    const gateway = testGateway({ callBurstPerAgent: 10, callBurstPerSession: 10 });
    await flood(gateway, 20, { request: bearerGetItem, token: () => token });
    const another = withClaims({ sub: "bearer", jti: "another" });
    expect(throttled(await gateway.send(bearerGetItem(another), OFFICE))).toBe(true);
    const neighbour = withClaims({ sub: "neighbour" });
    expect((await gateway.send(bearerGetItem(neighbour), OFFICE)).status).toBe(200);
  });

  it("falls under the limit of exchanges again when the token has expired", async () => {
    const gateway = testGateway({ exchangesPerMinutePerSource: 30 });
    expect((await gateway.send(bearerGetItem(token), OFFICE)).status).toBe(200);
    gateway.clock.ms += 301_000;
    const answers = await flood(gateway, 20, { request: bearerGetItem, token: () => token });
    // The first one was still known; what is known no more takes of the 5 that one token has.
    expect(answers.filter((answer) => !throttled(answer))).toHaveLength(6);
  });
});
