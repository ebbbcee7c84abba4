// Tells what a failed AssumeRole means to the caller. Nothing was sent upstream in any of these cases. AWS's own message
// is never passed on: it names our roles and accounts.

import { type Refusal, refuse } from "../model/refusal.ts";

const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "RegionDisabledException",
  "RegionDisabled",
]);
const TOO_LARGE = new Set(["PackedPolicyTooLarge", "PackedPolicyTooLargeException"]);
const MALFORMED = new Set(["MalformedPolicyDocument", "MalformedPolicyDocumentException"]);
const BUSY = new Set([
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
]);

/** @throws the error itself where it is a fault of ours (credentials of the function, a malformed request) */
export function refusalOfSts(error: unknown, roleArn: string): Refusal {
  if (!(error instanceof Error)) throw error;
  if (DENIED.has(error.name)) {
    return refuse(
      "AccessDenied",
      `the gateway may not assume \`${roleArn}\`: check that the role exists and trusts the gateway with this external id`,
    );
  }
  if (TOO_LARGE.has(error.name)) {
    return refuse(
      "ValidationError",
      "this call names more resources than one credential can be limited to: split the call",
    );
  }
  if (MALFORMED.has(error.name)) {
    return refuse(
      "ValidationError",
      "AWS takes no session policy for a resource that this call names: rename it",
    );
  }
  if (BUSY.has(error.name) || isOutage(error)) {
    return refuse("ServiceUnavailable", "AWS STS gives no credentials at the moment: try again");
  }
  throw error;
}

/** A fault on AWS's side, or no answer: the system's own codes (ECONNREFUSED), not Node's (ERR_...) nor TLS's. */
function isOutage(error: Error): boolean {
  const { $fault, code } = error as { $fault?: unknown; code?: unknown };
  if ($fault === "server" || error.name === "TimeoutError") return true;
  return typeof code === "string" && /^E(?!RR_)[A-Z_]+$/.test(code);
}
