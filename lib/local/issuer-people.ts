// The local identity provider's part for people: a public client with code and PKCE for the approvers' login, and a page
// without scripts on which one picks who one is by a button. It asks for no password: it stands on this machine only, and
// a login here is worth nothing elsewhere. It asks anew at each login, so that one browser can be two people.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";

export interface LocalPerson {
  /** `sub`. */
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export interface LocalPeople {
  /** Of the approvers' pages. */
  readonly clientId: string;
  /** Of the program by which they sign in on their own machine. */
  readonly cliClientId: string;
  readonly list: readonly LocalPerson[];
}

export interface ApproverClient {
  readonly clientId: string;
  /** Byte for byte. */
  readonly redirectUris: readonly string[];
}

const AUTHORIZE = "/auth";
const PICK = "/pick/";
const SCOPES = ["openid", "profile", "email"];
const MOST_FORM_BYTES = 4_096;

/** What the provider's configuration needs for people. */
export function peopleConfiguration(people: readonly LocalPerson[]): Readonly<Record<string, unknown>> {
  return {
    claims: { openid: ["sub", "groups"], profile: ["name"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false, // the approvers' login reads the ID token only
    findAccount: (_context: unknown, subject: string) => {
      const person = people.find((one) => one.subject === subject);
      return person && { accountId: subject, claims: () => claimsOf(person) };
    },
    loadExistingGrant: grantAll,
    interactions: {
      url: (_context: unknown, { uid }: { readonly uid: string }) => PICK + uid,
    },
  };
}

export function approverClient({
  clientId,
  redirectUris,
}: ApproverClient): Readonly<Record<string, unknown>> {
  return {
    client_id: clientId,
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    redirect_uris: redirectUris,
  };
}

/** A program on a person's own machine: its redirect is the loopback address with any port (RFC 8252, section 7.3). */
export function nativeClient(clientId: string): Readonly<Record<string, unknown>> {
  return {
    ...approverClient({ clientId, redirectUris: ["http://127.0.0.1/callback"] }),
    application_type: "native",
  };
}

/** The ID token that this person's login by the client would give, without the login. */
export async function idTokenOf(provider: Provider, person: LocalPerson, clientId: string): Promise<string> {
  const token = new provider.IdToken(claimsOf(person), { client: await provider.Client.find(clientId) });
  token.scope = SCOPES.join(" ");
  return token.issue({ use: "idtoken" });
}

/** Serves the page on which one picks a person, and leaves the rest to the provider. */
export function servePeople(provider: Provider, people: readonly LocalPerson[]): RequestListener {
  const rest = provider.callback();
  return (request, response) => {
    const url = request.url ?? "";
    if (url.startsWith(AUTHORIZE)) forgetSession(request);
    if (!url.startsWith(PICK)) return rest(request, response);
    pick(provider, people, { request, response }).catch(() => {
      if (!response.headersSent)
        answer(response, 400, "<h1>This sign-in is over</h1><p>Begin again at the gateway.</p>");
    });
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function pick(
  provider: Provider,
  people: readonly LocalPerson[],
  { request, response }: Exchange,
): Promise<void> {
  await provider.interactionDetails(request, response); // throws for a login that this browser did not begin
  if (request.method !== "POST") return answer(response, 200, pickPage(people));
  const subject = new URLSearchParams(await formOf(request)).get("person");
  const person = people.find((one) => one.subject === subject);
  if (person === undefined) return answer(response, 400, pickPage(people));
  const login = { accountId: person.subject, remember: false };
  // Consent too: for a program on the person's own machine the provider asks for it at each login.
  const result = { login, consent: {} };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function formOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MOST_FORM_BYTES) throw new Error("the form is too long");
  }
  return text;
}

function claimsOf({ subject, name, groups }: LocalPerson): Readonly<Record<string, unknown>> {
  return { sub: subject, name, groups, email: `${subject}@example.com`, email_verified: true };
}

interface GrantContext {
  readonly oidc: {
    readonly provider: Provider;
    readonly client?: { readonly clientId: string };
    readonly session?: { readonly accountId?: string };
  };
}

/** Nobody is asked whether the gateway may know who they are. */
async function grantAll({ oidc: { provider, client, session } }: GrantContext): Promise<unknown> {
  const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
  grant.addOIDCScope(SCOPES.join(" "));
  await grant.save();
  return grant;
}

/** No login knows of the one before: else the provider would ask, by a script, to end that first. */
function forgetSession(request: IncomingMessage): void {
  const { cookie, ...headers } = request.headers;
  const kept = (cookie ?? "").split("; ").filter((part) => !part.startsWith("_session"));
  request.headers = kept.join("") === "" ? headers : { ...headers, cookie: kept.join("; ") };
}

function pickPage(people: readonly LocalPerson[]): string {
  const buttons = people.map(
    ({ subject, name, groups }) =>
      `<button name="person" value="${escaped(subject)}"><strong>${escaped(name)}</strong><span>${escaped(groups.join(", ") || "no group")}</span></button>`,
  );
  return `<h1>Who are you?</h1><p>The local identity provider asks for no password.</p><form method="post">${buttons.join("")}</form>`;
}

const STYLE =
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem}h1{font-size:1.4rem}button{display:block;width:100%;margin:.6rem 0;padding:.8rem 1rem;font:inherit;text-align:left;border:1px solid GrayText;border-radius:10px;background:Canvas;color:CanvasText;cursor:pointer}button span{display:block;opacity:.75;font-size:.9rem}";

function answer(response: ServerResponse, status: number, main: string): void {
  const type = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  response
    .writeHead(status, type)
    .end(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Local sign-in</title><style>${STYLE}</style></head><body>${main}</body></html>`,
    );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
