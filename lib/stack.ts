// The wiring: makes one construct per capability and gives each function its grants. Decides nothing itself.

import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { CallFunction } from "./call-function.ts";
import type { CountersignConfig } from "./config.ts";
import { EdgeDistribution } from "./edge-distribution.ts";
import { GatewayApi } from "./gateway-api.ts";
import { API_STAGE } from "./names.ts";
import { OriginSecret } from "./origin-secret.ts";
import { PublicUrl } from "./public-url.ts";
import { RecordsStore } from "./records-store.ts";
import { SessionKey } from "./session-key.ts";

export interface CountersignStackProps extends StackProps {
  readonly config: CountersignConfig;
  readonly callCode: lambda.Code;
}

export class CountersignStack extends Stack {
  constructor(scope: Construct, id: string, { config, callCode, ...props }: CountersignStackProps) {
    super(scope, id, props);
    const store = new RecordsStore(this, "Store");
    const sessionKey = new SessionKey(this, "SessionKey");
    const originSecret = new OriginSecret(this, "OriginSecret");
    const call = new CallFunction(this, "Call", {
      code: callCode,
      roles: config.roles,
      logRetention: config.logRetentionDays,
      reservedConcurrency: config.reservedConcurrency,
    });
    const api = new GatewayApi(this, "Gateway", {
      handler: call.function,
      logRetention: config.logRetentionDays,
      logRole: config.apiGatewayLogRole,
      throttling: config.apiThrottling,
    });
    const edge = new EdgeDistribution(this, "Edge", {
      originHost: api.host,
      stage: API_STAGE,
      originSecret: originSecret.reference,
      domain: config.domain,
      webAclArn: config.webAclArn,
      logRetention: Duration.days(config.logRetentionDays),
    });
    const publicUrl = new PublicUrl(this, "PublicUrl", { url: edge.url });

    store.grantAppend(call.function);
    store.grantState(call.function);
    sessionKey.grantGenerate(call.function);
    originSecret.grantRead(call.function);
    publicUrl.grantRead(call.function);

    new CfnOutput(this, "Endpoint", {
      description: "AWS_ENDPOINT_URL of the agents",
      value: `${edge.url}/aws`,
    });
  }
}
