// CloudFront in front of the API: TLS, the copying of headers that API Gateway would drop, and the origin secret. Decides
// nothing about a caller and caches nothing, errors included. The list of copied headers is lambdas/model/edge-headers.ts.

import { readFileSync } from "node:fs";
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import * as origins from "aws-cdk-lib/aws-cloudfront-origins";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import {
  COPIED_HEADERS,
  COPY_HEADER_PREFIX,
  EDGE_HEADER_PREFIX,
  ORIGIN_SECRET_HEADER,
} from "../lambdas/model/edge-headers.ts";
import { acknowledge } from "./acknowledge.ts";
import type { CountersignConfig } from "./config.ts";

export interface EdgeDistributionProps {
  readonly originHost: string;
  readonly stage: string;
  readonly originSecret: string;
  readonly domain: CountersignConfig["domain"];
  /** Made by lib/edge-firewall.ts or by the operator. */
  readonly webAclArn: CountersignConfig["webAclArn"];
  readonly logRetention: Duration;
}

/** All that CloudFront would otherwise keep for 10 s, even with caching disabled: a refusal would outlive its cause. */
const CACHEABLE_ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504] as const;

// The longest that CloudFront allows without a quota increase; the function starts its answer within 50 s.
const ORIGIN_TIMEOUT = Duration.seconds(60);

const ACCEPTED = {
  "AwsSolutions-CFR1":
    "Where agents run is the operator's knowledge; the source IP is an input of policy instead.",
};

const ACCEPTED_WITHOUT_WEB_ACL = {
  "AwsSolutions-CFR2":
    "The configuration names no web ACL (`webAclArn`): API Gateway's throttling and the function's own limits stand alone (docs/limits.md).",
};

const ACCEPTED_WITHOUT_DOMAIN = {
  "AwsSolutions-CFR4":
    "With CloudFront's own certificate the least TLS version cannot be set; with `domain` it is TLSv1.2_2021.",
};

export class EdgeDistribution extends Construct {
  /** `https://<host>` */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EdgeDistributionProps) {
    super(scope, id);
    const { domain, webAclArn } = props;
    const distribution = new cloudfront.Distribution(this, "Distribution", {
      comment: "Countersign",
      defaultBehavior: {
        origin: this.#origin(props),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        // A compressed answer is another answer than the one whose digest is recorded.
        compress: false,
        functionAssociations: [
          { function: this.#copyHeaders(), eventType: cloudfront.FunctionEventType.VIEWER_REQUEST },
        ],
      },
      errorResponses: CACHEABLE_ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      logBucket: this.#logBucket(props.logRetention),
      logIncludesCookies: false,
      ...(webAclArn !== null && { webAclId: webAclArn }),
      ...(domain !== null && {
        // The wildcard serves virtual-hosted buckets and the host prefixes that SDKs put in front.
        domainNames: [domain.name, `*.${domain.name}`],
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        certificate: acm.Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      }),
    });
    acknowledge(distribution, ACCEPTED);
    if (webAclArn === null) {
      acknowledge(distribution, ACCEPTED_WITHOUT_WEB_ACL);
    }
    if (domain === null) {
      acknowledge(distribution, ACCEPTED_WITHOUT_DOMAIN);
    }
    this.url = `https://${domain === null ? distribution.distributionDomainName : domain.name}`;
  }

  #origin({ originHost, stage, originSecret }: EdgeDistributionProps): origins.HttpOrigin {
    return new origins.HttpOrigin(originHost, {
      originPath: `/${stage}`,
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
      readTimeout: ORIGIN_TIMEOUT,
      keepaliveTimeout: ORIGIN_TIMEOUT,
      // A second attempt could run a call twice.
      connectionAttempts: 1,
      customHeaders: { [ORIGIN_SECRET_HEADER]: originSecret },
    });
  }

  #copyHeaders(): cloudfront.Function {
    return new cloudfront.Function(this, "CopyHeaders", {
      comment: "Countersign: carries the client's headers past the edge",
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(copyHeadersCode()),
    });
  }

  #logBucket(retention: Duration): s3.IBucket {
    const bucket = new s3.Bucket(this, "AccessLogs", {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      // CloudFront delivers its standard logs by ACL.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      enforceSSL: true,
      lifecycleRules: [{ expiration: retention }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(bucket, {
      "AwsSolutions-S1": "This bucket holds access logs; logging its own would not end.",
    });
    // The construct itself does not fit the property's type under exactOptionalPropertyTypes.
    const { bucketArn, bucketRegionalDomainName } = bucket;
    return s3.Bucket.fromBucketAttributes(this, "AccessLogsTarget", { bucketArn, bucketRegionalDomainName });
  }
}

/** The CloudFront Function as deployed: its source with the constants of the model filled in. */
export function copyHeadersCode(): string {
  const constants = {
    __COPIED_HEADERS__: COPIED_HEADERS,
    __COPY_HEADER_PREFIX__: COPY_HEADER_PREFIX,
    __EDGE_HEADER_PREFIX__: EDGE_HEADER_PREFIX,
  };
  const source = readFileSync(new URL("./edge/copy-headers.js", import.meta.url), "utf8");
  return Object.entries(constants).reduce(
    (code, [name, value]) => code.replace(`"${name}"`, () => JSON.stringify(value)),
    source,
  );
}
