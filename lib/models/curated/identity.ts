// IAM, STS, Secrets Manager, KMS, Systems Manager, Lambda, SQS, SNS: the services that agents call most after S3 and
// DynamoDB. To be checked against: the "Actions, resources, and condition keys" page of each service.

import type { ActionTable } from "../action-table.ts";

const created = (action: string, type: string, name: string): string[] => [
  `iam:${action} on ${type} Path|path+${name}`,
];

const onFunction = (action: string): string[] => [
  `lambda:${action} if !Qualifier on function FunctionName|function`,
  `lambda:${action} if Qualifier on function-alias FunctionName|function Qualifier`,
];

const parameters = (action: string, source: string): string[] => [
  `ssm:${action} on parameter ${source}|parameter`,
];

export const IDENTITY: Readonly<Record<string, ActionTable>> = {
  sts: {
    GetCallerIdentity: ["sts:GetCallerIdentity on *"],
  },
  iam: {
    AddRoleToInstanceProfile: [
      "iam:AddRoleToInstanceProfile on instance-profile InstanceProfileName",
      "iam:PassRole on role RoleName",
    ],
    CreateGroup: created("CreateGroup", "group", "GroupName"),
    CreateInstanceProfile: created("CreateInstanceProfile", "instance-profile", "InstanceProfileName"),
    CreatePolicy: created("CreatePolicy", "policy", "PolicyName"),
    CreateRole: created("CreateRole", "role", "RoleName"),
    CreateServiceLinkedRole: [
      "iam:CreateServiceLinkedRole on role @aws-service-role/+AWSServiceName+@/|open",
    ],
    CreateUser: created("CreateUser", "user", "UserName"),
    CreateVirtualMFADevice: created("CreateVirtualMFADevice", "mfa", "VirtualMFADeviceName"),
    DeleteVirtualMFADevice: ["iam:DeleteVirtualMFADevice on mfa =SerialNumber"],
    UpdateDelegationRequest: ["iam:AssociateDelegationRequest"],
    UploadServerCertificate: created(
      "UploadServerCertificate",
      "server-certificate",
      "ServerCertificateName",
    ),
  },
  secretsmanager: {
    CreateSecret: [
      "secretsmanager:CreateSecret on secret Name|secret",
      "secretsmanager:TagResource if Tags on secret Name|secret",
    ],
    BatchGetSecretValue: [
      "secretsmanager:BatchGetSecretValue on *",
      "secretsmanager:GetSecretValue if SecretIdList on secret SecretIdList[]|secret",
      "secretsmanager:GetSecretValue if !SecretIdList on secret -",
      "secretsmanager:ListSecrets if !SecretIdList on *",
    ],
  },
  kms: {
    CreateAlias: ["kms:CreateAlias on alias AliasName|alias; key TargetKeyId|key"],
    DeleteAlias: ["kms:DeleteAlias on alias AliasName|alias; key -"],
    ReEncrypt: ["kms:ReEncryptFrom on key SourceKeyId|key", "kms:ReEncryptTo on key DestinationKeyId|key"],
    UpdateAlias: ["kms:UpdateAlias on alias AliasName|alias; key TargetKeyId|key"],
  },
  ssm: {
    DeleteParameter: parameters("DeleteParameter", "Name"),
    DeleteParameters: parameters("DeleteParameters", "Names[]"),
    GetParameter: parameters("GetParameter", "Name"),
    GetParameterHistory: parameters("GetParameterHistory", "Name"),
    GetParameters: parameters("GetParameters", "Names[]"),
    GetParametersByPath: [
      "ssm:GetParametersByPath on parameter Path|parameterPath; parameter Path|parameterBelow",
    ],
    LabelParameterVersion: parameters("LabelParameterVersion", "Name"),
    PutParameter: parameters("PutParameter", "Name"),
    UnlabelParameterVersion: parameters("UnlabelParameterVersion", "Name"),
    // An automation runs as the role that is named among its own parameters.
    StartAutomationExecution: [
      "ssm:StartAutomationExecution",
      "iam:PassRole if Parameters.AutomationAssumeRole on iam:role =Parameters.AutomationAssumeRole[]|role",
    ],
    SendCommand: [
      "ssm:SendCommand if !InstanceIds on document DocumentName; instance -; managed-instance -",
      "ssm:SendCommand if InstanceIds on document DocumentName; instance InstanceIds[]; managed-instance InstanceIds[]",
      "iam:PassRole if ServiceRoleArn|role on iam:role =ServiceRoleArn|role",
    ],
    StartSession: [
      "ssm:StartSession if !DocumentName on instance Target; managed-instance Target",
      "ssm:StartSession if DocumentName on document DocumentName; instance Target; managed-instance Target",
    ],
  },
  lambda: {
    GetFunction: onFunction("GetFunction"),
    GetFunctionConfiguration: onFunction("GetFunctionConfiguration"),
    GetLayerVersionByArn: ["lambda:GetLayerVersion on layerversion =Arn"],
    Invoke: onFunction("InvokeFunction"),
    InvokeAsync: ["lambda:InvokeFunction on function FunctionName|function"],
    InvokeWithResponseStream: onFunction("InvokeFunction"),
  },
  sns: {
    Publish: [
      "sns:Publish if TopicArn on topic =TopicArn",
      "sns:Publish if TargetArn on topic =TargetArn",
      "sns:Publish if PhoneNumber on *",
    ],
    PublishBatch: ["sns:Publish on topic =TopicArn"],
  },
  sqs: {
    ChangeMessageVisibilityBatch: ["sqs:ChangeMessageVisibility on queue QueueUrl|queue"],
    DeleteMessageBatch: ["sqs:DeleteMessage on queue QueueUrl|queue"],
    GetQueueUrl: ["sqs:GetQueueUrl on queue QueueName"],
    SendMessageBatch: ["sqs:SendMessage on queue QueueUrl|queue"],
  },
};
