// The local identity provider: a real OIDC server for the agents of a developer's machine. Each agent is a client with
// the client-credentials grant; its token says who it is (`sub`) and its groups. Its signing key lives in the data
// directory, so tokens stay valid over restarts. No secret here protects anything but this machine. How people sign in is
// issuer-people.ts's.

import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request, type Server } from "node:https";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import {
  type ApproverClient,
  approverClient,
  idTokenOf,
  type LocalPerson,
  nativeClient,
  peopleConfiguration,
  servePeople,
} from "./issuer-people.ts";
import { IssuerStore } from "./issuer-store.ts";

export interface LocalAgent {
  /** The subject of its tokens. */
  readonly name: string;
  readonly groups: readonly string[];
}

export interface IssuerOptions {
  readonly server: Server;
  readonly url: string;
  readonly audience: string;
  readonly agents: readonly LocalAgent[];
  readonly dataDirectory: string | undefined;
  readonly caPem: string;
  /** Who may sign in at the approvers' pages; nobody when absent. */
  readonly people?: readonly LocalPerson[];
  readonly approverClient?: ApproverClient;
  /** The client id of a program by which they sign in on their own machine. */
  readonly cliClient?: string;
}

export interface LocalIssuer {
  /** `iss`, byte for byte. */
  readonly issuer: string;
  readonly jwksUri: string;
  readonly audience: string;
  /**
   * Gets a token for an agent at the token endpoint, as the agent would; `audience` asks for one that is meant for
   * somebody else. @throws when there is no such agent
   */
  mintToken(agent: string, audience?: string): Promise<string>;
  /** The ID token that a person's login by the program gives. @throws when there is no such person or program */
  mintIdToken(subject: string): Promise<string>;
}

const SCOPE = "agent";
// The provider wants a URI to ask by; the audience in the token is the configured one.
const RESOURCE = "urn:countersign:gateway";
// Whoever asks by this prefix gets a token for what follows it.
const OTHER_RESOURCE = "urn:other:";
// Longer than any session, so that an SDK that refreshes from the token file keeps working through a working day.
const TOKEN_SECONDS = 12 * 3600;
const LOGIN_SECONDS = 600;

/** Attaches the provider to the listening server. */
export function startIssuer(options: IssuerOptions): LocalIssuer {
  const { server, url, audience, agents, people = [], cliClient } = options;
  const groups = new Map(agents.map((agent) => [agent.name, agent.groups]));
  const provider = new Provider(url, configurationOf(options, groups));
  server.on("request", servePeople(provider, people));
  return {
    issuer: url,
    jwksUri: `${url}/jwks`,
    audience,
    mintToken: async (agent, other) => {
      if (!groups.has(agent)) throw new Error(`the local issuer has no agent \`${agent}\``);
      return askToken(options, agent, other === undefined ? RESOURCE : OTHER_RESOURCE + other);
    },
    mintIdToken: async (subject) => {
      const person = people.find((one) => one.subject === subject);
      if (person === undefined) throw new Error(`the local issuer has no person \`${subject}\``);
      if (cliClient === undefined) throw new Error("the local issuer has no program for people");
      return idTokenOf(provider, person, cliClient);
    },
  };
}

function configurationOf(
  { agents, audience, dataDirectory, people = [], approverClient: approvers, cliClient }: IssuerOptions,
  groups: ReadonlyMap<string, readonly string[]>,
): Readonly<Record<string, unknown>> {
  const agentClients = agents.map(({ name }) => ({
    client_id: name,
    client_secret: secretOf(name),
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  }));
  return {
    ...peopleConfiguration(people),
    adapter: IssuerStore,
    clients: [
      ...agentClients,
      ...(approvers === undefined ? [] : [approverClient(approvers)]),
      ...(cliClient === undefined ? [] : [nativeClient(cliClient)]),
    ],
    scopes: [SCOPE, "openid", "profile", "email"],
    jwks: { keys: [loadSigningKey(dataDirectory)] },
    ttl: ttlOf(cliClient),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // People's logins are for no resource: they need the ID token only.
        defaultResource: (_context: unknown, { clientId }: { readonly clientId: string }) =>
          groups.has(clientId) ? RESOURCE : undefined,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          audience: resource === RESOURCE ? audience : resource.slice(OTHER_RESOURCE.length),
          scope: SCOPE,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: (_context: unknown, token: { readonly clientId?: string }) => ({
      // The provider leaves `sub` of a client's token to the client id; groups are ours to add.
      groups: groups.get(token.clientId ?? "") ?? [],
    }),
  };
}

function ttlOf(cliClient: string | undefined): Readonly<Record<string, unknown>> {
  const ofLogin = { Interaction: LOGIN_SECONDS, Session: LOGIN_SECONDS, Grant: LOGIN_SECONDS };
  return {
    ...ofLogin,
    ClientCredentials: TOKEN_SECONDS,
    AccessToken: LOGIN_SECONDS,
    // The pages look at theirs once; a program shows its own as long as somebody works with it.
    IdToken: (_context: unknown, _token: unknown, client: { readonly clientId: string }) =>
      client.clientId === cliClient ? TOKEN_SECONDS : LOGIN_SECONDS,
  };
}

function askToken({ url, caPem }: IssuerOptions, agent: string, resource: string): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    scope: SCOPE,
    resource,
  }).toString();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request(
    `${url}/token`,
    {
      method: "POST",
      ca: caPem,
      auth: `${agent}:${secretOf(agent)}`,
      headers: { "content-type": "application/x-www-form-urlencoded", "content-length": form.length },
    },
    (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        const { access_token: token, error } = JSON.parse(text);
        if (typeof token === "string") resolve(token);
        else reject(new Error(`the local issuer refused a token for \`${agent}\`: ${String(error)}`));
      });
    },
  );
  sent.on("error", reject);
  sent.end(form);
  return promise;
}

/** Not a secret: the issuer listens on this machine only, and gives tokens that are worth nothing elsewhere. */
function secretOf(agent: string): string {
  return createHash("sha256").update(`local agent ${agent}`).digest("hex");
}

function loadSigningKey(dataDirectory: string | undefined): Record<string, unknown> {
  if (dataDirectory === undefined) return makeSigningKey();
  const file = join(dataDirectory, "issuer-key.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const key = makeSigningKey();
  mkdirSync(dataDirectory, { recursive: true });
  writeFileSync(file, JSON.stringify(key), { mode: 0o600 });
  return key;
}

function makeSigningKey(): Record<string, unknown> {
  const jwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const kid = createHash("sha256").update(String(jwk.n)).digest("base64url").slice(0, 16);
  return { ...jwk, kid, alg: "RS256", use: "sig" };
}
