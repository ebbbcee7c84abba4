// Decides what the Authorization header says, by one strict grammar. Believes nothing of it: who holds the key is
// verify-signature.ts's question. Every byte is caller-controlled.

import { sessionIdOfKey } from "../../model/ids.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { WireRequest } from "../../model/wire-request.ts";

export interface AuthorizationHeader {
  readonly keyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

// The order and separators that every SDK writes; S3's documentation shows the comma without the blank.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#add-signature-to-request
const GRAMMAR =
  /^AWS4-HMAC-SHA256 Credential=([\w+=.@-]{1,128})\/(\d{8})\/([\w*-]{1,64})\/([\w-]{1,64})\/aws4_request, ?SignedHeaders=([a-z0-9!#$%&'*+.^_`|~;-]{1,8192}), ?Signature=([0-9a-f]{64})$/;
const REGION = /^[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/;
const SERVICE = /^[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$/;

/** Parses the one Authorization header of a SigV4 request. */
export function parseAuthorization(
  request: WireRequest,
): { readonly kind: "authorization"; readonly header: AuthorizationHeader } | Refusal {
  const values = request.headers.get("authorization") ?? [];
  const [text] = values;
  if (text === undefined) {
    return refuse(
      "MissingAuthenticationToken",
      "the request has no Authorization header: let the SDK sign it",
    );
  }
  if (values.length > 1)
    return refuse("IncompleteSignature", "more than one Authorization header: send it once");
  const match = GRAMMAR.exec(text);
  if (match === null) return otherScheme(text);
  const [, keyId = "", date = "", region = "", service = "", names = "", signature = ""] = match;
  const foreign = foreignKey(keyId);
  if (foreign !== undefined) return foreign;
  const badScope = scopeProblem(region, service);
  if (badScope !== undefined) return badScope;
  const signedHeaders = names.split(";");
  if (!isStrictlyAscending(signedHeaders)) {
    return refuse("IncompleteSignature", "SignedHeaders is not a sorted list of distinct lower-case names");
  }
  return { kind: "authorization", header: { keyId, date, region, service, signedHeaders, signature } };
}

function otherScheme(text: string): Refusal {
  if (/^AWS /i.test(text)) {
    return refuse(
      "IncompleteSignature",
      "signature version 2 is not taken: use an SDK that signs with version 4",
    );
  }
  if (/^AWS4-ECDSA/i.test(text)) {
    return refuse(
      "IncompleteSignature",
      "signature version 4a is not taken: configure the SDK to sign for one region with version 4",
    );
  }
  return refuse(
    "IncompleteSignature",
    "the Authorization header is not `AWS4-HMAC-SHA256 Credential=.../aws4_request, SignedHeaders=..., Signature=...`",
  );
}

function foreignKey(keyId: string): Refusal | undefined {
  if (/^A[KS]IA/.test(keyId)) {
    return refuse(
      "InvalidClientTokenId",
      "the request is signed with an AWS access key, which the gateway never wants: unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_PROFILE, and set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
    );
  }
  if (sessionIdOfKey(keyId) !== undefined) return undefined;
  return refuse(
    "InvalidClientTokenId",
    "the access key id was not given out by this gateway: let the SDK fetch one through AWS_WEB_IDENTITY_TOKEN_FILE",
  );
}

function scopeProblem(region: string, service: string): Refusal | undefined {
  if (service === "s3express") {
    return refuse("InvalidRequest", "S3 Express is not taken: its sessions carry credentials of their own");
  }
  if (!SERVICE.test(service)) {
    return refuse(
      "IncompleteSignature",
      "the credential scope names no service: check the client's signing name",
    );
  }
  if (REGION.test(region)) return undefined;
  return refuse(
    "IncompleteSignature",
    `\`${region}\` in the credential scope is not a region: set AWS_REGION (and AWS_DEFAULT_REGION), e.g. to eu-west-1`,
  );
}

function isStrictlyAscending(names: readonly string[]): boolean {
  return names.every((name, index) => name !== "" && (index === 0 || (names[index - 1] ?? "") < name));
}
