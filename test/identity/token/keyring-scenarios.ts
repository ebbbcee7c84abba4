// How keys are fetched, kept and forgotten: each scenario plays against any build of the verifier, a weakened one
// included, with a clock and an issuer of its own, and throws when the behaviour is not as its name says.

import assert from "node:assert/strict";
import type { TokenVerifier } from "../../../lambdas/identity/token/token-verifier.ts";
import { CLAIMS, ISSUER, ISSUER_CONFIG, NOW, OTHER_ISSUER, signTexts, withHeader } from "./issue.ts";
import { BAD_KEYS, KEYS, publicJwk, type TestKey } from "./keys.ts";
import type { CreateTokenVerifier } from "./vectors.ts";

export interface VerifierModule {
  readonly createTokenVerifier: CreateTokenVerifier;
  readonly JwksUnavailable: new (reason: string) => Error;
}

export interface Scenario {
  readonly name: string;
  readonly play: (module: VerifierModule) => Promise<void>;
}

const OLD: TestKey = { ...KEYS.rsa, kid: "old" };
const NEW: TestKey = { ...BAD_KEYS.otherIssuer, kid: "new" };
const HOUR = 3600;

/** An issuer that can rotate, fail and hang, and counts how often it is asked. */
class FakeIssuer {
  keys: readonly TestKey[] = [OLD];
  document: Uint8Array | undefined;
  down = false;
  fetches = 0;
  now = NOW;
  gate: Promise<void> = Promise.resolve();
  readonly verifier: TokenVerifier;
  readonly #module: VerifierModule;

  constructor(module: VerifierModule) {
    this.#module = module;
    this.verifier = module.createTokenVerifier({
      issuers: [ISSUER_CONFIG, { ...ISSUER_CONFIG, issuer: OTHER_ISSUER }],
      fetcher: { fetch: () => this.#answer() },
      now: () => this.now,
    });
  }

  async #answer(): Promise<Uint8Array> {
    this.fetches += 1;
    await this.gate;
    if (this.down) {
      throw new this.#module.JwksUnavailable("down");
    }
    return this.document ?? Buffer.from(JSON.stringify({ keys: this.keys.map((key) => publicJwk(key)) }));
  }

  async verdict(key: TestKey, iss = ISSUER): Promise<string> {
    const claims = { ...CLAIMS, iss, iat: this.now, nbf: this.now, exp: this.now + 300 };
    const header = { alg: key.alg, kid: key.kid };
    const result = await this.verifier.verify(signTexts(JSON.stringify(header), JSON.stringify(claims), key));
    return result.kind === "verified" ? "verified" : result.code;
  }

  /** A token with a kid that nobody has. */
  async invented(kid: string): Promise<string> {
    const result = await this.verifier.verify(withHeader({ kid }));
    return result.kind === "verified" ? "verified" : result.code;
  }
}

function scenario(name: string, play: (issuer: FakeIssuer) => Promise<void>): Scenario {
  return { name, play: (module) => play(new FakeIssuer(module)) };
}

const fetching: readonly Scenario[] = [
  scenario("fetches once for many tokens", async (issuer) => {
    for (let count = 0; count < 5; count += 1) {
      assert.equal(await issuer.verdict(OLD), "verified");
    }
    assert.equal(issuer.fetches, 1);
  }),
  scenario("fetches once for twenty tokens that come at the same time", async (issuer) => {
    let open = () => {};
    issuer.gate = new Promise((resolve) => {
      open = resolve;
    });
    const verdicts = Array.from({ length: 20 }, () => issuer.verdict(OLD));
    await new Promise(setImmediate);
    open();
    assert.deepEqual(new Set(await Promise.all(verdicts)), new Set(["verified"]));
    assert.equal(issuer.fetches, 1);
  }),
  scenario("fetches one address once for two issuers that share it", async (issuer) => {
    assert.equal(await issuer.verdict(OLD), "verified");
    assert.equal(await issuer.verdict(OLD, OTHER_ISSUER), "verified");
    assert.equal(issuer.fetches, 1);
  }),
  scenario("finds a new key after a rotation, 30 s after the last fetch", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.keys = [OLD, NEW];
    issuer.now += 29;
    assert.equal(await issuer.verdict(NEW), "InvalidIdentityToken");
    issuer.now += 1;
    assert.equal(await issuer.verdict(NEW), "verified");
    assert.equal(issuer.fetches, 2);
  }),
  scenario("forgets a withdrawn key within 10 minutes", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.keys = [NEW];
    issuer.now += 600;
    assert.equal(await issuer.verdict(OLD), "verified");
    issuer.now += 1;
    assert.equal(await issuer.verdict(OLD), "InvalidIdentityToken");
  }),
  scenario("forgets all keys when the issuer publishes none", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.keys = [];
    issuer.now += 601;
    assert.equal(await issuer.verdict(OLD), "InvalidIdentityToken");
  }),
  scenario("uses the new key when it replaces another under the same kid", async (issuer) => {
    await issuer.verdict(OLD);
    const replaced = { ...NEW, kid: OLD.kid };
    issuer.keys = [replaced];
    issuer.now += 601;
    assert.equal(await issuer.verdict(replaced), "verified");
    assert.equal(await issuer.verdict(OLD), "InvalidIdentityToken");
  }),
  scenario("fetches at most once in 30 s for a flood of invented kids", async (issuer) => {
    await issuer.verdict(OLD);
    for (let second = 0; second < 120; second += 1) {
      issuer.now = NOW + second;
      for (let count = 0; count < 5; count += 1) {
        assert.equal(await issuer.invented(`invented-${second}-${count}`), "InvalidIdentityToken");
      }
    }
    assert.equal(issuer.fetches, 4); // at 0, 30, 60 and 90 s
    assert.equal(await issuer.verdict(OLD), "verified");
  }),
  scenario("fetches again when the clock has jumped back behind the last fetch", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.keys = [NEW];
    issuer.now -= HOUR;
    assert.equal(await issuer.verdict(OLD), "InvalidIdentityToken");
    assert.equal(issuer.fetches, 2);
  }),
];

const outages: readonly Scenario[] = [
  scenario("answers IDPCommunicationError when no key was ever fetched", async (issuer) => {
    issuer.down = true;
    assert.equal(await issuer.verdict(OLD), "IDPCommunicationError");
  }),
  scenario("asks a dead issuer once in 5 s, and recovers", async (issuer) => {
    issuer.down = true;
    await issuer.verdict(OLD);
    issuer.now += 4;
    issuer.down = false;
    assert.equal(await issuer.verdict(OLD), "IDPCommunicationError");
    assert.equal(issuer.fetches, 1);
    issuer.now += 1;
    assert.equal(await issuer.verdict(OLD), "verified");
  }),
  scenario("uses known keys for exactly 24 h of outage", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.down = true;
    issuer.now += 24 * HOUR;
    assert.equal(await issuer.verdict(OLD), "verified");
  }),
  scenario("uses known keys not one second longer than 24 h", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.down = true;
    issuer.now += 24 * HOUR + 1;
    assert.equal(await issuer.verdict(OLD), "IDPCommunicationError");
  }),
  scenario("asks an issuer that is down once in 30 s while known keys serve", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.down = true;
    for (let second = 0; second < 90; second += 1) {
      issuer.now = NOW + 601 + second;
      assert.equal(await issuer.verdict(OLD), "verified");
    }
    assert.equal(issuer.fetches, 1 + 3);
  }),
  scenario("answers IDPCommunicationError for an unknown kid during an outage", async (issuer) => {
    await issuer.verdict(OLD);
    issuer.down = true;
    issuer.now += 60;
    assert.equal(await issuer.verdict(NEW), "IDPCommunicationError");
  }),
];

const poison: readonly (readonly [string, string | Buffer])[] = [
  ["an HTML page", "<html>maintenance</html>"],
  ["nothing", ""],
  ["a list", "[]"],
  ["an object without keys", "{}"],
  ["keys that are an object", '{"keys":{}}'],
  ["keys that are text", '{"keys":["rsa-1"]}'],
  ["keys twice", '{"keys":[],"keys":[]}'],
  ["a key with a member twice", '{"keys":[{"kty":"RSA","kty":"oct"}]}'],
  ["101 keys", JSON.stringify({ keys: Array.from({ length: 101 }, () => publicJwk(NEW)) })],
  ["over 1 MB", JSON.stringify({ keys: [publicJwk(NEW)], pad: "x".repeat(1_000_000) })],
  ["17 levels", `{"keys":[],"x":${"[".repeat(17)}${"]".repeat(17)}}`],
  ["invalid UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
  ["a byte order mark", `\ufeff${JSON.stringify({ keys: [publicJwk(NEW)] })}`],
];

const poisoned: readonly Scenario[] = poison.map(([what, document]) =>
  scenario(`keeps known keys, and takes none, when the document is ${what}`, async (issuer) => {
    await issuer.verdict(OLD);
    issuer.document = Buffer.from(document);
    issuer.now += 601;
    assert.equal(await issuer.verdict(OLD), "verified");
    assert.equal(await issuer.verdict(NEW), "IDPCommunicationError");
  }),
);

export const SCENARIOS: readonly Scenario[] = [...fetching, ...outages, ...poisoned];
