// Exchanges an identity token for a session, by AssumeRoleWithWebIdentity or by the container-credentials endpoint. The
// token is verified before anything of it is believed, policy is asked whether the agent may use the role, and the
// session is stored and recorded before its keys are told.

import { parseContainerCredentialsRequest } from "../identity/container-credentials.ts";
import {
  containerCredentialsJson,
  exchangeAnswerXml,
  type IssuedCredentials,
} from "../identity/exchange-answer.ts";
import { type ExchangeRequest, parseExchangeRequest } from "../identity/exchange-request.ts";
import { secretMessage, sessionTokenOf } from "../identity/session-keys.ts";
import type { GatewayResponse } from "../model/gateway-response.ts";
import { keyIdOf, type SessionId } from "../model/ids.ts";
import type { Session } from "../model/principal.ts";
import type { Refusal } from "../model/refusal.ts";
import type { WireRequest } from "../model/wire-request.ts";
import { type AdmitDependencies, admit } from "./admit.ts";
import { type CallTrace, startTrace } from "./call-trace.ts";
import type { SessionSecrets } from "./ports.ts";
import { answerRefusal, type RefuseDependencies } from "./refuse.ts";
import { refusalOfToken } from "./shown-token.ts";

export interface ExchangeDependencies extends AdmitDependencies, RefuseDependencies {
  readonly secrets: SessionSecrets;
  readonly newSessionId: () => SessionId;
}

/** `POST /aws` with `Action=AssumeRoleWithWebIdentity`: answers STS's XML. */
export function exchange(request: WireRequest, dependencies: ExchangeDependencies): Promise<GatewayResponse> {
  return answerExchange(request, parseExchangeRequest, webIdentityAnswer, dependencies);
}

/** `GET /aws/credentials`: answers the container-credentials JSON. */
export function containerCredentials(
  request: WireRequest,
  dependencies: ExchangeDependencies,
): Promise<GatewayResponse> {
  return answerExchange(request, parseContainerCredentialsRequest, containerAnswer, dependencies);
}

interface Issued {
  readonly asked: ExchangeRequest;
  readonly session: Session;
  readonly credentials: IssuedCredentials;
}

async function answerExchange(
  request: WireRequest,
  parse: typeof parseExchangeRequest,
  answer: (issued: Issued, request: WireRequest, dependencies: ExchangeDependencies) => GatewayResponse,
  dependencies: ExchangeDependencies,
): Promise<GatewayResponse> {
  const nowMs = dependencies.clock.nowMs();
  const trace = startTrace(request, nowMs);
  // INVARIANT: a source that is over its limit has no body read, and no token is verified before its limits were asked.
  const over = dependencies.limits.exchanges.refusalOfSource(request.viewerIp, nowMs);
  const issued = await issue(over ?? parse(request), trace, dependencies);
  return "kind" in issued
    ? answerRefusal(issued, trace, dependencies)
    : answer(issued, request, dependencies);
}

async function issue(
  parsed: ReturnType<typeof parseExchangeRequest>,
  trace: CallTrace,
  dependencies: ExchangeDependencies,
): Promise<Issued | Refusal> {
  if (parsed.kind === "refused") return parsed;
  const { exchange: asked } = parsed;
  const over = refusalOfToken(asked.unverifiedToken, trace.request, dependencies);
  if (over !== undefined) return over;
  const admitted = await admit({ ...asked, id: dependencies.newSessionId() }, trace, dependencies);
  if (admitted.kind === "refused") return admitted;

  // INVARIANT: stored and recorded (admit) before the secret exists, so no key works that the records do not know.
  const { session } = admitted;
  const secretAccessKey = await dependencies.secrets.secretOf(session.keyArn, secretMessage(session.id));
  const credentials = {
    accessKeyId: keyIdOf(session.id),
    secretAccessKey,
    sessionToken: sessionTokenOf(secretAccessKey, session.id),
    expiration: session.expiresAt,
  };
  return { asked, session, credentials };
}

function webIdentityAnswer(
  { asked, session, credentials }: Issued,
  { gatewayRequestId }: WireRequest,
  { deployment }: ExchangeDependencies,
): GatewayResponse {
  const issuer = deployment.issuers.find((known) => known.issuer === session.principal.issuer);
  const xml = exchangeAnswerXml({
    credentials,
    session,
    sessionName: asked.sessionName,
    audience: issuer?.audience ?? "",
    requestId: gatewayRequestId,
  });
  return {
    status: 200,
    headers: headersOf("text/xml", gatewayRequestId),
    body: new TextEncoder().encode(xml),
  };
}

function containerAnswer({ credentials }: Issued, { gatewayRequestId }: WireRequest): GatewayResponse {
  const json = containerCredentialsJson(credentials);
  return {
    status: 200,
    headers: headersOf("application/json", gatewayRequestId),
    body: new TextEncoder().encode(json),
  };
}

function headersOf(contentType: string, requestId: string): Record<string, string> {
  return { "content-type": contentType, "cache-control": "no-store", "x-amzn-requestid": requestId };
}
