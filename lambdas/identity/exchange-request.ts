// Decides whether an unsigned request is the one call that needs no signature: AssumeRoleWithWebIdentity, just as SDKs
// send it when AWS_WEB_IDENTITY_TOKEN_FILE is set. Every byte is caller-controlled. Everything else is refused with a
// sentence that says what was missing. The token itself is not looked at here.

import { parseRoleArn, type RoleArn } from "../model/ids.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";
import { parseForm } from "./form.ts";
import { MAX_TOKEN_CHARACTERS } from "./token/token-text.ts";

export interface ExchangeRequest {
  readonly role: RoleArn;
  readonly sessionName: string;
  readonly unverifiedToken: string;
  /** What the client asked for in seconds, between STS's own bounds. */
  readonly durationSeconds: number | undefined;
}

export type ExchangeParse = { readonly kind: "exchange"; readonly exchange: ExchangeRequest } | Refusal;

const PATHS: ReadonlySet<string> = new Set(["/aws", "/aws/"]);
const FORM = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?$/i;
const VERSION = "2011-06-15";
const PARAMETERS: ReadonlySet<string> = new Set([
  "Action",
  "Version",
  "RoleArn",
  "RoleSessionName",
  "WebIdentityToken",
  "DurationSeconds",
]);
// The bounds of STS: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const DURATION = /^[1-9][0-9]{2,4}$/;
const [MIN_DURATION, MAX_DURATION] = [900, 43_200];
const MIN_TOKEN_CHARACTERS = 4;

const UNSIGNED =
  "the request is not signed: set AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ENDPOINT_URL, and no AWS_ACCESS_KEY_ID";

/** Parses an unsigned request; what is no exchange gets `MissingAuthenticationToken` or `InvalidAction`. */
export function parseExchangeRequest(request: WireRequest): ExchangeParse {
  if (!isExchangeShaped(request)) {
    return refuse("MissingAuthenticationToken", UNSIGNED);
  }
  // One place for the action: a second one, in the query or in a target header, is another parser's answer.
  if (request.query.length > 0 || request.headers.has("x-amz-target")) {
    return refuse(
      "InvalidAction",
      "the action stands in the form body only: send no query and no x-amz-target",
    );
  }
  const form = parseForm(request.body);
  if (form === undefined) {
    return refuse("InvalidRequest", "the form body is malformed: send each parameter once, percent-encoded");
  }
  return refusalOfAction(form) ?? readExchange(form);
}

function isExchangeShaped({ method, path, headers }: WireRequest): boolean {
  return (
    method === "POST" &&
    PATHS.has(path) &&
    FORM.test(singleHeader(headers, "content-type") ?? "") &&
    !headers.has("content-encoding") &&
    !headers.has("transfer-encoding")
  );
}

function refusalOfAction(form: ReadonlyMap<string, string>): Refusal | undefined {
  const action = form.get("Action");
  if (action === "AssumeRoleWithSAML") {
    return refuse(
      "InvalidAction",
      "saml is not configured here: use AssumeRoleWithWebIdentity with an oidc token",
    );
  }
  if (action !== "AssumeRoleWithWebIdentity" || form.get("Version") !== VERSION) {
    return refuse(
      "InvalidAction",
      `an unsigned call can only be AssumeRoleWithWebIdentity, version ${VERSION}: sign every other`,
    );
  }
  return undefined;
}

function readExchange(form: ReadonlyMap<string, string>): ExchangeParse {
  const unexpected = refusalOfParameters(form);
  if (unexpected !== undefined) {
    return unexpected;
  }
  const role = parseRoleArn(form.get("RoleArn") ?? "");
  if (role === undefined) {
    return refuse("ValidationError", "`RoleArn` is not the arn of an iam role: set AWS_ROLE_ARN");
  }
  const sessionName = form.get("RoleSessionName") ?? "";
  if (!SESSION_NAME.test(sessionName)) {
    return refuse("ValidationError", "`RoleSessionName` must be 2 to 64 letters, digits or any of `_+=,.@-`");
  }
  // SDKs send the token file as it is, and `echo` ends a file with a line end.
  const unverifiedToken = (form.get("WebIdentityToken") ?? "").replace(/\r?\n$/, "");
  if (unverifiedToken.length < MIN_TOKEN_CHARACTERS || unverifiedToken.length > MAX_TOKEN_CHARACTERS) {
    return refuse("ValidationError", "`WebIdentityToken` must be 4 to 20,000 characters");
  }
  const duration = form.get("DurationSeconds");
  const durationSeconds = duration === undefined ? undefined : parseDuration(duration);
  if (duration !== undefined && durationSeconds === undefined) {
    return refuse("ValidationError", `\`DurationSeconds\` must be ${MIN_DURATION} to ${MAX_DURATION}`);
  }
  return { kind: "exchange", exchange: { role, sessionName, unverifiedToken, durationSeconds } };
}

/** What a client believes to have narrowed must not be dropped in silence. */
function refusalOfParameters(form: ReadonlyMap<string, string>): Refusal | undefined {
  for (const name of form.keys()) {
    if (name === "Policy" || name.startsWith("PolicyArns")) {
      return refuse(
        "ValidationError",
        `\`${name}\` would not apply here: the deployment's own policy decides`,
      );
    }
    if (name === "ProviderId") {
      return refuse(
        "ValidationError",
        "`ProviderId` is for OAuth 2.0 providers: send an oidc token without it",
      );
    }
    if (!PARAMETERS.has(name)) {
      return refuse("ValidationError", `\`${name}\` is not a parameter of AssumeRoleWithWebIdentity`);
    }
  }
  return undefined;
}

function parseDuration(text: string): number | undefined {
  const seconds = DURATION.test(text) ? Number(text) : 0;
  return seconds >= MIN_DURATION && seconds <= MAX_DURATION ? seconds : undefined;
}
