// The operations whose answers are filled with canaries, what they are called with, and the policies they are called under.

import { sdkMembers } from "../../lib/models/sdk-schema.ts";
import { operationOf, sdkService } from "../recognition/answers/sdk-wire.ts";
import { NAME } from "./stand-in.ts";

/** The services that are used most, by what agents read there. */
const MOST_USED: Readonly<Record<string, string>> = {
  cloudformation:
    "DescribeStacks GetTemplate ListStacks DescribeStackEvents DescribeStackResources ListStackSets",
  dynamodb: "GetItem Query Scan BatchGetItem DescribeTable ListTables PutItem",
  ec2:
    "DescribeInstances DescribeInstanceAttribute DescribeLaunchTemplateVersions DescribeVpnConnections " +
    "DescribeKeyPairs DescribeSecurityGroups GetPasswordData",
  iam: "GetUser ListUsers GetRole CreateAccessKey GetPolicyVersion ListAccessKeys GetAccountAuthorizationDetails",
  lambda: "GetFunction ListFunctions GetFunctionConfiguration Invoke GetPolicy GetAccountSettings",
  logs: "GetLogEvents FilterLogEvents DescribeLogGroups GetQueryResults DescribeSubscriptionFilters",
  s3: "GetObject HeadObject ListObjectsV2 ListBuckets GetBucketPolicy GetBucketTagging ListMultipartUploads",
  secretsmanager: "GetSecretValue ListSecrets DescribeSecret GetRandomPassword",
  sns: "ListTopics GetTopicAttributes ListSubscriptions GetSubscriptionAttributes",
  sqs: "ListQueues GetQueueAttributes GetQueueUrl ListQueueTags",
  ssm: "GetParameter GetParameters GetParametersByPath GetParameterHistory GetCommandInvocation ListCommands",
  sts: "GetCallerIdentity GetAccessKeyInfo DecodeAuthorizationMessage",
};
const OTHERS: Readonly<Record<string, string>> = {
  acm: "DescribeCertificate",
  athena: "GetWorkGroup",
  autoscaling: "DescribeLaunchConfigurations",
  cloudfront: "GetDistribution",
  cloudwatch: "DescribeAlarms",
  ecr: "DescribeRepositories",
  ecs: "DescribeTaskDefinition",
  eks: "DescribeCluster",
  events: "DescribeRule",
  firehose: "DescribeDeliveryStream",
  kms: "GenerateDataKey",
  organizations: "DescribeOrganization",
  route53: "ListHostedZones",
  sesv2: "GetEmailIdentity",
  stepfunctions: "DescribeExecution",
};

export interface MaskCase {
  readonly service: string;
  readonly operation: string;
}

export const CASES: readonly MaskCase[] = Object.entries({ ...MOST_USED, ...OTHERS }).flatMap(
  ([service, operations]) => operations.split(" ").map((operation) => ({ service, operation })),
);

/** Hidden by default, whoever says so, the models or our own list. */
export const HIDDEN: readonly string[] = [
  "autoscaling DescribeLaunchConfigurations LaunchConfigurations[].UserData",
  "cloudformation DescribeStacks Stacks[].Parameters[].ParameterValue",
  "ec2 DescribeInstanceAttribute UserData.Value",
  "ec2 DescribeLaunchTemplateVersions LaunchTemplateVersions[].LaunchTemplateData.UserData",
  "ec2 DescribeVpnConnections VpnConnections[].CustomerGatewayConfiguration",
  "ec2 GetPasswordData PasswordData",
  "ecs DescribeTaskDefinition taskDefinition.containerDefinitions[].environment[].value",
  "iam CreateAccessKey AccessKey.SecretAccessKey",
  "kms GenerateDataKey Plaintext",
  "lambda GetFunction Configuration.Environment.Variables.*",
  "lambda Invoke Payload",
  "lambda ListFunctions Functions[].Environment.Variables.*",
  "secretsmanager GetRandomPassword RandomPassword",
  "secretsmanager GetSecretValue SecretBinary",
  "secretsmanager GetSecretValue SecretString",
  "ssm GetParameter Parameter.Value",
  "ssm GetParameterHistory Parameters[].Value",
];

/** What the least input would not do for. */
export const INPUTS: Readonly<Record<string, object>> = {
  GetItem: { TableName: NAME, Key: { id: { S: "1" } } },
  PutItem: { TableName: NAME, Item: { id: { S: "1" } } },
  Query: {
    TableName: NAME,
    KeyConditionExpression: "a = :a",
    ExpressionAttributeValues: { ":a": { S: "1" } },
  },
  BatchGetItem: { RequestItems: { [NAME]: { Keys: [{ id: { S: "1" } }] } } },
  GetSecretValue: { SecretId: NAME },
  GetParameter: { Name: NAME },
  GetParametersByPath: { Path: "/canary" },
  DescribeExecution: { executionArn: "arn:aws:states:eu-west-1:444455556666:execution:abc:def" },
  DescribeInstanceAttribute: { InstanceId: "i-0123456789abcdef0", Attribute: "userData" },
  DescribeLaunchTemplateVersions: { LaunchTemplateName: "abc" },
  GetPasswordData: { InstanceId: "i-0123456789abcdef0" },
};

const VENDING = [
  "iam:CreateAccessKey",
  "kms:GenerateDataKey",
  "ec2:GetPasswordData",
  "ec2:DescribeVpnConnections",
  "lambda:GetFunction",
];

const LEVELS = ["list", "read", "tagging", "write", "permissions"].map((level) => `level:${level}`);

/** Where actions have another prefix than the service's name. */
const PREFIXES: Readonly<Record<string, string>> = { sesv2: "ses", stepfunctions: "states" };

/** Everything is permitted: to maintainers with all output members masked, to writers as it is by default. */
export function maskPolicies(): string {
  const all = [...LEVELS, ...VENDING].map((action) => `AWS::Action::"${action}"`).join(", ");
  const permit = (id: string, [group, actions]: readonly [string, string], more: readonly [string, string]) =>
    `@id("${id}")\n${more[0]}permit (principal in Countersign::Group::"${group}", action in [${actions}],
  resource is AWS::Resource)${more[1]};\n`;
  const masked = CASES.flatMap((each) => {
    const paths = topMembers(each);
    if (paths.length === 0) return [];
    const actions = `AWS::Action::"${PREFIXES[each.service] ?? each.service}:*"`;
    const condition = ` when { context.operation == "${each.operation}" }`;
    const id = `mask-${each.service}-${each.operation}`;
    return permit(id, ["mcp-maintainers", actions], [`@mask("${paths.join(", ")}")\n`, condition]);
  });
  const open = ["mcp-maintainers", "mcp-writers"].map((group) => permit(group, [group, all], ["", ""]));
  return [...open, ...masked].join("\n");
}

function topMembers({ service, operation }: MaskCase): readonly string[] {
  const { output } = operationOf(sdkService(service), operation);
  if (output === undefined) return [];
  return sdkMembers(output).flatMap(({ name, traits }) => (traits.httpResponseCode ? [] : [name]));
}
