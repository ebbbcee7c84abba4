// The names that must be the same in two places that do not see each other: a role here and the trust of a target
// account, a parameter and the function that reads it, a stage and the path that CloudFront puts in front.

export const STACK_NAME = "Countersign";

/**
 * Fixed, because target roles trust them by `aws:PrincipalArn`: a trust on the role itself would break when the role is
 * replaced. Role names are global in an account, so one deployment per account.
 */
export const CALL_ROLE_NAME = "countersign-call";
export const RUN_ROLE_NAME = "countersign-run";

/** The API's only stage; ingress removes it once from the path. */
export const API_STAGE = "live";

export const PUBLIC_URL_PARAMETER = "/countersign/public-url";
