// The wiring: makes one construct per capability and gives each function its grants. Decides nothing itself. The stack has
// one shape: functions and workflow of approvals are there without `approvals` in the configuration too, and may then read
// no secret and send no mail; what a policy holds is refused.

import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { ApprovalChannels } from "./approval-channels.ts";
import { ApprovalWorkflow } from "./approval-workflow.ts";
import { CallFunction } from "./call-function.ts";
import { CheckpointFunction } from "./checkpoint-function.ts";
import type { CountersignConfig } from "./config.ts";
import { EdgeDistribution } from "./edge-distribution.ts";
import { GatewayApi } from "./gateway-api.ts";
import { GatewayFunction } from "./gateway-function.ts";
import { HoldsFunction } from "./holds-function.ts";
import { MaskKey } from "./mask-key.ts";
import { API_STAGE } from "./names.ts";
import { OriginSecret } from "./origin-secret.ts";
import { PayloadsBucket } from "./payloads-bucket.ts";
import { PublicUrl } from "./public-url.ts";
import { ReconcileFunction } from "./reconcile-function.ts";
import { RecordsStore } from "./records-store.ts";
import { RunFunction } from "./run-function.ts";
import { SealKey } from "./seal-key.ts";
import { SessionKey } from "./session-key.ts";
import {
  API_STATE,
  APPROVALS_STATE,
  ASK_STATE,
  CALL_STATE,
  HOLDS_STATE,
  RECONCILE_STATE,
  RUN_STATE,
} from "./state-access.ts";

export const FUNCTIONS = [
  "call",
  "approvals",
  "ask",
  "run",
  "api",
  "checkpoint",
  "reconcile",
  "holds",
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export interface CountersignStackProps extends StackProps {
  readonly config: CountersignConfig;
  readonly codes: Readonly<Record<FunctionName, lambda.Code>>;
}

/** Those that serve; the others are started each minute. */
type Functions = Readonly<
  Record<Exclude<FunctionName, "checkpoint" | "reconcile" | "holds">, lambda.Function>
>;

export class CountersignStack extends Stack {
  constructor(scope: Construct, id: string, { config, codes, ...props }: CountersignStackProps) {
    super(scope, id, props);
    const store = new RecordsStore(this, "Store");
    const sessionKey = new SessionKey(this, "SessionKey");
    const sealKey = new SealKey(this, "SealKey");
    const maskKey = new MaskKey(this, "MaskKey");
    const originSecret = new OriginSecret(this, "OriginSecret");
    const channels = new ApprovalChannels(this, "ApprovalChannels", { approvals: config.approvals });
    const functions = this.#functions(config, codes);
    const { call, approvals, ask, run, api } = functions;
    const workflow = new ApprovalWorkflow(this, "ApprovalWorkflow", { ask, run });
    const publicUrl = this.#front(config, functions, originSecret);

    for (const consumer of [call, ask, run]) store.grantAppend(consumer);
    store.grantSearch(api);
    store.grantAppendPeople(api);
    store.grantState(call, CALL_STATE);
    store.grantState(approvals, APPROVALS_STATE);
    store.grantState(ask, ASK_STATE);
    store.grantState(run, RUN_STATE);
    store.grantState(api, API_STATE);
    sealKey.grantUse(call, { seals: ["answer", "held-request"], opens: ["answer"] });
    sealKey.grantUse(run, { seals: ["answer"], opens: ["held-request"] });
    sealKey.grantUse(ask, { seals: ["task-token"] });
    sealKey.grantUse(approvals, { opens: ["task-token"] });
    // Nobody else: who computes it can sign as any session.
    sessionKey.grantGenerate(call);
    for (const consumer of [call, run]) maskKey.grantHash(consumer);
    for (const consumer of [call, approvals, api]) originSecret.grantRead(consumer);
    for (const consumer of [call, approvals, ask, api]) publicUrl.grantRead(consumer);
    workflow.grantStart(call);
    for (const consumer of [approvals, ask]) ApprovalWorkflow.grantResume(consumer);
    channels.grantLogin(approvals);
    for (const consumer of [approvals, ask]) channels.grantSlack(consumer);
    channels.grantMail(ask);

    this.#eachMinute({ config, codes }, store, workflow);
    this.#payloads({ config, codes }, store, functions);
  }

  #eachMinute(
    { config, codes }: Pick<CountersignStackProps, "config" | "codes">,
    store: RecordsStore,
    workflow: ApprovalWorkflow,
  ): void {
    const logRetention = config.logRetentionDays;
    const checkpoint = new CheckpointFunction(this, "Checkpoint", {
      code: codes.checkpoint,
      logRetention,
      retention: config.checkpointRetention,
      retentionDays: config.retentionDays,
    });
    store.grantMinutes(checkpoint.function);
    const reconcile = new ReconcileFunction(this, "Reconcile", { code: codes.reconcile, logRetention });
    store.grantMinutes(reconcile.function);
    store.grantAppend(reconcile.function);
    store.grantState(reconcile.function, RECONCILE_STATE);
    workflow.grantStart(reconcile.function);
  }

  /** What is too large for a record, and the copies of what is under legal hold. */
  #payloads(
    { config, codes }: Pick<CountersignStackProps, "config" | "codes">,
    store: RecordsStore,
    { call, run, api }: Functions,
  ): void {
    const payloads = new PayloadsBucket(this, "Payloads", { retentionDays: config.retentionDays });
    const holds = new HoldsFunction(this, "Holds", {
      code: codes.holds,
      logRetention: config.logRetentionDays,
      key: payloads.key,
    });
    for (const consumer of [call, run]) payloads.grantAdd(consumer);
    for (const consumer of [api, holds.function]) payloads.grantRead(consumer);
    store.grantRead(holds.function);
    store.grantState(holds.function, HOLDS_STATE);
    holds.grantOrder(api);
  }

  #functions(config: CountersignConfig, codes: CountersignStackProps["codes"]): Functions {
    const logRetention = config.logRetentionDays;
    const { roles, reservedConcurrency } = config;
    const small = (id: string, name: FunctionName, purpose: string, seconds: number) =>
      new GatewayFunction(this, id, {
        purpose,
        code: codes[name],
        timeout: Duration.seconds(seconds),
        // Nothing large passes here; half a core signs and verifies in milliseconds.
        memoryMb: name === "api" ? 1024 : 512,
        logRetention,
      }).function;
    const call = new CallFunction(this, "Call", {
      code: codes.call,
      roles,
      logRetention,
      reservedConcurrency,
    });
    return {
      call: call.function,
      // Within the edge's 60 s: a page that takes longer has nobody to show it to.
      approvals: small("Approvals", "approvals", "the pages, votes and Slack actions of approvals", 30),
      // Under the 90 s of its task, so that the workflow hears of its end.
      ask: small("Ask", "ask", "tells approvers, and closes approvals", 60),
      run: new RunFunction(this, "Run", { code: codes.run, roles, logRetention }).function,
      // A stream of records is bounded by 40 s, and its last page has the rest (flow/api/record-lines.ts).
      api: small("Api", "api", "explains decisions, shows records and takes orders", 60),
    };
  }

  #front(
    config: CountersignConfig,
    { call, approvals, api }: Functions,
    originSecret: OriginSecret,
  ): PublicUrl {
    const gateway = new GatewayApi(this, "Gateway", {
      call,
      approvals,
      api,
      logRetention: config.logRetentionDays,
      logRole: config.apiGatewayLogRole,
      throttling: config.apiThrottling,
    });
    const edge = new EdgeDistribution(this, "Edge", {
      originHost: gateway.host,
      stage: API_STAGE,
      originSecret: originSecret.reference,
      domain: config.domain,
      webAclArn: config.webAclArn,
      logRetention: Duration.days(config.logRetentionDays),
    });
    new CfnOutput(this, "Endpoint", {
      description: "AWS_ENDPOINT_URL of the agents",
      value: `${edge.url}/aws`,
    });
    return new PublicUrl(this, "PublicUrl", { url: edge.url });
  }
}
