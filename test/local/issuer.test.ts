// The local identity provider and the authority behind its certificate.

import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAuthority, openAuthority } from "../../lib/local/certificates.ts";
import { type LocalIssuer, startIssuer } from "../../lib/local/issuer.ts";
import { type Listeners, openListeners } from "../../lib/local/listeners.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "issuer-"));
let authority: LocalAuthority;
const opened: Listeners[] = [];

async function open(): Promise<LocalIssuer> {
  const listeners = await openListeners(0, authority);
  opened.push(listeners);
  return startIssuer({
    server: listeners.issuer,
    url: listeners.issuerUrl,
    audience: "countersign",
    agents: [
      { name: "reader", groups: ["mcp-readers", "all"] },
      { name: "loner", groups: [] },
    ],
    dataDirectory,
    caPem: authority.caPem,
  });
}

beforeAll(async () => {
  authority = await openAuthority(dataDirectory);
});
afterAll(async () => {
  for (const listeners of opened) await listeners.close();
  rmSync(dataDirectory, { recursive: true, force: true });
});

function getJson(url: string): Promise<Record<string, never>> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca: authority.caPem }, (response) => {
      let text = "";
      response.on("data", (part) => {
        text += String(part);
      });
      response.on("end", () => resolve(JSON.parse(text)));
    });
    sent.on("error", reject);
    sent.end();
  });
}

function partsOf(token: string): readonly [Record<string, unknown>, Record<string, unknown>, string] {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const parse = (text: string) => JSON.parse(Buffer.from(text, "base64url").toString());
  return [parse(header), parse(payload), signature];
}

describe("the local issuer", () => {
  test("gives an agent a signed token with its name and groups, for the audience only", async () => {
    const issuer = await open();
    const token = await issuer.mintToken("reader");
    const [header, claims, signature] = partsOf(token);
    expect(header).toMatchObject({ alg: "RS256", typ: "at+jwt" });
    expect(claims).toMatchObject({
      iss: issuer.issuer,
      sub: "reader",
      aud: "countersign",
      groups: ["mcp-readers", "all"],
    });
    expect(claims.jti).not.toBe(partsOf(await issuer.mintToken("reader"))[1].jti);
    const { keys } = (await getJson(issuer.jwksUri)) as unknown as { keys: { kid: string }[] };
    const jwk = keys.find(({ kid }) => kid === header.kid);
    const key = createPublicKey({ key: jwk as never, format: "jwk" });
    const signed = token.slice(0, token.lastIndexOf("."));
    expect(verify("sha256", Buffer.from(signed), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(jwk).not.toHaveProperty("d");
  });

  test("gives an agent without groups an empty list", async () => {
    const [, claims] = partsOf(await (await open()).mintToken("loner"));
    expect(claims.groups).toEqual([]);
  });

  test("signs with the same key after a restart", async () => {
    const [first] = partsOf(await (await open()).mintToken("reader"));
    const [second] = partsOf(await (await open()).mintToken("reader"));
    expect(second.kid).toBe(first.kid);
  });

  test("publishes its keys where discovery says", async () => {
    const issuer = await open();
    const discovery = await getJson(`${issuer.issuer}/.well-known/openid-configuration`);
    expect(discovery).toMatchObject({ issuer: issuer.issuer, jwks_uri: issuer.jwksUri });
  });

  test("knows nobody else", async () => {
    await expect((await open()).mintToken("stranger")).rejects.toThrow(/no agent `stranger`/);
  });
});

describe("the authority", () => {
  test("stays the same over restarts", async () => {
    expect((await openAuthority(dataDirectory)).caPem).toBe(authority.caPem);
  });
});
