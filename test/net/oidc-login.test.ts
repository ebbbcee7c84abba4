// Signing in at a real provider over TLS: the local issuer, asked by the client that the pages use.

import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoginClient, LoginSecrets } from "../../lambdas/flow/approvals/ports.ts";
import { createOidcLogin } from "../../lambdas/net/oidc-login.ts";
import { type LocalAuthority, openAuthority } from "../../lib/local/certificates.ts";
import { startIssuer } from "../../lib/local/issuer.ts";
import { type Listeners, openListeners } from "../../lib/local/listeners.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "login-"));
const REDIRECT = "http://127.0.0.1:4566/login/callback";
const clock = { nowMs: () => Date.now() };
let authority: LocalAuthority;
let listeners: Listeners;
let issuer: string;
const before = tls.getCACertificates("default");

beforeAll(async () => {
  authority = await openAuthority(dataDirectory);
  tls.setDefaultCACertificates([authority.caPem]);
  listeners = await openListeners(0, authority);
  ({ issuer } = startIssuer({
    server: listeners.issuer,
    url: listeners.issuerUrl,
    audience: "countersign",
    agents: [{ name: "agent", groups: [] }],
    dataDirectory,
    caPem: authority.caPem,
    people: [
      { subject: "ada", name: "Ada <b>Lovelace</b>", groups: ["prod-approvers", "everybody"] },
      { subject: "bob", name: "Bob", groups: [] },
    ],
    approverClient: { clientId: "approvals", redirectUris: [REDIRECT] },
  }));
});
afterAll(async () => {
  tls.setDefaultCACertificates(before);
  await listeners.close();
  authority.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

function client(
  change: { clientId?: string; groupsClaim?: string | null; issuer?: string; scopes?: string[] } = {},
): LoginClient {
  const login = {
    issuer,
    clientId: "approvals",
    clientSecretArn: null,
    scopes: ["openid", "profile", "email"],
    groupsClaim: "groups",
    ...change,
  };
  return createOidcLogin({ login, clock, clientSecret: async () => null });
}

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

/** A browser's part: follows one address at the provider with a jar of its cookies. */
function visit(jar: Map<string, string>, url: string, form?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      ...(cookie && { cookie }),
      ...(form && { "content-type": "application/x-www-form-urlencoded" }),
    };
    request(url, { method: form === undefined ? "GET" : "POST", headers, agent: false }, (response) => {
      for (const line of response.headers["set-cookie"] ?? []) {
        const [pair = ""] = line.split(";");
        jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
      }
      let text = "";
      response.on("data", (part) => {
        text += String(part);
      });
      const location = response.headers.location ?? "";
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          location: location && new URL(location, url).href,
          text,
        }),
      );
    })
      .on("error", reject)
      .end(form);
  });
}

/** Signs in at the provider and returns the query that comes back to the gateway. */
async function signInAtProvider(url: string, person: string, jar = new Map<string, string>()) {
  let answer = await visit(jar, url);
  const page = await visit(jar, answer.location);
  const picking = answer.location;
  answer = await visit(jar, picking, `person=${person}`);
  while (answer.location !== "" && !answer.location.startsWith(REDIRECT))
    answer = await visit(jar, answer.location);
  return { query: [...new URL(answer.location).searchParams], page: page.text };
}

async function begin(login: LoginClient): Promise<{ url: string; secrets: LoginSecrets }> {
  const begun = await login.begin(REDIRECT);
  if (begun.kind !== "begun") throw new Error("not begun");
  return begun;
}

describe("a login at a real provider", () => {
  test("brings back who the person is, with their groups, and the page escapes their name", async () => {
    const login = client();
    const { url, secrets } = await begin(login);
    expect(new URL(url).searchParams.get("code_challenge_method")).toBe("S256");
    const { query, page } = await signInAtProvider(url, "ada");
    expect(page).toContain("Ada &#60;b&#62;Lovelace");
    expect(await login.finish(REDIRECT, query, secrets)).toEqual({
      kind: "identity",
      identity: {
        issuer,
        subject: "ada",
        name: "Ada <b>Lovelace</b>",
        groups: ["prod-approvers", "everybody"],
      },
    });
  });

  test("asks anew who one is each time, in the same browser", async () => {
    const jar = new Map<string, string>();
    const login = client();
    for (const person of ["ada", "bob"]) {
      const { url, secrets } = await begin(login);
      const { query } = await signInAtProvider(url, person, jar);
      expect(await login.finish(REDIRECT, query, secrets)).toMatchObject({ identity: { subject: person } });
    }
  });

  test.each([
    ["another state", (secrets: LoginSecrets) => ({ ...secrets, state: `${secrets.state}x` }), "token"],
    ["another nonce", (secrets: LoginSecrets) => ({ ...secrets, nonce: `${secrets.nonce}x` }), "token"],
    ["another verifier", (secrets: LoginSecrets) => ({ ...secrets, verifier: "v".repeat(43) }), "code"],
  ])("is refused for %s", async (_what, change, reason) => {
    const login = client();
    const { url, secrets } = await begin(login);
    const { query } = await signInAtProvider(url, "ada");
    expect(await login.finish(REDIRECT, query, change(secrets))).toEqual({ kind: "refused", reason });
  });

  test("is refused when its code was used already", async () => {
    const login = client();
    const { url, secrets } = await begin(login);
    const { query } = await signInAtProvider(url, "ada");
    expect(await login.finish(REDIRECT, query, secrets)).toMatchObject({ kind: "identity" });
    expect(await login.finish(REDIRECT, query, secrets)).toEqual({ kind: "refused", reason: "code" });
  });

  test("is refused when the groups are not a list", async () => {
    const login = client({ groupsClaim: "name" });
    const { url, secrets } = await begin(login);
    const { query } = await signInAtProvider(url, "ada");
    expect(await login.finish(REDIRECT, query, secrets)).toEqual({ kind: "refused", reason: "groups" });
  });

  test("has no groups where the configuration names no claim, or the token lacks it", async () => {
    for (const groupsClaim of [null, "absent"]) {
      const login = client({ groupsClaim });
      const { url, secrets } = await begin(login);
      const { query } = await signInAtProvider(url, "ada");
      expect(await login.finish(REDIRECT, query, secrets)).toMatchObject({ identity: { groups: [] } });
    }
  });

  test.each([
    [
      "declined by the provider",
      (query: string[][]) => [["error", "access_denied"], ...query.filter(([name]) => name !== "code")],
      "declined",
    ],
    [
      "from another issuer",
      (query: string[][]) =>
        query.map(([name, value]) => (name === "iss" ? ["iss", "https://evil.example"] : [name, value])),
      "token",
    ],
    ["without a code", (query: string[][]) => query.filter(([name]) => name !== "code"), "token"],
    ["with two states", (query: string[][]) => [...query, ["state", "other"]], "token"],
  ])("is refused when the answer is %s", async (_what, change, reason) => {
    const login = client();
    const { url, secrets } = await begin(login);
    const { query } = await signInAtProvider(url, "ada");
    const changed = change(query) as unknown as [string, string][];
    expect(await login.finish(REDIRECT, changed, secrets)).toEqual({ kind: "refused", reason });
  });

  test("cannot begin while the provider is away, or names itself otherwise", async () => {
    expect(await client({ issuer: "https://localhost:9" }).begin(REDIRECT)).toEqual({ kind: "unreachable" });
    expect(await client({ issuer: `${issuer}/` }).begin(REDIRECT)).toEqual({ kind: "unreachable" });
    expect(await client({ issuer: issuer.replace("https", "http") }).begin(REDIRECT)).toEqual({
      kind: "unreachable",
    });
  });

  test("is refused by the provider for a redirect that is not registered", async () => {
    const begun = await client().begin("http://127.0.0.1:4566/elsewhere");
    const answer = await visit(new Map(), begun.kind === "begun" ? begun.url : "");
    expect([answer.status, answer.location]).toEqual([400, ""]);
  });
});
