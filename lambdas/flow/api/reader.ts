// Who reads records and gives orders: a person, by the ID token of a login, verified at every request. Decides whose records
// they see: an administrator's or auditor's groups show all of them, an owner's login those of their own agents, and nobody
// else sees any. An agent never does: its tokens have another audience, and its login is refused under this one too.

import { answersFor, personOfLogin } from "../../approval/people.ts";
import type { TokenVerifier } from "../../identity/token/token-verifier.ts";
import { createExchangeLimits } from "../../ingress/exchange-limits.ts";
import type { Deployment, IssuerConfig, ReadersConfig } from "../../model/deployment.ts";
import type { Principal } from "../../model/principal.ts";
import type { Reader } from "../../model/record.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { Clock } from "../../net/clock.ts";
import { boundedUserAgent } from "../../recording/people-records.ts";
import { userAgentOf } from "../call-trace.ts";
import type { FlowLimits } from "../limits.ts";
import { refusalOfToken } from "../shown-token.ts";
import { bearerOf } from "./bearer-header.ts";
import type { Markers } from "./ports.ts";

export interface ReaderDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  /** Of people's tokens alone; `null` where nobody reads by the API. */
  readonly people: TokenVerifier | null;
  readonly readerLimits: Pick<FlowLimits, "exchanges">;
  readonly markers: Pick<Markers, "inForce">;
}

export interface KnownReader {
  readonly kind: "reader";
  readonly reader: Reader;
  /** `<issuer>|<subject>` of the agents whose records they see; `null`: everybody's. */
  readonly agents: readonly string[] | null;
}

export async function readerOf(
  request: WireRequest,
  dependencies: ReaderDependencies,
): Promise<KnownReader | Refusal> {
  const { clock, people, readerLimits, deployment } = dependencies;
  if (people === null) return refuse("AccessDenied", "nobody reads by this api: `readers` is not configured");
  const unverifiedToken = bearerOf(request);
  if (typeof unverifiedToken !== "string") return unverifiedToken;
  // INVARIANT: no cryptography and no fetch of keys before the limits.
  const over = refusalOfToken(unverifiedToken, request, { clock, limits: readerLimits });
  if (over !== undefined) return over;
  const verified = await people.verify(unverifiedToken);
  if (verified.kind === "refused") return verified;
  const { principal } = verified;
  readerLimits.exchanges.verified(request.viewerIp, principal.issuer, clock.nowMs());
  const known = roleOf(principal, deployment);
  if (known === undefined) {
    return refuse("AccessDenied", "this login is no administrator's, no auditor's and no agent's owner's");
  }
  if (known.as !== "administrator" && (await isRevoked(principal, dependencies))) {
    return refuse("AccessDenied", "an administrator has revoked access (agent)");
  }
  const { issuer, subject } = principal;
  const { name } = personOfLogin(principal, deployment.approvals);
  const userAgent = boundedUserAgent(userAgentOf(request));
  const reader = { issuer, subject, name, as: known.as, sourceIp: request.viewerIp, userAgent };
  return { kind: "reader", reader, agents: known.agents };
}

function roleOf(
  principal: Principal,
  { agents, approvals, administrators, readers }: Deployment,
): { readonly as: Reader["as"]; readonly agents: readonly string[] | null } | undefined {
  const { issuer, subject, groups } = principal;
  // INVARIANT: whatever groups its token shows, an agent sees no records.
  if (agents.some((agent) => agent.issuer === issuer && agent.subject === subject)) return undefined;
  if (issuer === administrators.issuer && groups.includes(administrators.group)) {
    return { as: "administrator", agents: null };
  }
  if (readers?.auditors.some((group) => groups.includes(group)) === true) {
    return { as: "auditor", agents: null };
  }
  const own = agents.filter(({ owner }) => answersFor(principal, owner, approvals)).map(nameOf);
  return own.length === 0 ? undefined : { as: "owner", agents: own };
}

/**
 * A login can be revoked as an agent's can. What revokes everything stops agents and not people, who have to find out why;
 * and nothing stops administrators, who alone can lift it: to take that from one of them is the identity provider's.
 */
async function isRevoked(principal: Principal, { markers }: ReaderDependencies): Promise<boolean> {
  return (await markers.inForce([{ kind: "agent", id: nameOf(principal) }])).length > 0;
}

export function nameOf({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  return `${issuer}|${subject}`;
}

/** What an ID token must be: of this provider, for this client alone. The rest is strict by default. */
export function issuerOfReaders({
  issuer,
  jwksUri,
  clientId,
  algorithms,
  groupsClaim,
}: ReadersConfig): IssuerConfig {
  return {
    issuer,
    jwksUri,
    audience: clientId,
    algorithms,
    groupsClaim,
    claims: [],
    capAtTokenExpiry: true,
    token: null,
  };
}

// A person with a page or a terminal open asks about once a second; a sixth of this is one token's (exchange-limits.ts).
// A check costs 0.3 ms of CPU and a write of 1 KB.
const LOOKS_PER_MINUTE_PER_SOURCE = 360;

/** The limits of people, apart from those of agents: neither can use up what the others have. */
export function createReaderLimits({
  limits,
  readers,
}: Pick<Deployment, "limits" | "readers">): ReaderDependencies["readerLimits"] {
  const issuers = readers === null ? [] : [readers.issuer];
  const own = { ...limits, exchangesPerMinutePerSource: LOOKS_PER_MINUTE_PER_SOURCE };
  return { exchanges: createExchangeLimits(own, issuers) };
}
