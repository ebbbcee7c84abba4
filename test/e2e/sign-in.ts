// Signs people in at the local identity provider as a native client does: authorization code and PKCE, without a browser.

import { createHash, randomBytes } from "node:crypto";
import { type APIRequestContext, type APIResponse, request } from "playwright-core";
import type { Demo } from "./demo.ts";

export interface SignInClient {
  readonly clientId: string;
  /** Registered with the provider; nothing needs to listen there. */
  readonly redirectUri: string;
}

/** The ID token of this person. @throws when the provider does not give one */
export async function idTokenOf({ cloud }: Demo, subject: string, client: SignInClient): Promise<string> {
  const api = await request.newContext({ ignoreHTTPSErrors: true });
  try {
    const verifier = randomBytes(32).toString("base64url");
    const asked = new URLSearchParams({
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      response_type: "code",
      scope: "openid profile",
      state: randomBytes(8).toString("hex"),
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    const { issuer } = cloud.issuer;
    const picker = await api.get(`${issuer}/auth?${asked}`);
    const picked = await api.post(picker.url(), { form: { person: subject }, maxRedirects: 0 });
    const code = await codeAfter(api, picked, client.redirectUri);
    const form = {
      grant_type: "authorization_code",
      code,
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
    };
    const answer = await api.post(`${issuer}/token`, { form });
    const { id_token: token } = (await answer.json()) as { id_token?: string };
    if (token === undefined) throw new Error(`${subject} got no ID token: ${await answer.text()}`);
    return token;
  } finally {
    await api.dispose();
  }
}

/** A person who opens the address that a program told them, and picks who they are. @returns what the program shows them */
export async function openAs(subject: string, address: string): Promise<string> {
  const api = await request.newContext({ ignoreHTTPSErrors: true });
  try {
    const picker = await api.get(address);
    const shown = await api.post(picker.url(), { form: { person: subject } });
    return await shown.text();
  } finally {
    await api.dispose();
  }
}

/** Follows the provider's redirects up to the one that leaves it. */
async function codeAfter(api: APIRequestContext, first: APIResponse, redirectUri: string): Promise<string> {
  let answer = first;
  for (let step = 0; step < 5; step += 1) {
    const to = new URL(answer.headers().location ?? "", answer.url());
    const code = to.searchParams.get("code");
    if (to.href.startsWith(redirectUri) && code !== null) return code;
    answer = await api.get(to.href, { maxRedirects: 0 });
  }
  throw new Error(`the provider did not come to an end: ${answer.status()} ${await answer.text()}`);
}
