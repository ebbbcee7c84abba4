// A refusal: the value that every step returns instead of going on. boundary/ turns it into an AWS-shaped answer.

/** AWS's own error codes, so that SDKs and their retry rules treat a refusal as they would treat AWS. */
export type RefusalCode =
  | "AccessDenied"
  /** The call waits for people: retryable, and the retry attaches to the one approval. */
  | "ApprovalPending"
  /** AWS answered, and its answer cannot be shown: what has to be hidden in it cannot be. */
  | "AnswerWithheld"
  | "ExpiredToken"
  | "ExpiredTokenException"
  | "IDPCommunicationError"
  | "IncompleteSignature"
  | "InternalFailure"
  | "InvalidAction"
  | "InvalidClientTokenId"
  | "InvalidIdentityToken"
  | "InvalidRequest"
  | "MissingAuthenticationToken"
  | "RequestEntityTooLarge"
  | "RequestExpired"
  | "RequestInDoubt"
  | "ServiceUnavailable"
  | "SignatureDoesNotMatch"
  | "Throttling"
  | "UnknownOperation"
  | "UpstreamUnavailable"
  | "ValidationError";

export interface Refusal {
  readonly kind: "refused";
  readonly code: RefusalCode;
  /** A public sentence: lower case, user input in backticks, says what to do; never a token, claim or secret. */
  readonly message: string;
}

export function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: "refused", code, message };
}
