import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COPIED_HEADERS } from "../../lambdas/model/edge-headers.ts";
import { copyHeadersCode } from "../../lib/edge-distribution.ts";
import { idOf, onlyOf, sampleConfig, synthesizeSample } from "./synthesis.ts";

const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
const domain = { name: "gateway.example.com", certificateArn };
const webAclArn =
  "arn:aws:wafv2:us-east-1:111122223333:global/webacl/Countersign/12345678-1234-1234-1234-123456789012";
const apiThrottling = { requestsPerSecond: 700, burst: 900 };
const { outdir, template } = synthesizeSample({
  domain,
  apiGatewayLogRole: "create",
  webAclArn,
  apiThrottling,
});

afterAll(() => rmSync(dirname(outdir), { recursive: true }));

const distribution = onlyOf(template, "AWS::CloudFront::Distribution").Properties
  .DistributionConfig as Record<string, unknown>;
const api = idOf(template, "AWS::ApiGateway::RestApi");

describe("the distribution", () => {
  it.each([400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504])(
    "keeps no answer with status %i",
    (code) => {
      const errors = distribution.CustomErrorResponses as { ErrorCode: number }[];
      expect(errors.filter(({ ErrorCode }) => ErrorCode === code)).toEqual([
        { ErrorCode: code, ErrorCachingMinTTL: 0 },
      ]);
    },
  );

  it("caches nothing, compresses nothing, takes every method and only HTTPS, and forwards all but the host", () => {
    expect(distribution.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
      CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", // CachingDisabled
      OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac", // AllViewerExceptHostHeader
      Compress: false,
      ViewerProtocolPolicy: "https-only",
    });
  });

  it("speaks to the API's stage once per call, over TLS, with the secret as a reference and not as text", () => {
    const secret = idOf(template, "AWS::SecretsManager::Secret");
    expect(distribution.Origins).toEqual([
      expect.objectContaining({
        ConnectionAttempts: 1,
        CustomOriginConfig: expect.objectContaining({
          OriginProtocolPolicy: "https-only",
          OriginReadTimeout: 60,
        }),
        OriginPath: "/live",
        OriginCustomHeaders: [
          {
            HeaderName: "x-countersign-origin",
            HeaderValue: {
              "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: secret }, ":SecretString:::}}"]],
            },
          },
        ],
      }),
    ]);
  });

  it("runs the copying of headers, and no other function, at the viewer's request", () => {
    const id = idOf(template, "AWS::CloudFront::Function");
    expect(distribution.DefaultCacheBehavior).toMatchObject({
      FunctionAssociations: [
        { EventType: "viewer-request", FunctionARN: { "Fn::GetAtt": [id, "FunctionARN"] } },
      ],
    });
    expect(template.Resources[id]?.Properties).toMatchObject({
      FunctionCode: copyHeadersCode(),
      FunctionConfig: { Runtime: "cloudfront-js-2.0" },
    });
  });

  it("serves the own domain with its buckets, from TLS 1.2, and says so in the address", () => {
    expect(distribution.Aliases).toEqual(["gateway.example.com", "*.gateway.example.com"]);
    expect(distribution.ViewerCertificate).toMatchObject({
      AcmCertificateArn: certificateArn,
      MinimumProtocolVersion: "TLSv1.2_2021",
    });
    expect(onlyOf(template, "AWS::SSM::Parameter").Properties.Value).toBe("https://gateway.example.com");
  });

  it("stands behind the web ACL that the configuration names", () => {
    expect(distribution.WebACLId).toBe(webAclArn);
  });

  it("logs requests into a bucket, without cookies", () => {
    const bucket = idOf(template, "AWS::S3::Bucket", (one) =>
      JSON.stringify(one.OwnershipControls).includes("BucketOwnerPreferred"),
    );
    expect(distribution.Logging).toEqual({
      Bucket: { "Fn::GetAtt": [bucket, "RegionalDomainName"] },
      IncludeCookies: false,
    });
  });
});

describe("the API", () => {
  it("lets so many requests through for all methods together, and logs none of their content", () => {
    expect(onlyOf(template, "AWS::ApiGateway::Stage").Properties.MethodSettings).toEqual([
      {
        HttpMethod: "*",
        ResourcePath: "/*",
        DataTraceEnabled: false,
        ThrottlingBurstLimit: 900,
        ThrottlingRateLimit: 700,
      },
    ]);
  });

  it("sends every method on every path to the function, as bytes, and streams its answer", () => {
    expect(template.Resources[api]?.Properties).toMatchObject({
      BinaryMediaTypes: ["*/*"],
      EndpointConfiguration: { Types: ["REGIONAL"] },
    });
    const methods = Object.values(template.Resources).filter(
      ({ Type }) => Type === "AWS::ApiGateway::Method",
    );
    const resources = Object.entries(template.Resources).flatMap(([id, { Type }]) =>
      Type === "AWS::ApiGateway::Resource" ? [id] : [],
    );
    expect(methods.map(({ Properties }) => JSON.stringify(Properties.ResourceId)).toSorted()).toEqual(
      expect.arrayContaining([JSON.stringify({ "Fn::GetAtt": [api, "RootResourceId"] })]),
    );
    // The root and every resource but those that only lead to another: none is left without an answer.
    const answered = new Set(methods.map(({ Properties }) => refOf(Properties.ResourceId)));
    const parents = new Set(resources.map((id) => refOf(template.Resources[id]?.Properties.ParentId)));
    expect(resources.filter((id) => !answered.has(id) && !parents.has(id))).toEqual([]);
    for (const { Properties } of methods) {
      expect(Properties).toMatchObject({
        HttpMethod: "ANY",
        AuthorizationType: "NONE",
        Integration: {
          Type: "AWS_PROXY",
          IntegrationHttpMethod: "POST",
          ResponseTransferMode: "STREAM",
          // Not the 29 s that API Gateway takes by itself.
          TimeoutInMillis: 120_000,
        },
      });
      expect(JSON.stringify(Properties.Integration)).toContain("/response-streaming-invocations");
    }
  });

  it("answers its own errors in AWS's shape, without a word of the request", () => {
    const answers = Object.values(template.Resources).filter(
      ({ Type }) => Type === "AWS::ApiGateway::GatewayResponse",
    );
    expect(answers.map(({ Properties }) => Properties.ResponseType)).toEqual(
      expect.arrayContaining(["DEFAULT_4XX", "DEFAULT_5XX"]),
    );
    for (const { Properties } of answers) {
      const templates = Properties.ResponseTemplates as Record<string, string>;
      const body = JSON.parse(templates["application/json"] ?? "");
      expect(body).toEqual({
        __type: expect.stringMatching(/^\w+$/),
        message: expect.stringMatching(/^[a-z]/),
      });
      expect(templates["application/xml"]).toContain(`<Code>${body.__type}</Code>`);
      expect(JSON.stringify(Properties)).not.toContain("$");
    }
  });

  it("logs no header, query or path", () => {
    const { AccessLogSetting } = onlyOf(template, "AWS::ApiGateway::Stage").Properties;
    const { Format } = AccessLogSetting as { Format: string };
    const logged = Object.values(JSON.parse(Format));
    expect(logged).toContain("$context.requestId");
    expect(logged.join(" ")).not.toMatch(/path|header|authorizer|domain|query|userAgent/i);
  });

  it("makes the account's log role only where the configuration asks for it", () => {
    expect(onlyOf(template, "AWS::ApiGateway::Account").Properties.CloudWatchRoleArn).toBeDefined();
    expect(sampleConfig()).not.toHaveProperty("apiGatewayLogRole");
  });
});

describe("the list of copied headers", () => {
  it("holds each header once, in lower case, and none that CloudFront forbids a function to see", () => {
    expect(new Set(COPIED_HEADERS).size).toBe(COPIED_HEADERS.length);
    for (const name of COPIED_HEADERS) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(name).not.toMatch(/^(connection|expect|keep-alive|proxy-|trailer$|upgrade|x-)/);
    }
  });

  it("holds all that API Gateway drops or renames and a signature may cover", () => {
    const signed = [
      "host",
      "content-type",
      "content-md5",
      "content-length",
      "content-encoding",
      "date",
      "range",
    ];
    expect(COPIED_HEADERS).toEqual(
      expect.arrayContaining(["authorization", "accept-encoding", "user-agent", ...signed]),
    );
  });
});

function refOf(value: unknown): unknown {
  return (value as { Ref?: unknown } | undefined)?.Ref;
}
