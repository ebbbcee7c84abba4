// The REST API behind CloudFront: by the first word of the path a request goes to one function, as raw bytes, and its
// answer is streamed. Decides nothing about a caller. Errors that API Gateway makes itself get AWS's shape, without a word of the
// request in them.

import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { CountersignConfig } from "./config.ts";
import { API_STAGE } from "./names.ts";

export interface GatewayApiProps {
  /** Everything that no other takes. */
  readonly call: lambda.Function;
  /** Pages, login and Slack. */
  readonly approvals: lambda.Function;
  readonly api: lambda.Function;
  readonly logRetention: logs.RetentionDays;
  /** `create` sets the account-wide role for API Gateway's logs. */
  readonly logRole: "create" | "keep";
  readonly throttling: CountersignConfig["apiThrottling"];
}

// The function's own timeout. Unset it would be 29 s, less than a call may take before its answer starts (50 s); a
// streamed integration may have up to 15 min:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
const INTEGRATION_TIMEOUT = Duration.seconds(120);

interface GatewayError {
  readonly type: apigateway.ResponseType;
  readonly code: string;
  readonly message: string;
}

const ERRORS: readonly GatewayError[] = [
  {
    type: apigateway.ResponseType.DEFAULT_4XX,
    code: "InvalidRequest",
    message: "the gateway cannot read this request: check its method, path and headers",
  },
  {
    type: apigateway.ResponseType.REQUEST_TOO_LARGE,
    code: "RequestEntityTooLarge",
    message: "the request is larger than the gateway takes: split it",
  },
  {
    type: apigateway.ResponseType.THROTTLED,
    code: "Throttling",
    message: "too many requests at once: try again later",
  },
  {
    type: apigateway.ResponseType.DEFAULT_5XX,
    code: "ServiceUnavailable",
    message: "the gateway did not answer: try again",
  },
];

export class GatewayApi extends Construct {
  readonly #api: apigateway.RestApi;

  constructor(scope: Construct, id: string, props: GatewayApiProps) {
    super(scope, id);
    const accessLogs = new logs.LogGroup(this, "AccessLogs", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#api = new apigateway.RestApi(this, "Api", {
      restApiName: "countersign",
      description: "Countersign: behind CloudFront",
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      binaryMediaTypes: ["*/*"],
      cloudWatchRole: props.logRole === "create",
      deployOptions: {
        stageName: API_STAGE,
        // For all methods together: the last bound on what a flood can make the function do, whoever sends it.
        throttlingRateLimit: props.throttling.requestsPerSecond,
        throttlingBurstLimit: props.throttling.burst,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLogs),
        accessLogFormat: ACCESS_LOG,
      },
    });
    // The CDK would print the API's own address, at which every request is refused.
    this.#api.node.tryRemoveChild("Endpoint");
    const { root } = this.#api;
    this.#serve(props.call, [root, root.addResource("{proxy+}")]);
    const below = (name: string): apigateway.IResource[] => {
      const resource = root.addResource(name);
      return [resource, resource.addResource("{proxy+}")];
    };
    this.#serve(props.approvals, [
      ...below("approvals"),
      ...below("login"),
      root.addResource("logout"),
      root.addResource("slack").addResource("{proxy+}"),
    ]);
    this.#serve(props.api, [root.addResource("api").addResource("{proxy+}")]);
    for (const error of ERRORS) {
      this.#answer(error);
    }
    acknowledge(this.#api, ACCEPTED);
    if (props.logRole === "create") {
      acknowledge(this.#api, ACCEPTED_WITH_LOG_ROLE);
    }
  }

  /** The API's own host name, without stage or scheme. */
  get host(): string {
    const { region, urlSuffix } = Stack.of(this);
    return `${this.#api.restApiId}.execute-api.${region}.${urlSuffix}`;
  }

  /** Every method: what is not served is the function's to say, in the form that its clients read. */
  #serve(handler: lambda.Function, resources: readonly apigateway.IResource[]): void {
    const integration = new apigateway.LambdaIntegration(handler, {
      allowTestInvoke: false,
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: INTEGRATION_TIMEOUT,
    });
    for (const resource of resources) {
      resource.addMethod("ANY", integration, { authorizationType: apigateway.AuthorizationType.NONE });
    }
    handler.addEnvironment("API_STAGE", API_STAGE);
  }

  /** Fixed texts: what the caller sent is never echoed. Clients of XML protocols find the code in the header. */
  #answer({ type, code, message }: GatewayError): void {
    this.#api.addGatewayResponse(`${code}Answer`, {
      type,
      responseHeaders: { "x-amzn-errortype": `'${code}'` },
      templates: {
        "application/json": JSON.stringify({ __type: code, message }),
        "application/xml": `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      },
    });
  }
}

// Never a header, query or path: those hold tokens, signatures and names of resources.
const ACCESS_LOG = apigateway.AccessLogFormat.custom(
  JSON.stringify({
    requestId: apigateway.AccessLogField.contextRequestId(),
    extendedRequestId: apigateway.AccessLogField.contextExtendedRequestId(),
    at: apigateway.AccessLogField.contextRequestTimeEpoch(),
    sourceIp: apigateway.AccessLogField.contextIdentitySourceIp(),
    method: apigateway.AccessLogField.contextHttpMethod(),
    status: apigateway.AccessLogField.contextStatus(),
    responseLength: apigateway.AccessLogField.contextResponseLength(),
    responseLatency: apigateway.AccessLogField.contextResponseLatency(),
    integrationLatency: apigateway.AccessLogField.contextIntegrationLatency(),
    error: apigateway.AccessLogField.contextErrorResponseType(),
  }),
);

const VERIFIED_BEHIND =
  "The function verifies each request itself: token or signature, with our own keys (DESIGN, Ingress).";

const ACCEPTED = {
  "AwsSolutions-APIG2":
    "The function parses each request strictly; a model in front would be a second parser (R1).",
  "AwsSolutions-APIG3":
    "Only CloudFront knows the origin secret; limits belong in front of it and into the function.",
  "AwsSolutions-APIG4": VERIFIED_BEHIND,
  "AwsSolutions-APIG6":
    "Execution logs would hold headers and bodies, so tokens and secrets. Access logs are on.",
  "AwsSolutions-COG4": VERIFIED_BEHIND,
};

const ACCEPTED_WITH_LOG_ROLE = {
  "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]":
    "AWS's own policy for API Gateway's account-wide log role, made only where the configuration asks for it.",
};
