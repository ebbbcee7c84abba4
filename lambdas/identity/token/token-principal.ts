// Makes the Principal out of verified claims: subject, groups, and the claims that policy may read. The schema is the
// issuer's configuration; whatever has another form is refused, never guessed (a string for a list, "false" for false).

import type { IssuerConfig } from "../../model/deployment.ts";
import type { Claims, Principal } from "../../model/principal.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import { isStringArray, type JsonObject, type JsonValue } from "./strict-json.ts";

const MAX_GROUPS = 250; // Entra ID sends 200 at most, Okta 100
const MAX_LIST = 250;
const MAX_TEXT = 2048;

// No control characters: groups and claims stand in policies, records and pages.
const GROUP = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,256}$/u;

/** Returns the principal, or refuses with `InvalidIdentityToken`. */
export function principalOf(
  claims: JsonObject,
  subject: string,
  issuer: IssuerConfig,
): { readonly kind: "principal"; readonly principal: Principal } | Refusal {
  if (!isSubjectExpected(subject, issuer.token?.subjects ?? null)) {
    return bad("the token's subject is not among those configured for its issuer");
  }
  // Entra ID: the groups were too many, and the token names an address to fetch them from. We fetch nothing.
  if (claims.has("_claim_names") || claims.has("hasgroups")) {
    return bad(
      "the token leaves out groups because there are too many: limit the groups claim to groups assigned to the application",
    );
  }
  const groups = groupsOf(claims, issuer);
  if (groups === undefined) {
    return bad("the token's groups claim has not the configured form: a list of up to 250 group names");
  }
  const chosen = chosenClaims(claims, issuer.claims);
  if (chosen === undefined) {
    return bad(
      "a claim that the configuration names is neither text, a whole number, a boolean nor a list of texts",
    );
  }
  if (chosen.email !== undefined && claims.get("email_verified") !== true) {
    return bad("the token's e-mail address is not verified: take `email` out of the configured claims");
  }
  return { kind: "principal", principal: { issuer: issuer.issuer, subject, groups, claims: chosen } };
}

function isSubjectExpected(subject: string, patterns: readonly string[] | null): boolean {
  if (patterns === null) {
    return true;
  }
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? subject.startsWith(pattern.slice(0, -1)) : subject === pattern,
  );
}

/** No groups claim in the token means no groups: issuers leave an empty list out. */
function groupsOf(claims: JsonObject, issuer: IssuerConfig): readonly string[] | undefined {
  const value = issuer.groupsClaim === null ? undefined : claims.get(issuer.groupsClaim);
  if (value === undefined) {
    return [];
  }
  const listed = (issuer.token?.groupsForm ?? "array") === "array" ? value : splitAtSpaces(value);
  if (!isStringArray(listed) || listed.length > MAX_GROUPS || !listed.every((group) => GROUP.test(group))) {
    return undefined;
  }
  return [...new Set(listed)];
}

function splitAtSpaces(value: JsonValue): JsonValue {
  if (typeof value !== "string") {
    return null;
  }
  return value === "" ? [] : value.split(" ");
}

function chosenClaims(claims: JsonObject, names: readonly string[]): Claims | undefined {
  // Null prototype: a claim may be called `constructor`.
  const chosen: Record<string, Claims[string]> = Object.create(null);
  for (const name of names) {
    const value = claims.get(name);
    if (value !== undefined && !isPlain(value)) {
      return undefined;
    }
    if (value !== undefined) {
      chosen[name] = value;
    }
  }
  return chosen;
}

function isPlain(value: JsonValue): value is Claims[string] {
  if (typeof value === "string") {
    return value.length <= MAX_TEXT;
  }
  if (typeof value === "number") {
    return Number.isSafeInteger(value); // two large ids must not become one double
  }
  return typeof value === "boolean" || (isStringArray(value) && value.length <= MAX_LIST);
}

function bad(message: string): Refusal {
  return refuse("InvalidIdentityToken", message);
}
