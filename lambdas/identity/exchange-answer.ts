// Writes the answers to an exchange in the two forms that SDKs read: STS's XML and the container endpoint's JSON.
// Trusts its input to be verified; escapes every field all the same.

import { type KeyId, partsOfRole } from "../model/ids.ts";
import type { Session } from "../model/principal.ts";

export interface IssuedCredentials {
  readonly accessKeyId: KeyId;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch seconds. */
  readonly expiration: number;
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** The AssumeRoleWithWebIdentityResponse. `audience` is the one that was asked of the token, by configuration. */
export function exchangeAnswerXml(answer: {
  readonly credentials: IssuedCredentials;
  readonly session: Session;
  readonly sessionName: string;
  readonly audience: string;
  readonly requestId: string;
}): string {
  const { credentials, session, sessionName } = answer;
  const { partition, account } = partsOfRole(session.role);
  const roleName = session.role.slice(session.role.lastIndexOf("/") + 1); // an assumed role's arn drops the path
  const result =
    element("SubjectFromWebIdentityToken", session.principal.subject) +
    element("Audience", answer.audience) +
    parent(
      "AssumedRoleUser",
      // AWS puts the role's unique id (AROA...) here, which nobody told us; the key id is as unique.
      element("AssumedRoleId", `${credentials.accessKeyId}:${sessionName}`) +
        element("Arn", `arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`),
    ) +
    parent(
      "Credentials",
      element("AccessKeyId", credentials.accessKeyId) +
        element("SecretAccessKey", credentials.secretAccessKey) +
        element("SessionToken", credentials.sessionToken) +
        element("Expiration", isoSeconds(credentials.expiration)),
    ) +
    element("Provider", session.principal.issuer) +
    element("PackedPolicySize", "0");
  return (
    `<AssumeRoleWithWebIdentityResponse xmlns="${NAMESPACE}">` +
    parent("AssumeRoleWithWebIdentityResult", result) +
    parent("ResponseMetadata", element("RequestId", answer.requestId)) +
    "</AssumeRoleWithWebIdentityResponse>\n"
  );
}

/** What `GET /aws/credentials` answers. */
export function containerCredentialsJson(credentials: IssuedCredentials): string {
  return JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: isoSeconds(credentials.expiration),
  });
}

function isoSeconds(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(".000Z", "Z");
}

function element(name: string, text: string): string {
  return parent(name, escapeXml(text));
}

function parent(name: string, xml: string): string {
  return `<${name}>${xml}</${name}>`;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Characters that XML 1.0 cannot hold become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? "");
}
