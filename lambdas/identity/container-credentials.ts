// The other way to a session: `GET /aws/credentials`, as SDKs ask a container's credential endpoint
// (AWS_CONTAINER_CREDENTIALS_FULL_URI with AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE). Every byte is caller-controlled.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html

import { parseRoleArn } from "../model/ids.ts";
import { refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";
import type { ExchangeParse } from "./exchange-request.ts";
import { MAX_TOKEN_CHARACTERS } from "./token/token-text.ts";

const CONTAINER_CREDENTIALS_PATH = "/aws/credentials";
/** The endpoint knows no session names; this one stands in the assumed role's name. */
const SESSION_NAME = "container-credentials";
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Parses the request into the same exchange as AssumeRoleWithWebIdentity, with the default duration. */
export function parseContainerCredentialsRequest(request: WireRequest): ExchangeParse {
  if (request.method !== "GET" || request.path !== CONTAINER_CREDENTIALS_PATH || request.body.length > 0) {
    return refuse("InvalidRequest", `credentials are read by a GET of ${CONTAINER_CREDENTIALS_PATH}`);
  }
  const [parameter] = request.query;
  const role = parameter?.[0] === "role_arn" ? parseRoleArn(parameter[1]) : undefined;
  if (role === undefined || request.query.length !== 1) {
    return refuse("ValidationError", "`role_arn` must be the one query parameter and the arn of an iam role");
  }
  const unverifiedToken = singleHeader(request.headers, "authorization") ?? "";
  if (unverifiedToken.length > MAX_TOKEN_CHARACTERS || !TOKEN.test(unverifiedToken)) {
    return refuse(
      "MissingAuthenticationToken",
      "the authorization header must be the oidc token alone: set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to its file",
    );
  }
  return {
    kind: "exchange",
    exchange: { role, sessionName: SESSION_NAME, unverifiedToken, durationSeconds: undefined },
  };
}
