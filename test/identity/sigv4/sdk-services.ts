// Real requests of the AWS SDK for JavaScript to many services: every protocol, paths with ARNs and slashes in them, lists
// in the query, empty bodies. The clients are large, so each is loaded when its requests are made.

import { captured } from "./sdk-capture.ts";
import { type SdkRequest, settings } from "./sdk-requests.ts";

type Protocol = "http" | "https";
type Send = () => Promise<unknown>;
type Calls = Readonly<Record<string, Send>>;
type Settings = ReturnType<typeof settings>;

const ROLE = "arn:aws:iam::111122223333:role/a/b";
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders";
const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f:live";
const MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:m";
const CLUSTER = "arn:aws:eks:eu-west-1:111122223333:cluster/c";
const QUEUE = "http://127.0.0.1:8787/111122223333/orders";
const START = new Date("2026-01-30T00:00:00.123Z");

const SERVICES: Readonly<Record<string, (common: Settings) => Promise<Calls>>> = {
  async acm(common) {
    const sdk = await import("@aws-sdk/client-acm");
    const client = new sdk.ACMClient(common);
    return {
      ListCertificates: () =>
        client.send(new sdk.ListCertificatesCommand({ CertificateStatuses: ["ISSUED"] })),
    };
  },
  async athena(common) {
    const sdk = await import("@aws-sdk/client-athena");
    const client = new sdk.AthenaClient(common);
    return {
      StartQueryExecution: () =>
        client.send(new sdk.StartQueryExecutionCommand({ QueryString: "SELECT 'ü' FROM \"t\"" })),
    };
  },
  async autoscaling(common) {
    const sdk = await import("@aws-sdk/client-auto-scaling");
    const client = new sdk.AutoScalingClient(common);
    return {
      DescribeAutoScalingGroups: () =>
        client.send(new sdk.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["a b", "c+d"] })),
    };
  },
  async cloudformation(common) {
    const sdk = await import("@aws-sdk/client-cloudformation");
    const client = new sdk.CloudFormationClient(common);
    return {
      DescribeStacks: () => client.send(new sdk.DescribeStacksCommand({})),
      CreateStack: () =>
        client.send(
          new sdk.CreateStackCommand({ StackName: "s", TemplateBody: '{"Resources": {"a": "&=+%"}}\n' }),
        ),
    };
  },
  async cloudfront(common) {
    const sdk = await import("@aws-sdk/client-cloudfront");
    const client = new sdk.CloudFrontClient(common);
    const batch = { CallerReference: "1", Paths: { Quantity: 1, Items: ["/a<&>*"] } };
    return {
      ListDistributions: () => client.send(new sdk.ListDistributionsCommand({ MaxItems: 5 })),
      CreateInvalidation: () =>
        client.send(new sdk.CreateInvalidationCommand({ DistributionId: "E1", InvalidationBatch: batch })),
    };
  },
  async cloudwatch(common) {
    const sdk = await import("@aws-sdk/client-cloudwatch");
    const client = new sdk.CloudWatchClient(common);
    const MetricData = [{ MetricName: "m", Value: 1.5, Timestamp: START }];
    return {
      ListMetrics: () => client.send(new sdk.ListMetricsCommand({ Namespace: "a/b" })),
      PutMetricData: () => client.send(new sdk.PutMetricDataCommand({ Namespace: "a/b", MetricData })),
    };
  },
  async logs(common) {
    const sdk = await import("@aws-sdk/client-cloudwatch-logs");
    const client = new sdk.CloudWatchLogsClient(common);
    return {
      FilterLogEvents: () =>
        client.send(new sdk.FilterLogEventsCommand({ logGroupName: "/aws/lambda/f", filterPattern: '"é"' })),
    };
  },
  async ec2(common) {
    const sdk = await import("@aws-sdk/client-ec2");
    const client = new sdk.EC2Client(common);
    const Filters = [{ Name: "tag:a b", Values: ["1", "*"] }];
    return {
      DescribeInstances: () => client.send(new sdk.DescribeInstancesCommand({ Filters })),
      RunInstances: () =>
        client.send(new sdk.RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1 })),
    };
  },
  async ecr(common) {
    const sdk = await import("@aws-sdk/client-ecr");
    const client = new sdk.ECRClient(common);
    return { ListImages: () => client.send(new sdk.ListImagesCommand({ repositoryName: "a/b" })) };
  },
  async ecs(common) {
    const sdk = await import("@aws-sdk/client-ecs");
    const client = new sdk.ECSClient(common);
    return { ListTasks: () => client.send(new sdk.ListTasksCommand({ cluster: "c", maxResults: 10 })) };
  },
  async eks(common) {
    const sdk = await import("@aws-sdk/client-eks");
    const client = new sdk.EKSClient(common);
    return {
      DescribeCluster: () => client.send(new sdk.DescribeClusterCommand({ name: "c" })),
      UntagResource: () =>
        client.send(new sdk.UntagResourceCommand({ resourceArn: CLUSTER, tagKeys: ["a b", "c&d", "a b"] })),
    };
  },
  async events(common) {
    const sdk = await import("@aws-sdk/client-eventbridge");
    const client = new sdk.EventBridgeClient(common);
    return {
      PutEvents: () =>
        client.send(new sdk.PutEventsCommand({ Entries: [{ Source: "s", Detail: "{}", Time: START }] })),
    };
  },
  async firehose(common) {
    const sdk = await import("@aws-sdk/client-firehose");
    const client = new sdk.FirehoseClient(common);
    const Record = { Data: Buffer.from([0, 255, 13, 10]) };
    return {
      PutRecord: () => client.send(new sdk.PutRecordCommand({ DeliveryStreamName: "d", Record })),
    };
  },
  async lambda(common) {
    const sdk = await import("@aws-sdk/client-lambda");
    const client = new sdk.LambdaClient(common);
    return {
      ListFunctions: () => client.send(new sdk.ListFunctionsCommand({ MaxItems: 5 })),
      Invoke: () =>
        client.send(
          new sdk.InvokeCommand({
            FunctionName: FUNCTION,
            Payload: Buffer.from('{"a":"ü"}'),
            LogType: "Tail",
          }),
        ),
    };
  },
  async organizations(common) {
    const sdk = await import("@aws-sdk/client-organizations");
    const client = new sdk.OrganizationsClient(common);
    return { ListAccounts: () => client.send(new sdk.ListAccountsCommand({})) };
  },
  async route53(common) {
    const sdk = await import("@aws-sdk/client-route-53");
    const client = new sdk.Route53Client(common);
    const Type: "TXT" = "TXT";
    const record = { Name: "*.example.com", Type, TTL: 60, ResourceRecords: [{ Value: '"a & é"' }] };
    const Action: "UPSERT" = "UPSERT";
    const Changes = [{ Action, ResourceRecordSet: record }];
    return {
      ListHostedZones: () => client.send(new sdk.ListHostedZonesCommand({})),
      ChangeResourceRecordSets: () =>
        client.send(
          new sdk.ChangeResourceRecordSetsCommand({
            HostedZoneId: "Z1",
            ChangeBatch: { Changes },
          }),
        ),
    };
  },
  async ses(common) {
    const sdk = await import("@aws-sdk/client-sesv2");
    const client = new sdk.SESv2Client(common);
    return {
      GetEmailIdentity: () =>
        client.send(new sdk.GetEmailIdentityCommand({ EmailIdentity: "a+b@example.com" })),
    };
  },
  async states(common) {
    const sdk = await import("@aws-sdk/client-sfn");
    const client = new sdk.SFNClient(common);
    return {
      StartExecution: () =>
        client.send(new sdk.StartExecutionCommand({ stateMachineArn: MACHINE, input: '{"a":1}' })),
    };
  },
  async sns(common) {
    const sdk = await import("@aws-sdk/client-sns");
    const client = new sdk.SNSClient(common);
    return {
      Publish: () => client.send(new sdk.PublishCommand({ TopicArn: TOPIC, Message: "a=b&c +~*'()ü\n" })),
    };
  },
  async sqs(common) {
    const sdk = await import("@aws-sdk/client-sqs");
    const client = new sdk.SQSClient(common);
    return {
      SendMessage: () => client.send(new sdk.SendMessageCommand({ QueueUrl: QUEUE, MessageBody: "日本" })),
    };
  },
  async sts(common) {
    const sdk = await import("@aws-sdk/client-sts");
    const client = new sdk.STSClient(common);
    return {
      AssumeRole: () => client.send(new sdk.AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "a@b" })),
    };
  },
};

/** One or two requests of each service over both protocols. The signing clock is the caller's (faked) Date. */
export async function serviceRequests(): Promise<readonly SdkRequest[]> {
  const protocols: readonly Protocol[] = ["http", "https"];
  const requests: SdkRequest[] = [];
  for (const [service, load] of Object.entries(SERVICES)) {
    for (const protocol of protocols) {
      for (const [operation, send] of Object.entries(await load(settings(protocol)))) {
        requests.push({ name: `${service} ${operation} over ${protocol}`, sent: await captured(send) });
      }
    }
  }
  return requests;
}
