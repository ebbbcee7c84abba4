// Who uses the API: the holder of an OIDC token of a configured issuer, verified at every request. There are no cookies, so
// no browser can be made to ask. An agent that is revoked learns nothing here either.

import type { TokenVerifier } from "../../identity/token/token-verifier.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { Principal } from "../../model/principal.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { Clock } from "../../net/clock.ts";
import type { FlowLimits } from "../limits.ts";
import type { SessionStore } from "../ports.ts";
import { refusalOfToken } from "../shown-token.ts";
import { bearerOf } from "./bearer-header.ts";

export interface ApiCallerDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly tokens: TokenVerifier;
  readonly limits: FlowLimits;
  readonly sessions: Pick<SessionStore, "standingOf">;
  /** Who may ask about others; `null`: nobody. */
  readonly administrators: { readonly issuer: string; readonly group: string } | null;
}

export interface ApiCaller {
  readonly kind: "caller";
  readonly principal: Principal;
  readonly isAdministrator: boolean;
}

/** Every request stands under the limits of a token exchange: nothing here is asked often. */
export async function apiCaller(
  request: WireRequest,
  dependencies: ApiCallerDependencies,
): Promise<ApiCaller | Refusal> {
  const unverifiedToken = bearerOf(request);
  if (typeof unverifiedToken !== "string") return unverifiedToken;
  const over = refusalOfToken(unverifiedToken, request, dependencies);
  if (over !== undefined) return over;
  const verified = await dependencies.tokens.verify(unverifiedToken);
  if (verified.kind === "refused") return verified;
  const { principal } = verified;
  const { limits, clock, sessions, deployment, administrators } = dependencies;
  limits.exchanges.verified(request.viewerIp, principal.issuer, clock.nowMs());
  // A role that is revoked says nothing about who asks; any of them serves to read the other markers.
  const { revoked } = await sessions.standingOf(principal, deployment.roles[0].arn);
  if (revoked === "everything" || revoked === "agent") {
    return refuse("AccessDenied", `an administrator has revoked access (${revoked})`);
  }
  const isAdministrator =
    administrators !== null &&
    principal.issuer === administrators.issuer &&
    principal.groups.includes(administrators.group);
  return { kind: "caller", principal, isAdministrator };
}
