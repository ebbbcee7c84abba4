// Operations whose answer can hold credentials, tokens or signed URLs: anything that, once handed out, works at AWS
// without passing this gateway again. They are refused unless a policy names the very action.
// Criterion: the answer has a member that authenticates its bearer to AWS or to a resource in the account (access keys,
// session or bearer tokens, passwords, private keys, kubeconfig-like data), or a URL that is signed. Secrets that a
// customer stored (GetSecretValue, GetParameter) are data, not credentials of AWS: masks and policy are for those.

const VENDING: Readonly<Record<string, readonly string[]>> = {
  sts: [
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetSessionToken",
    "GetWebIdentityToken",
  ],
  iam: ["CreateAccessKey", "CreateServiceSpecificCredential", "ResetServiceSpecificCredential"],
  s3: ["CreateSession"],
};

export function vendsCredentials(service: string, operation: string): boolean {
  return VENDING[service]?.includes(operation) ?? false;
}
