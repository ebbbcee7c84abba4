// The local cloud around the real stack, with an entry that answers what reached it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { synthesizeHere } from "../../lib/local/assembly.ts";
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from "../../lib/local/cloud.ts";
import { demoConfig } from "../../lib/local/demo-world.ts";

// An entry that answers with what reached it: the stack around it is the real one.
const ENTRY = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, { statusCode: event.path === "/fail" ? 503 : 200 });
  out.write(JSON.stringify({ event, environment: process.env, at: process.hrtime.bigint().toString() }));
  out.end();
});`;

const ROLE = "arn:aws:iam::222233334444:role/mcp-reader";
const folder = mkdtempSync(join(tmpdir(), "cloud-"));
const entry = join(folder, "entry.js");
writeFileSync(entry, ENTRY);
// Entries that recognise nothing need no models: to copy them would take as long as all the rest.
const models = join(folder, "models");
mkdirSync(models);
const clouds: LocalCloud[] = [];
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.stop();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(options: Partial<LocalCloudOptions> = {}): Promise<LocalCloud> {
  const cloud = await startLocalCloud({
    port: 0,
    dataDirectory: undefined,
    region: "eu-west-1",
    gatewayAccount: "111122223333",
    agents: [{ name: "reader", groups: [] }],
    audience: "countersign",
    entries: { call: entry, approvals: entry, ask: entry, run: entry, api: entry, checkpoint: entry },
    synthesis: (synthesis) => synthesizeHere({ ...synthesis, models }),
    config: ({ issuer, jwksUri, audience }) => ({
      issuers: [{ issuer, jwksUri, audience, algorithms: ["RS256"], groupsClaim: "groups" }],
      agents: [],
      roles: [{ arn: ROLE, externalId: "an-external-id-1" }],
      resourceSets: [{ name: "critical", arns: ["arn:aws:s3:::billing/*"] }],
      administrators: { issuer, group: "administrators" },
      approvals: (demoConfig({ issuer, jwksUri, audience }) as { approvals: unknown }).approvals,
    }),
    ...options,
  });
  clouds.push(cloud);
  return cloud;
}

interface Reached {
  readonly event: {
    readonly headers: Record<string, string>;
    readonly requestContext: { readonly path: string };
  };
  readonly environment: Record<string, string>;
  readonly at: string;
}

async function reach(cloud: LocalCloud, path: string): Promise<Reached> {
  const answer = await fetch(cloud.gatewayUrl + path, { headers: { authorization: "Bearer x" } });
  return (await answer.json()) as Reached;
}

describe("the local cloud", () => {
  test("serves the synthesised stack: edge, stage, origin secret, environment", async () => {
    const cloud = await start();
    const { event, environment } = await reach(cloud, "/aws/b%2Fc");
    expect(event.requestContext.path).toBe("/live/aws/b%2Fc");
    expect(event.headers["x-countersign-h-authorization"]).toBe("Bearer x");
    expect(event.headers["x-countersign-h-host"]).toBe(new URL(cloud.gatewayUrl).host);
    expect(event.headers["x-countersign-origin"]).toBe(cloud.stack.secrets[0]?.value);
    expect(environment.STATE_TABLE).toBe(
      cloud.stack.tables.find(({ keySchema }) => keySchema.length === 1)?.name,
    );
    expect(cloud.stack.parameters).toContainEqual({
      name: environment.PUBLIC_URL_PARAMETER,
      value: cloud.tlsUrl,
    });
    const [first, second] = [await reach(cloud, "/fail"), await reach(cloud, "/fail")];
    expect(first.at).not.toBe(second.at);
  });

  test("serves what is left when something is taken out of the template", async () => {
    const cloud = await start({
      mutateTemplate: ({ Resources }) => {
        for (const { Type, Properties = {} } of Object.values(Resources)) {
          if (Type === "AWS::Lambda::Function") removeApiStage(Properties);
          if (Type !== "AWS::CloudFront::Distribution") continue;
          const config = Properties.DistributionConfig as Record<string, Record<string, unknown>>;
          delete config.CustomErrorResponses;
          delete config.DefaultCacheBehavior?.FunctionAssociations;
        }
      },
    });
    const { event, environment } = await reach(cloud, "/aws");
    expect(environment).not.toHaveProperty("API_STAGE");
    expect(event.headers).not.toHaveProperty("x-countersign-h-authorization");
    const [first, second] = [await reach(cloud, "/fail"), await reach(cloud, "/fail")];
    expect(first.at).toBe(second.at);
  });

  test("leaves nothing behind when it cannot start", async () => {
    const running = await start();
    const port = Number(new URL(running.gatewayUrl).port);
    await expect(start({ port })).rejects.toThrow(/COUNTERSIGN_PORT/);
    await expect(
      start({ mutateTemplate: ({ Resources }) => (Resources.X = { Type: "AWS::SQS::Queue" }) }),
    ).rejects.toThrow(/AWS::SQS::Queue/);
  });
});

function removeApiStage(properties: Record<string, unknown>): void {
  const environment = properties.Environment as { Variables: Record<string, unknown> };
  delete environment.Variables.API_STAGE;
}
