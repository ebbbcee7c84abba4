// The table of operations that reach the same effect by another name: who gates one of them and permits another has gated
// nothing. Facts only; lib/policy-gates.ts compares policies by it. Every line says why, since a reader has to judge it.
// IAM actions, not operations: CopyObject and the multipart uploads need s3:PutObject themselves, TransactWriteItems needs
// the action of each of its writes, DeleteObjects needs s3:DeleteObject, and so a gate on the action holds for them.

/** Another way to the effect of a gated action, on the same kind of resource. */
export interface Way {
  readonly action: string;
  readonly because: string;
}

/** A way that reaches nearly everything through another service, whatever the gated action is. */
export interface RemoteWay extends Way {
  /**
   * Whose permissions the other service acts with: those of a role that the call passes (so a gate on iam:PassRole stands
   * in the way), those of the caller (so it works only under `@scope("role")`, or with a passed role), or those of a role
   * that it has had before.
   */
  readonly acts: "passed role" | "caller" | "own role";
}

/** Gated actions, parted by spaces, to the other ways. */
const WAYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // DynamoDB
  "dynamodb:DeleteItem": {
    "dynamodb:BatchWriteItem": "its DeleteRequests delete items",
    "dynamodb:PartiQLDelete": "a PartiQL DELETE deletes items",
    "dynamodb:PutItem": "it replaces the whole item",
    "dynamodb:UpdateTimeToLive": "expired items are deleted",
    "dynamodb:DeleteTable": "it deletes all items",
  },
  "dynamodb:PutItem": {
    "dynamodb:BatchWriteItem": "its PutRequests put items",
    "dynamodb:PartiQLInsert": "a PartiQL INSERT puts items",
    "dynamodb:PartiQLUpdate": "a PartiQL UPDATE changes items",
    "dynamodb:UpdateItem": "it makes an item that is not there, and changes one that is",
  },
  "dynamodb:UpdateItem": {
    "dynamodb:BatchWriteItem": "its PutRequests replace items",
    "dynamodb:PartiQLUpdate": "a PartiQL UPDATE changes items",
    "dynamodb:PutItem": "it replaces the whole item",
  },
  "dynamodb:GetItem dynamodb:Query dynamodb:Scan": {
    "dynamodb:GetItem": "it reads items",
    "dynamodb:BatchGetItem": "it reads items",
    "dynamodb:Query": "it reads items",
    "dynamodb:Scan": "it reads all items",
    "dynamodb:PartiQLSelect": "a PartiQL SELECT reads items",
    "dynamodb:ExportTableToPointInTime": "it writes all items to a bucket",
    "dynamodb:GetRecords": "the stream holds the items",
    "dynamodb:PutResourcePolicy": "it lets others read the table",
  },
  "dynamodb:BatchWriteItem": {
    "dynamodb:PutItem": "it puts items one by one",
    "dynamodb:DeleteItem": "it deletes items one by one",
    "dynamodb:PartiQLInsert": "a PartiQL INSERT puts items",
    "dynamodb:PartiQLDelete": "a PartiQL DELETE deletes items",
  },
  // S3
  "s3:DeleteObject": {
    "s3:DeleteObjectVersion": "it deletes a version for good",
    "s3:PutLifecycleConfiguration": "a lifecycle rule expires objects",
    "s3:PutObject": "it overwrites the object; without versioning the old content is gone",
    "s3:CreateJob": "a batch job can run any operation on all objects",
  },
  "s3:PutObject": {
    "s3:CreateJob": "a batch job copies objects into the bucket",
    "s3:PutReplicationConfiguration": "replication writes objects into other buckets",
  },
  "s3:GetObject": {
    "s3:GetObjectVersion": "the current version is a version too",
    "s3:CreateJob": "a batch job copies objects elsewhere",
    "s3:PutReplicationConfiguration": "replication copies objects to another bucket",
    "s3:PutBucketPolicy": "it lets others read",
    "s3:PutBucketAcl": "it lets others read",
    "s3:PutObjectAcl": "it lets others read",
    "s3:PutAccessPointPolicy": "it lets others read",
  },
  "s3:PutBucketPolicy": {
    "s3:PutBucketAcl": "an ACL grants access too",
    "s3:PutObjectAcl": "an ACL grants access too",
    "s3:PutAccessPointPolicy": "an access point has a policy of its own",
    "s3:PutBucketPublicAccessBlock": "without the block a public policy or ACL takes effect",
    "s3:DeleteBucketPolicy": "what the policy denied is no longer denied",
  },
  // Secrets, parameters, keys
  "secretsmanager:GetSecretValue": {
    "secretsmanager:PutResourcePolicy": "it lets others read the secret",
    "secretsmanager:ReplicateSecretToRegions": "the replica is read in another region",
  },
  "secretsmanager:PutSecretValue": {
    "secretsmanager:UpdateSecret": "it stores a new value too",
    "secretsmanager:UpdateSecretVersionStage": "it makes another version the current one",
    "secretsmanager:RotateSecret": "the rotation function stores a new value",
  },
  "secretsmanager:DeleteSecret": {
    "secretsmanager:PutSecretValue": "a value that is replaced is lost after the next one",
    "secretsmanager:UpdateSecret": "a value that is replaced is lost after the next one",
    "secretsmanager:RemoveRegionsFromReplication": "it deletes replicas",
  },
  "ssm:GetParameter": {
    "ssm:GetParameters": "it reads several",
    "ssm:GetParametersByPath": "it reads all below a path",
    "ssm:GetParameterHistory": "the history holds the value",
  },
  "ssm:DeleteParameter": {
    "ssm:DeleteParameters": "it deletes several",
    "ssm:PutParameter": "it overwrites the value",
  },
  "kms:ScheduleKeyDeletion": {
    "kms:DisableKey": "what the key encrypted cannot be read",
    "kms:PutKeyPolicy": "it can lock everybody out",
    "kms:DeleteImportedKeyMaterial": "what the key encrypted cannot be read",
  },
  "kms:Decrypt": {
    "kms:ReEncryptFrom": "it encrypts anew under a key that can be used",
    "kms:CreateGrant": "a grant lets others decrypt",
    "kms:PutKeyPolicy": "it lets others decrypt",
  },
  // Identity
  "iam:PutUserPolicy iam:PutRolePolicy iam:PutGroupPolicy iam:AttachUserPolicy iam:AttachRolePolicy iam:AttachGroupPolicy":
    {
      "iam:PutUserPolicy": "it gives permissions",
      "iam:PutRolePolicy": "it gives permissions",
      "iam:PutGroupPolicy": "it gives permissions",
      "iam:AttachUserPolicy": "it gives permissions",
      "iam:AttachRolePolicy": "it gives permissions",
      "iam:AttachGroupPolicy": "it gives permissions",
      "iam:CreatePolicyVersion": "it changes what an attached policy gives",
      "iam:SetDefaultPolicyVersion": "it changes what an attached policy gives",
      "iam:AddUserToGroup": "it gives the group's permissions",
      "iam:UpdateAssumeRolePolicy": "it gives the role to others",
      "iam:DeleteRolePermissionsBoundary": "it takes the bound off what a role has",
      "iam:DeleteUserPermissionsBoundary": "it takes the bound off what a user has",
    },
  "iam:CreateAccessKey": {
    "iam:CreateLoginProfile": "a password signs in as the user",
    "iam:UpdateLoginProfile": "a new password signs in as the user",
    "iam:CreateServiceSpecificCredential": "it is a credential of the user",
    "iam:UploadSSHPublicKey": "it is a credential of the user",
    "iam:UploadSigningCertificate": "it is a credential of the user",
  },
  "iam:PassRole": {
    "lambda:UpdateFunctionCode": "the code runs with the role that the function has",
    "lambda:UpdateFunctionConfiguration": "a layer or a handler runs with the role that the function has",
    "ssm:SendCommand": "the command runs with the role of the instance",
    "ssm:StartAutomationExecution": "the steps can run with a role that the document names",
    "ecs:ExecuteCommand": "the command runs with the role of the task",
    "codebuild:StartBuild":
      "the build specification can be given with the call and runs with the project's role",
    "codebuild:UpdateProject": "the build runs with the project's role",
    "glue:UpdateJob": "the script runs with the job's role",
    "cloudformation:UpdateStack": "it runs with the service role that the stack has",
    "cloudformation:ExecuteChangeSet": "it runs with the service role that the stack has",
    "iam:UpdateAssumeRolePolicy": "it lets the role be used without being passed",
  },
  // Compute
  "lambda:InvokeFunction": {
    "lambda:CreateEventSourceMapping": "a queue or a stream then calls the function",
    "lambda:AddPermission": "it lets others call the function",
    "lambda:CreateFunctionUrlConfig": "a URL calls the function",
    "events:PutTargets": "a rule calls the function",
  },
  "lambda:UpdateFunctionCode": {
    "lambda:UpdateFunctionConfiguration": "a layer or a handler changes what runs",
    "lambda:UpdateAlias": "the alias then runs another version",
  },
  "lambda:DeleteFunction": { "lambda:PutFunctionConcurrency": "a concurrency of nought stops the function" },
  "ec2:TerminateInstances": {
    "autoscaling:TerminateInstanceInAutoScalingGroup": "it terminates an instance",
    "autoscaling:SetDesiredCapacity": "a smaller group terminates instances",
    "autoscaling:UpdateAutoScalingGroup": "a smaller group terminates instances",
    "autoscaling:DeleteAutoScalingGroup": "it terminates the group's instances",
    "ec2:DeleteFleets": "it terminates the fleet's instances",
    "ec2:CancelSpotFleetRequests": "it terminates the fleet's instances",
    "ec2:ModifyInstanceAttribute": "with the shutdown behaviour `terminate`, a stop from within terminates",
  },
  "ec2:RunInstances": {
    "ec2:CreateFleet": "it runs instances",
    "ec2:RequestSpotInstances": "it runs instances",
    "ec2:RequestSpotFleet": "it runs instances",
    "autoscaling:CreateAutoScalingGroup": "the group runs instances",
    "autoscaling:UpdateAutoScalingGroup": "a larger group runs instances",
    "autoscaling:SetDesiredCapacity": "a larger group runs instances",
    "eks:CreateNodegroup": "the group runs instances",
    "elasticmapreduce:RunJobFlow": "the cluster runs instances",
    "batch:CreateComputeEnvironment": "the environment runs instances",
    "lightsail:CreateInstances": "it runs instances of another name",
  },
  "ec2:AuthorizeSecurityGroupIngress": {
    "ec2:ModifySecurityGroupRules": "it opens a rule that is there",
    "ec2:ModifyInstanceAttribute": "it puts the instance into a group that is open",
    "ec2:ModifyNetworkInterfaceAttribute": "it puts the interface into a group that is open",
  },
  "ssm:SendCommand": {
    "ssm:StartAutomationExecution": "an automation can run a command on instances",
    "ssm:CreateAssociation": "an association runs a document on instances",
    "ssm:UpdateAssociation": "an association runs a document on instances",
  },
  // Databases by statement
  "rds-data:ExecuteStatement": {
    "rds-data:BatchExecuteStatement": "it runs statements",
    "rds-data:ExecuteSql": "it runs statements, by the old name",
  },
  "redshift-data:ExecuteStatement": { "redshift-data:BatchExecuteStatement": "it runs statements" },
  "rds:DeleteDBInstance": { "rds:DeleteDBCluster": "a cluster is deleted with its data" },
  // Traces and queues
  "logs:DeleteLogGroup": {
    "logs:DeleteLogStream": "it deletes the events stream by stream",
    "logs:PutRetentionPolicy": "a shorter retention deletes events",
  },
  "cloudtrail:DeleteTrail": {
    "cloudtrail:StopLogging": "the trail records nothing more",
    "cloudtrail:UpdateTrail": "the trail can be led elsewhere",
    "cloudtrail:PutEventSelectors": "the trail can be made to record nothing",
  },
  "sqs:DeleteQueue": {
    "sqs:PurgeQueue": "it deletes all messages",
    "sqs:SetQueueAttributes": "a short retention deletes messages",
  },
  "cloudformation:DeleteStack": {
    "cloudformation:UpdateStack": "a template without the resources deletes them",
    "cloudformation:ExecuteChangeSet": "a change set can delete the resources",
    "cloudformation:DeleteResource": "Cloud Control deletes resource by resource",
  },
};

/** Gated actions to the other ways. */
export const SAME_EFFECT: ReadonlyMap<string, readonly Way[]> = table();

/** Services that carry out other services' operations. */
export const REMOTE_WAYS: readonly RemoteWay[] = [
  remote("caller", "Cloud Control makes, changes and deletes resources of most types", [
    "cloudformation:CreateResource",
    "cloudformation:UpdateResource",
    "cloudformation:DeleteResource",
  ]),
  remote("caller", "a template makes, changes and deletes resources of most types", [
    "cloudformation:CreateStack",
    "cloudformation:UpdateStack",
    "cloudformation:ExecuteChangeSet",
  ]),
  remote("passed role", "a universal target calls any operation of any service", [
    "scheduler:CreateSchedule",
    "scheduler:UpdateSchedule",
  ]),
  remote("passed role", "an SDK integration calls any operation of any service", [
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
    "states:TestState",
  ]),
  remote("caller", "a step `aws:executeAwsApi` calls any operation", ["ssm:StartAutomationExecution"]),
  remote("passed role", "the function's code calls what it likes", ["lambda:CreateFunction"]),
  remote("own role", "the function's code calls what it likes, with the role that it has", [
    "lambda:UpdateFunctionCode",
  ]),
  remote("own role", "the build calls what it likes, with the project's role", ["codebuild:StartBuild"]),
  remote("own role", "the command calls what it likes, with the role of the instance", ["ssm:SendCommand"]),
  remote("passed role", "a target of the rule carries it out", ["events:PutTargets"]),
  remote("passed role", "the job's script calls what it likes", ["glue:CreateJob"]),
  remote("passed role", "the task calls what it likes", ["ecs:RunTask"]),
].flat();

function remote(acts: RemoteWay["acts"], because: string, actions: readonly string[]): RemoteWay[] {
  return actions.map((action) => ({ action, because, acts }));
}

function table(): ReadonlyMap<string, readonly Way[]> {
  const found = new Map<string, Way[]>();
  for (const [gated, ways] of Object.entries(WAYS)) {
    const entries = Object.entries(ways).map(([action, because]): Way => ({ action, because }));
    for (const each of gated.split(" ")) {
      found.set(
        each,
        entries.filter(({ action }) => action !== each),
      );
    }
  }
  return found;
}
