// Operations that only work under the role as it is: a table, with its criterion. On the list is an operation during or
// after which AWS acts on other resources than the call names, or by other actions, **with the caller's own session**: a
// session policy for the call alone would make AWS refuse halfway. Not on the list is what works with a role that is
// passed (its `iam:PassRole` is among the call's actions) or with a service-linked role.
// An operation that is missing here fails at AWS with AccessDenied; one too many costs a policy a `@scope("role")`.
// Nothing is ever widened by this table: only a policy does that.
// Sources: each service's guide on "forward access sessions" and on the permissions of its callers.

import type { AwsCall } from "../model/aws-call.ts";

/** By botocore's service name. */
export const ORCHESTRATORS: ReadonlyMap<string, readonly string[]> = new Map([
  // Reads tables from the Glue catalog and data from S3, and writes results there.
  ["athena", ["GetQueryResults", "StartQueryExecution"]],
  ["cloudcontrol", ["CreateResource", "DeleteResource", "GetResource", "ListResources", "UpdateResource"]],
  [
    "cloudformation",
    [
      "ContinueUpdateRollback",
      "CreateChangeSet",
      "CreateStack",
      "DeleteStack",
      "DetectStackDrift",
      "DetectStackResourceDrift",
      "ExecuteChangeSet",
      "RollbackStack",
      "StartResourceScan",
      "UpdateStack",
    ],
  ],
  // Reads or writes the bucket in the caller's name.
  ["dynamodb", ["ExportTableToPointInTime", "ImportTable"]],
  [
    "elasticbeanstalk",
    [
      "CreateApplicationVersion",
      "CreateEnvironment",
      "RebuildEnvironment",
      "TerminateEnvironment",
      "UpdateEnvironment",
    ],
  ],
  // Asks Lake Formation for access to the data, or tries a connection with its secret.
  [
    "glue",
    [
      "GetUnfilteredPartitionMetadata",
      "GetUnfilteredPartitionsMetadata",
      "GetUnfilteredTableMetadata",
      "ImportCatalogToGlue",
      "TestConnection",
    ],
  ],
  // Tags each resource by its own service's action.
  ["resourcegroupstaggingapi", ["TagResources", "UntagResources"]],
  ["serverlessrepo", ["CreateCloudFormationChangeSet"]],
  ["servicecatalog", ["ProvisionProduct", "TerminateProvisionedProduct", "UpdateProvisionedProduct"]],
  ["ssm", ["StartAutomationExecution"]],
]);

/** Where a call names the role that the service shall work with, the caller's session is not used. */
const OWN_ROLE: ReadonlyMap<string, string> = new Map([
  ["cloudcontrol", "RoleArn"],
  ["cloudformation", "RoleARN"],
]);

/** Returns `service:operation` when the call needs the role as it is, else `undefined`. Any candidate counts. */
export function orchestratorIn({ candidates, parameters }: AwsCall): string | undefined {
  const found = candidates.find(({ service, operation }) => {
    if (ORCHESTRATORS.get(service)?.includes(operation) !== true) return false;
    const role = parameters[OWN_ROLE.get(service) ?? ""];
    return typeof role !== "string" || role === "";
  });
  return found === undefined ? undefined : `${found.service}:${found.operation}`;
}
