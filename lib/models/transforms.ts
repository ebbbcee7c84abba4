// Parameters that do not hold the plain name their ARN needs, but a URL, a partial ARN or a name with a suffix.
// The recogniser undoes each form by the transform named here; see identifiers.ts there.

const TRANSFORMS: Readonly<Record<string, string>> = {
  "sqs.QueueUrl": "|queue",
  "lambda.FunctionName": "|function",
  "lambda.LayerName": "|layer",
  "secretsmanager.SecretId": "|secret",
  "secretsmanager.Name": "|secret",
  "kms.KeyId": "|key",
  "kms.AliasName": "|alias",
  "route53.HostedZoneId": "|zone",
  "route53.Id": "|zone",
  "ecs.cluster": "|cluster",
  "wafv2.Scope": "|scope",
};

export function transformOf(service: string, source: string): string {
  return TRANSFORMS[`${service}.${source}`] ?? "";
}
