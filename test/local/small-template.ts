// The smallest template that the local cloud serves whole, in the form that synthesis gives it. Tests change one thing.

import type { Template } from "../../lib/local/template.ts";

export const PLACE = {
  assembly: "/assembly",
  partition: "aws",
  region: "eu-west-1",
  account: "111122223333",
  stackName: "Small",
  distributionHost: "127.0.0.1:8788",
} as const;

const HASH = "a".repeat(64);
const ROOT = {
  "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::", { Ref: "AWS::AccountId" }, ":root"]],
};
const KEY_POLICY = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "kms:*", Resource: "*", Principal: { AWS: ROOT } }],
};

const FUNCTION_CODE = `function handler(event) {
  const request = event.request;
  request.headers["x-copy-host"] = { value: request.headers.host.value };
  delete request.headers.authorization;
  return request;
}`;

type Properties = Record<string, unknown>;

function resource(Type: string, Properties: Properties): { Type: string; Properties: Properties } {
  return { Type: `AWS::${Type}`, Properties };
}

/** A fresh copy each time. */
export function smallTemplate(): Template {
  return structuredClone({ Resources: { ...dataResources(), ...apiResources(), ...edgeResources() } });
}

function dataResources(): Template["Resources"] {
  return {
    Table: resource("DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    }),
    Key: resource("KMS::Key", { KeyPolicy: KEY_POLICY }),
    HmacKey: resource("KMS::Key", {
      KeyPolicy: KEY_POLICY,
      KeySpec: "HMAC_256",
      KeyUsage: "GENERATE_VERIFY_MAC",
    }),
    Secret: resource("SecretsManager::Secret", {
      GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true },
    }),
    Parameter: resource("SSM::Parameter", {
      Name: "/small/url",
      Type: "String",
      Value: { "Fn::Join": ["", ["https://", { "Fn::GetAtt": ["Distribution", "DomainName"] }]] },
    }),
    Role: resource("IAM::Role", {
      RoleName: "small-call",
      AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] },
    }),
    Policy: resource("IAM::Policy", {
      PolicyName: "P",
      Roles: [{ Ref: "Role" }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "dynamodb:GetItem", Resource: { "Fn::GetAtt": ["Table", "Arn"] } },
        ],
      },
    }),
    Function: resource("Lambda::Function", {
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Code: { S3Bucket: { "Fn::Sub": `assets-\${AWS::AccountId}` }, S3Key: `${HASH}.zip` },
      Role: { "Fn::GetAtt": ["Role", "Arn"] },
      Timeout: 5,
      MemorySize: 256,
      Environment: { Variables: { TABLE: { Ref: "Table" }, SECRET_ARN: { Ref: "Secret" } } },
    }),
  };
}

function apiResources(): Template["Resources"] {
  const Integration = {
    Type: "AWS_PROXY",
    IntegrationHttpMethod: "POST",
    ResponseTransferMode: "STREAM",
    Uri: {
      "Fn::Sub": `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2021-11-15/functions/\${Function.Arn}/response-streaming-invocations`,
    },
  };
  const api = { RestApiId: { Ref: "Api" } };
  const method = { ...api, HttpMethod: "ANY", AuthorizationType: "NONE", Integration };
  const call = `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/\${Stage}/*`;
  return {
    Api: resource("ApiGateway::RestApi", { Name: "small", BinaryMediaTypes: ["*/*"] }),
    Deployment: resource("ApiGateway::Deployment", api),
    Stage: resource("ApiGateway::Stage", { ...api, StageName: "live", DeploymentId: { Ref: "Deployment" } }),
    Proxy: resource("ApiGateway::Resource", {
      ...api,
      ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
      PathPart: "{proxy+}",
    }),
    ProxyAny: resource("ApiGateway::Method", { ...method, ResourceId: { Ref: "Proxy" } }),
    RootAny: resource("ApiGateway::Method", {
      ...method,
      ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
    }),
    Permission: resource("Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      FunctionName: { "Fn::GetAtt": ["Function", "Arn"] },
      Principal: "apigateway.amazonaws.com",
      SourceArn: { "Fn::Sub": call },
    }),
    Answer: resource("ApiGateway::GatewayResponse", {
      ...api,
      ResponseType: "DEFAULT_5XX",
      ResponseParameters: { "gatewayresponse.header.x-amzn-errortype": "'ServiceUnavailable'" },
      ResponseTemplates: {
        "application/json": '{"__type":"ServiceUnavailable","requestId":"$context.requestId"}',
        "application/xml": "<Code>ServiceUnavailable</Code>",
      },
    }),
  };
}

function edgeResources(): Template["Resources"] {
  return {
    Copy: resource("CloudFront::Function", {
      Name: "copy",
      AutoPublish: true,
      FunctionConfig: { Runtime: "cloudfront-js-2.0" },
      FunctionCode: FUNCTION_CODE,
    }),
    Distribution: resource("CloudFront::Distribution", {
      DistributionConfig: {
        Enabled: true,
        CustomErrorResponses: [503, 504].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
        DefaultCacheBehavior: {
          TargetOriginId: "api",
          ViewerProtocolPolicy: "https-only",
          AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
          CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
          OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
          Compress: false,
          FunctionAssociations: [
            { EventType: "viewer-request", FunctionARN: { "Fn::GetAtt": ["Copy", "FunctionARN"] } },
          ],
        },
        Origins: [
          {
            Id: "api",
            DomainName: { "Fn::Sub": `\${Api}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}` },
            OriginPath: "/live",
            CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginReadTimeout: 60 },
            OriginCustomHeaders: [
              {
                HeaderName: "x-origin-secret",
                HeaderValue: {
                  "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: "Secret" }, ":SecretString:::}}"]],
                },
              },
            ],
          },
        ],
      },
    }),
  };
}
