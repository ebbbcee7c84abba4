// An own domain through the whole local cloud, with unmodified SDKs as they are by default: buckets and host prefixes stand
// before the gateway's name. The name is nobody's: the clients' agents look it up on this machine.

import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SFNClient, StartSyncExecutionCommand } from "@aws-sdk/client-sfn";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADMIN_ROLE, REGION, TARGET_ACCOUNT } from "../../lib/local/demo-world.ts";
import type { Template } from "../../lib/local/template.ts";
import { PUBLIC_URL_PARAMETER } from "../../lib/names.ts";
import { type Demo, failureOf, openTestSite, type TestSite } from "./demo.ts";

const DOMAIN = "gateway.example.com";

let site: TestSite;
let demo: Demo;
let clients: { readonly s3: S3Client; readonly workflows: SFNClient };

beforeAll(async () => {
  site = await openTestSite({ policies: join(import.meta.dirname, "host-policies") });
  demo = await site.deploy(withOwnDomain);
  clients = await connect(demo);
});
afterAll(async () => {
  await demo?.cloud.stop();
  await site?.close();
});

/** What `domain` in the configuration does, but for a certificate of ACM. */
function withOwnDomain({ Resources }: Template): void {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== "AWS::SSM::Parameter") continue;
    const parameter = Properties as { Name?: unknown; Value?: unknown };
    if (parameter.Name === PUBLIC_URL_PARAMETER) parameter.Value = `https://${DOMAIN}`;
  }
}

async function connect({ cloud, environment }: Demo): Promise<typeof clients> {
  const variables = environment(ADMIN_ROLE);
  const httpsAgent = new Agent({
    ca: readFileSync(cloud.caFile),
    servername: "localhost", // its certificate is this machine's
    lookup: (_, options, found) => {
      if (options.all === true) found(null, [{ address: "127.0.0.1", family: 4 }]);
      else found(null, "127.0.0.1", 4);
    },
  });
  const shared = {
    region: REGION,
    endpoint: `https://${DOMAIN}:${new URL(cloud.tlsUrl).port}/aws`,
    requestHandler: { httpsAgent },
    maxAttempts: 1,
  };
  const { Credentials: keys } = await new STSClient(shared).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ADMIN_ROLE,
      RoleSessionName: "agent",
      WebIdentityToken: readFileSync(variables.AWS_WEB_IDENTITY_TOKEN_FILE, "utf8").trim(),
    }),
  );
  const credentials = {
    accessKeyId: keys?.AccessKeyId ?? "",
    secretAccessKey: keys?.SecretAccessKey ?? "",
    sessionToken: keys?.SessionToken ?? "",
  };
  return {
    s3: new S3Client({ ...shared, credentials }),
    workflows: new SFNClient({ ...shared, credentials }),
  };
}

/** The hosts that clients name. */
function hostsOf(client: S3Client | SFNClient): string[] {
  const hosts: string[] = [];
  (client as S3Client).middlewareStack.add(
    (next) => (args) => {
      hosts.push((args.request as { hostname: string }).hostname);
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  return hosts;
}

function reached(since: number): readonly { readonly operation: string | null; readonly host: string }[] {
  return demo.cloud.aws.requests
    .slice(since)
    .filter(({ host }) => /^(?:s3|sync-states)\./.test(host))
    .map(({ operation, host }) => ({ operation, host }));
}

describe("S3 with the bucket before the gateway's name, as SDKs write it by default", () => {
  it("puts, gets and lists", async () => {
    const since = demo.cloud.aws.requests.length;
    const hosts = hostsOf(clients.s3);
    const object = { Bucket: "ledger", Key: "dir/../a b+c%41" };
    await clients.s3.send(new PutObjectCommand({ ...object, Body: "text" }));
    const { Body } = await clients.s3.send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe("text");
    const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: "ledger" }));
    expect(Contents.map(({ Key }) => Key)).toEqual(["2026.csv", "dir/../a b+c%41"]);
    expect(new Set(hosts)).toEqual(new Set([`ledger.${DOMAIN}`]));
    const host = `s3.${REGION}.amazonaws.com`;
    expect(reached(since)).toEqual([
      { operation: "PutObject", host },
      { operation: "GetObject", host },
      { operation: "ListObjectsV2", host },
    ]);
  });

  it("asks policy about the bucket of the host, not about one that the key begins with", async () => {
    const since = demo.cloud.aws.requests.length;
    const { name, message } = await failureOf(
      clients.s3.send(new GetObjectCommand({ Bucket: "reports", Key: "ledger/2026.csv" })),
    );
    expect(name).toBe("AccessDenied");
    expect(message).toContain("`arn:aws:s3:::reports/ledger/2026.csv`");
    expect(reached(since)).toEqual([]);
  });
});

describe("an operation with a host prefix", () => {
  const start = () =>
    new StartSyncExecutionCommand({
      stateMachineArn: `arn:aws:states:${REGION}:${TARGET_ACCOUNT}:stateMachine:orders`,
    });

  it("goes to the host of the model", async () => {
    const since = demo.cloud.aws.requests.length;
    const hosts = hostsOf(clients.workflows);
    // The small AWS has no such service: what counts is where the call arrived.
    await failureOf(clients.workflows.send(start()));
    expect(hosts).toEqual([`sync-${DOMAIN}`]);
    expect(reached(since).map(({ host }) => host)).toEqual([`sync-states.${REGION}.amazonaws.com`]);
  });

  it("is refused when another prefix is signed, and both are named", async () => {
    const since = demo.cloud.aws.requests.length;
    const { middlewareStack } = clients.workflows;
    middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { hostname: string; headers: Record<string, string> };
        request.hostname = `data-${DOMAIN}`;
        request.headers.host = request.headers.host?.replace("sync-", "data-") ?? "";
        return next(args);
      },
      { step: "build", priority: "low", name: "otherPrefix" },
    );
    const { message } = await failureOf(clients.workflows.send(start()));
    middlewareStack.remove("otherPrefix");
    expect(message).toContain("`data-`");
    expect(message).toContain("`sync-`");
    expect(reached(since)).toEqual([]);
  });
});
