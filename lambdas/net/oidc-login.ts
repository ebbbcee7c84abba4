// Signs people in at the configured provider: authorization code flow with PKCE, state and nonce (OpenID Connect Core
// 1.0, RFC 9700). `openid-client` checks issuer, audience, nonce, times and, here, the ID token's signature too. What the
// claims mean for approvals is decided elsewhere. Errors never carry a token or a claim.

import * as client from "openid-client";
import type { LoginClient, LoginResult, LoginSecrets } from "../flow/approvals/ports.ts";
import type { LoginConfig } from "../model/deployment.ts";
import type { Clock } from "./clock.ts";
import { oidcFetch } from "./oidc-fetch.ts";

const METADATA_MAX_AGE_MS = 3_600_000; // a provider that moves its endpoints is followed within an hour
const TIMEOUT_SECONDS = 5;
const MOST_GROUPS = 1_000;
const MOST_TEXT = 1_024; // characters of a claim that we keep

export interface OidcLoginSetup {
  readonly login: LoginConfig;
  readonly clock: Clock;
  /** The client secret, or `null` for a public client. @throws when it cannot be read. */
  readonly clientSecret: () => Promise<string | null>;
  /** For tests. */
  readonly fetch?: client.CustomFetch;
}

export function createOidcLogin(setup: OidcLoginSetup): LoginClient {
  const configuration = createConfiguration(setup);
  return {
    async begin(redirectUri) {
      const config = await configuration();
      if (config === undefined) return { kind: "unreachable" };
      const secrets: LoginSecrets = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: setup.login.scopes.join(" "),
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: "S256",
      });
      return { kind: "begun", url: url.href, secrets };
    },
    async finish(redirectUri, query, secrets) {
      const config = await configuration();
      if (config === undefined) return { kind: "unreachable" };
      const url = new URL(redirectUri);
      for (const [name, value] of query) url.searchParams.append(name, value);
      try {
        const tokens = await client.authorizationCodeGrant(config, url, {
          expectedState: secrets.state,
          expectedNonce: secrets.nonce,
          pkceCodeVerifier: secrets.verifier,
          idTokenExpected: true,
        });
        return identityOf(tokens.claims(), setup.login);
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

/** The provider's metadata with our client, kept for an hour; `undefined` when the provider does not answer. */
function createConfiguration(setup: OidcLoginSetup): () => Promise<client.Configuration | undefined> {
  let kept: { readonly metadata: client.ServerMetadata; readonly atMs: number } | undefined;
  return async () => {
    const secret = await setup.clientSecret();
    const nowMs = setup.clock.nowMs();
    const fresh = kept !== undefined && nowMs >= kept.atMs && nowMs - kept.atMs < METADATA_MAX_AGE_MS;
    try {
      if (!fresh || kept === undefined) kept = { metadata: await discover(setup), atMs: nowMs };
    } catch {
      if (kept === undefined) return undefined; // else the old metadata: its endpoints rarely move
    }
    const { clientId } = setup.login;
    const config = new client.Configuration(kept.metadata, clientId, {}, authOf(secret, kept.metadata));
    config.timeout = TIMEOUT_SECONDS;
    config[client.customFetch] = setup.fetch ?? oidcFetch;
    client.enableNonRepudiationChecks(config);
    return config;
  };
}

async function discover({ login, fetch = oidcFetch }: OidcLoginSetup): Promise<client.ServerMetadata> {
  const found = await client.discovery(new URL(login.issuer), login.clientId, undefined, client.None(), {
    timeout: TIMEOUT_SECONDS,
    [client.customFetch]: fetch,
  });
  const metadata = found.serverMetadata();
  // INVARIANT: byte for byte, as the ID token's `iss` is compared: `new URL` may have added a slash.
  if (metadata.issuer !== login.issuer) throw new Error("the provider's metadata names another issuer");
  return metadata;
}

/** By the provider's own list; without one, HTTP Basic (OpenID Connect Discovery 1.0, section 3). */
function authOf(secret: string | null, metadata: client.ServerMetadata): client.ClientAuth {
  if (secret === null) return client.None();
  const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic")
    ? client.ClientSecretBasic(secret)
    : client.ClientSecretPost(secret);
}

function identityOf(claims: client.IDToken | undefined, { issuer, groupsClaim }: LoginConfig): LoginResult {
  if (claims === undefined || claims.iss !== issuer) return { kind: "refused", reason: "token" };
  const listed = groupsClaim === null ? [] : (claims[groupsClaim] ?? []);
  if (!isGroups(listed)) return { kind: "refused", reason: "groups" };
  const names = [claims.name, claims.preferred_username, claims.email, claims.sub];
  const name = names.find((text): text is string => typeof text === "string" && text.trim() !== "");
  if (claims.sub.length > MOST_TEXT) return { kind: "refused", reason: "token" };
  return {
    kind: "identity",
    identity: { issuer, subject: claims.sub, name: (name ?? claims.sub).slice(0, MOST_TEXT), groups: listed },
  };
}

function isGroups(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length <= MOST_GROUPS && value.every((group) => typeof group === "string")
  );
}

/** The provider's own refusal, a token that does not hold, or a provider that cannot be reached: never its words. */
function failureOf(error: unknown): LoginResult {
  if (error instanceof client.AuthorizationResponseError) return { kind: "refused", reason: "declined" };
  if (error instanceof client.ResponseBodyError) return { kind: "refused", reason: "code" };
  if (error instanceof client.ClientError && isUnreachable(error.code)) return { kind: "unreachable" };
  return { kind: "refused", reason: "token" };
}

/** The library wraps what `fetch` throws without a code of its own. */
function isUnreachable(code: string | undefined): boolean {
  return code === undefined || code === "OAUTH_TIMEOUT" || code === "OAUTH_RESPONSE_IS_NOT_CONFORM";
}
