// The login of a program on a person's own machine: authorization code with PKCE in their browser, and a listener on the
// loopback address that takes the code (RFC 8252, sections 6 and 7.3). `openid-client` checks issuer, audience, nonce,
// times and signature of the ID token. Any page in that browser can send requests to the listener: one that does not carry
// this login's state is told so and changes nothing. Errors never carry a token.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as client from "openid-client";
import { oidcFetch } from "../../lambdas/net/oidc-fetch.ts";
import { CommandError, EXIT } from "./exit.ts";

export interface SignInSetup {
  /** `iss`, byte for byte. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Of the loopback listener; 0 takes any. */
  readonly port: number;
  /** Ends the waiting: by Ctrl-C or by time. */
  readonly signal: AbortSignal;
  /** Told the address that the person has to open. */
  readonly onAddress: (address: string) => void;
}

export interface SignedIn {
  readonly idToken: string;
  readonly name: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

const CALLBACK = "/callback";
const LOOPBACK = "127.0.0.1";

/** @throws CommandError when the provider cannot be reached or refuses, or nobody signs in in time */
export async function signIn(setup: SignInSetup): Promise<SignedIn> {
  const config = await discovered(setup);
  const server = createServer();
  try {
    const redirectUri = `http://${LOOPBACK}:${await listen(server, setup.port)}${CALLBACK}`;
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: setup.scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const returned = whenReturned(server, redirectUri, state, setup.signal);
    setup.onAddress(address.href);
    const { url, respond } = await returned;
    try {
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
      const tokens = await client.authorizationCodeGrant(config, url, { ...checks, idTokenExpected: true });
      const signedIn = signedInBy(tokens);
      await respond(200, "You are signed in. You may close this window.");
      return signedIn;
    } catch (error) {
      await respond(400, "The sign-in failed. The terminal says why.");
      throw failureOf(error);
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function discovered({ issuer, clientId }: SignInSetup): Promise<client.Configuration> {
  try {
    const config = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
      [client.customFetch]: oidcFetch,
    });
    // INVARIANT: byte for byte, as the ID token's `iss` is compared.
    if (config.serverMetadata().issuer !== issuer) throw new Error("its metadata names another issuer");
    client.enableNonRepudiationChecks(config);
    return config;
  } catch (cause) {
    const { code } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
    const why = code === undefined || code.startsWith("OAUTH") ? (cause as Error).message : code;
    throw new CommandError(`the identity provider ${issuer} cannot be asked: ${why}`, EXIT.failed, { cause });
  }
}

function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", (cause) =>
    reject(
      new CommandError(`port ${port} of this machine cannot be used: take another --port`, 1, { cause }),
    ),
  );
  server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  return promise;
}

interface Returned {
  readonly url: URL;
  readonly respond: (status: number, sentence: string) => Promise<void>;
}

function whenReturned(
  server: Server,
  redirectUri: string,
  state: string,
  signal: AbortSignal,
): Promise<Returned> {
  const { promise, resolve, reject } = Promise.withResolvers<Returned>();
  signal.addEventListener("abort", () => reject(notInTime(signal)), { once: true });
  if (signal.aborted) reject(notInTime(signal));
  server.on("request", (request, response) => {
    const target = request.url ?? "";
    const url = URL.canParse(target, redirectUri) ? new URL(target, redirectUri) : undefined;
    // Only this login's own return counts; a page that guesses the port must not end it.
    if (request.method !== "GET" || url?.pathname !== CALLBACK || url.searchParams.get("state") !== state) {
      void answer(response, 404, "There is nothing here.");
      return;
    }
    const returned = new URL(redirectUri);
    returned.search = url.search;
    resolve({ url: returned, respond: (status, sentence) => answer(response, status, sentence) });
  });
  return promise;
}

function answer(response: ServerResponse, status: number, sentence: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.on("close", resolve);
  response
    .writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      connection: "close",
    })
    .end(`${sentence}\n`);
  return promise;
}

function signedInBy(tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers): SignedIn {
  const claims = tokens.claims();
  if (tokens.id_token === undefined || claims === undefined) throw new Error("no ID token");
  const names = [claims.name, claims.preferred_username, claims.email, claims.sub];
  const name = names.find((text): text is string => typeof text === "string" && text.trim() !== "");
  return {
    idToken: tokens.id_token,
    name: name ?? claims.sub,
    expiresAt: new Date(claims.exp * 1_000).toISOString(),
  };
}

function notInTime(signal: AbortSignal): CommandError {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
  return new CommandError(
    isLate ? "nobody signed in in time: try again" : "the sign-in was given up",
    EXIT.refused,
  );
}

/** The provider's own refusal, or a token that does not hold: never its words. */
function failureOf(error: unknown): CommandError {
  const why =
    error instanceof client.AuthorizationResponseError
      ? `the identity provider did not sign you in (${error.error})`
      : error instanceof client.ResponseBodyError
        ? `the identity provider gave no token (${error.error})`
        : "the identity provider's answer could not be verified";
  return new CommandError(`${why}: try again`, EXIT.refused, { cause: error });
}
