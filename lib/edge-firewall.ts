// A stack of its own for the web ACL in front of the distribution: CloudFront takes one only from us-east-1, whatever
// region the gateway is in. Deployed before the gateway, whose configuration then names its ARN (`webAclArn`). Decides by
// the number of requests alone: no rule looks into a request, since a rule that guesses what an AWS call means refuses
// honest ones.

import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import * as wafv2 from "aws-cdk-lib/aws-wafv2";
import type { Construct } from "constructs";
import type { FirewallConfig } from "./firewall-config.ts";

export const FIREWALL_REGION = "us-east-1";

export interface CountersignEdgeFirewallProps extends StackProps {
  readonly firewall: FirewallConfig;
}

const WINDOW_SECONDS = 60; // the shortest that WAF has

// 503: every SDK retries it with growing pauses, also where its error parser cannot read this form. CloudFront keeps no
// 503 (lib/edge-distribution.ts).
const STATUS = 503;
const ERROR_NAME = "ThrottlingException";
const BODY_KEY = "throttled";
const BODY = JSON.stringify({
  __type: ERROR_NAME,
  message: "too many requests from this address: slow down",
});

export class CountersignEdgeFirewall extends Stack {
  constructor(scope: Construct, id: string, { firewall, ...props }: CountersignEdgeFirewallProps) {
    super(scope, id, props);
    const acl = new wafv2.CfnWebACL(this, "WebAcl", {
      description: "Countersign: how many requests one address may send",
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      visibilityConfig: counted("CountersignWebAcl"),
      customResponseBodies: { [BODY_KEY]: { contentType: "APPLICATION_JSON", content: BODY } },
      rules: [rateRule(firewall.requestsPerMinutePerSource)],
    });
    new CfnOutput(this, "WebAclArn", {
      description: "`webAclArn` in the gateway's configuration",
      value: acl.attrArn,
    });
  }
}

function rateRule(limit: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name: "RequestsPerSource",
    priority: 0,
    statement: {
      rateBasedStatement: { aggregateKeyType: "IP", evaluationWindowSec: WINDOW_SECONDS, limit },
    },
    action: {
      block: {
        customResponse: {
          responseCode: STATUS,
          customResponseBodyKey: BODY_KEY,
          responseHeaders: [{ name: "x-amzn-errortype", value: ERROR_NAME }],
        },
      },
    },
    visibilityConfig: counted("CountersignRequestsPerSource"),
  };
}

/** Without samples: those would show headers, so tokens and signatures, to whoever reads the console. */
function counted(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
}
