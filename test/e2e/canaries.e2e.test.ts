// No secret goes where it does not belong (SECURITY 11, I6). Secrets of every kind that there is go through the gateway,
// in calls that succeed, are refused and break; then everything that stays behind is searched for them, as they are and
// in every encoding. Where a secret goes to its owner, that one answer is left out, and the test says why.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "../../lambdas/aws/stored-text.ts";
import { ADMIN_ROLE, READER_ROLE } from "../../lib/local/demo-world.ts";
import { type AgentClients, agentClients, failureOf, useDemo } from "./demo.ts";
import { allItems } from "./ledger.ts";
import { encodingsOf, hitsIn } from "./search.ts";
import { openTap, type Tap } from "./tap.ts";

// Characters that every encoding writes differently.
const canary = (kind: string) => `canary/${kind}+"${crypto.randomUUID()}"\\é&<>%=`;
const SECRET = canary("secret");
const DENIED_SECRET = canary("denied-secret");
const PARAMETER = canary("parameter");
const OBJECT = canary("object");

const PERMITS = `
@id("write-secrets")
permit (
  principal in Countersign::Group::"mcp-writers",
  action in [AWS::Action::"secretsmanager:PutSecretValue", AWS::Action::"ssm:PutParameter"],
  resource is AWS::Resource
);
`;

let policies: string | undefined;
const demo = useDemo(() => {
  policies = mkdtempSync(join(tmpdir(), "countersign-policies-"));
  cpSync(join(import.meta.dirname, "../../policies"), policies, { recursive: true });
  writeFileSync(join(policies, "canaries.cedar"), PERMITS);
  return { policies };
});

/** Where answers may hold no secret at all: refusals and answers of writes. */
let refusals: Tap | undefined;
/** The exchange and the reads, which answer secrets to their owner: those and no others may be in there. The value of a
 *  stored secret is not among them: policy masks it. */
let answers: Tap | undefined;
const OWNED = ["session secret", "session token", "value of a parameter", "body of an object"];
let token = "";
const issued: { readonly kind: string; readonly secret: string }[] = [];

beforeAll(async () => {
  const tap = await openTap(demo().cloud.gatewayUrl);
  refusals = tap;
  answers = await openTap(demo().cloud.gatewayUrl);
  token = readFileSync(demo().environment(READER_ROLE).AWS_WEB_IDENTITY_TOKEN_FILE, "utf8");
  const reader = agentClients(demo(), { attempts: "once", url: answers.url });
  const keys = await reader.s3.config.credentials();
  issued.push(
    { kind: "session secret", secret: keys.secretAccessKey },
    { kind: "session token", secret: keys.sessionToken ?? "" },
  );
  const tapped = tappedClients(reader, tap.url);
  await writes(tapped);
  await reads(reader);
  await refused(tapped, tap.url);
  await broken(tapped, tap.url);
});
afterAll(async () => {
  await refusals?.close();
  await answers?.close();
  if (policies !== undefined) rmSync(policies, { recursive: true, force: true });
});

/** The same agent in the same session, with every answer kept. */
function tappedClients(reader: AgentClients, url: string): AgentClients {
  const { credentials } = reader.s3.config;
  const tapped = agentClients(demo(), { attempts: "once", url });
  for (const client of Object.values(tapped)) client.config.credentials = credentials;
  return tapped;
}

const VALUE = { Name: "/orders/new", Value: PARAMETER, Overwrite: true };

async function writes({ s3, secrets, ssm }: AgentClients): Promise<void> {
  await secrets.send(new PutSecretValueCommand({ SecretId: "orders/api", SecretString: SECRET }));
  await ssm.send(new PutParameterCommand({ ...VALUE, Type: "String" }));
  // Without a key the small AWS does not take it; the value has passed the gateway all the same.
  await failureOf(ssm.send(new PutParameterCommand({ ...VALUE, Type: "SecureString" })));
  await s3.send(new PutObjectCommand({ Bucket: "reports", Key: "canary", Body: OBJECT }));
}

async function reads({ s3, secrets, ssm }: AgentClients): Promise<void> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: "orders/api" }));
  const { Parameter } = await ssm.send(
    new GetParameterCommand({ Name: "/orders/new", WithDecryption: true }),
  );
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "reports", Key: "canary" }));
  expect([SecretString, Parameter?.Value, await Body?.transformToString()]).toEqual([
    "[masked:countersign]",
    PARAMETER,
    OBJECT,
  ]);
}

async function refused({ s3, secrets, dynamodb }: AgentClients, url: string): Promise<void> {
  await failureOf(secrets.send(new CreateSecretCommand({ Name: "orders/new", SecretString: DENIED_SECRET })));
  await failureOf(s3.send(new PutObjectCommand({ Bucket: "ledger", Key: "canary", Body: OBJECT })));
  await failureOf(dynamodb.send(new GetItemCommand({ TableName: "missing", Key: { id: { S: "A" } } })));
  // The exchange is refused after the token was verified, and before.
  const other = agentClients(demo(), { role: ADMIN_ROLE, url });
  await failureOf(other.s3.config.credentials());
  const file = join(demo().directory, "broken.token");
  writeFileSync(file, `${token.slice(0, -6)}AAAAAA`);
  await failureOf(agentClients(demo(), { tokenFile: file, url }).s3.config.credentials());
}

async function broken(clients: AgentClients, url: string): Promise<void> {
  const { aws } = demo().cloud;
  for (const fault of [
    { service: "dynamodb", operation: "PutItem", how: "500", times: 3 },
    { service: "secretsmanager", operation: "PutSecretValue", how: "reset-after" },
    { service: "secretsmanager", operation: "PutSecretValue", how: "500" },
    { service: "sts", how: "500", times: 3 },
    { service: "dynamodb", operation: "PutItem", how: "500", skip: 1, times: 3 },
  ] as const) {
    aws.fail(fault);
    const written = new PutSecretValueCommand({ SecretId: `orders/api`, SecretString: SECRET });
    // Another session policy, and so another credential, each time.
    await clients.dynamodb
      .send(new PutItemCommand({ TableName: "orders", Item: { id: { S: fault.how } } }))
      .catch(() => {});
    await clients.secrets.send(written).catch(() => {});
    aws.heal();
  }
  const { s3 } = agentClients(demo(), { url });
  aws.fail({ service: "kms", how: "500", times: 99 });
  await failureOf(s3.config.credentials());
  aws.heal();
}

/** Every secret there is by now, with its kind. */
function canaries(): readonly { readonly kind: string; readonly secret: string | Uint8Array }[] {
  const { credentials, keyMaterial } = demo().cloud.aws.secrets();
  const parts = token.split(".");
  return [
    { kind: "identity token", secret: token },
    { kind: "signature of the identity token", secret: parts[2] ?? "" },
    ...issued,
    ...demo().cloud.stack.secrets.map(({ value }) => ({ kind: "origin secret", secret: value })),
    ...credentials.flatMap(({ secretAccessKey, sessionToken }) => [
      { kind: "secret key of AWS", secret: secretAccessKey },
      { kind: "session token of AWS", secret: sessionToken },
    ]),
    ...keyMaterial.map((secret) => ({ kind: "key material", secret })),
    { kind: "value of a secret", secret: SECRET },
    { kind: "value of a secret in a denied call", secret: DENIED_SECRET },
    { kind: "value of a parameter", secret: PARAMETER },
    { kind: "body of an object", secret: OBJECT },
  ];
}

function found(
  places: ReadonlyMap<string, Uint8Array | string>,
  but: readonly string[] = [],
): readonly string[] {
  const sought = canaries().filter(({ kind }) => !but.includes(kind));
  const needles = sought.map(({ kind, secret }) => ({ kind, forms: encodingsOf(secret) }));
  return [...places].flatMap(([place, bytes]) =>
    needles.flatMap(({ kind, forms }) => hitsIn(bytes, forms).map((form) => `${kind} (${form}) in ${place}`)),
  );
}

describe("a secret of any kind", () => {
  test("was planted: each kind is among those that are searched for", () => {
    const kinds = Map.groupBy(canaries(), ({ kind }) => kind);
    expect([...kinds.keys()]).toHaveLength(12);
    for (const { secret } of canaries()) expect(secret.length).toBeGreaterThan(20);
    // The function's own, and one for each narrowed call.
    expect(kinds.get("secret key of AWS")?.length).toBeGreaterThan(5);
  });

  test("would be found in every encoding", () => {
    for (const [name, hide] of Object.entries(HIDING)) {
      const place = new Map([["here", `before ${hide(SECRET)} after`]]);
      expect(found(place), name).not.toEqual([]);
    }
    expect(found(new Map([["here", "nothing at all"]]))).toEqual([]);
  });

  test("is in no line that a function wrote", () => {
    const { logs } = demo().cloud;
    // Faults were made, so there is something to read.
    expect(logs.filter(({ text }) => text.includes('"fault"')).length).toBeGreaterThan(3);
    expect(found(new Map([["logs", logs.map(({ text }) => text).join("\n")]]))).toEqual([]);
  });

  test("is in no item of any table: not in sessions, records or what a retry left", async () => {
    const items = (await allItems(demo())).map(withoutShownAnswer);
    const text = JSON.stringify(items);
    expect(items.length).toBeGreaterThan(20);
    for (const name of ["PutSecretValue", "PutParameter", "PutObject", "in_doubt", "refused"])
      expect(text).toContain(name);
    const texts = items.map((item, index): [string, string] => [
      `item ${index}`,
      Object.values(item)
        .map((value) => value.S ?? value.N ?? JSON.stringify(value))
        .join("\n"),
    ]);
    expect(found(new Map([["tables", text], ...texts]))).toEqual([]);
  });

  test("is in an answer only when it goes to its owner", () => {
    const places = new Map((answers?.answers() ?? []).map((bytes, index) => [`connection ${index}`, bytes]));
    expect(found(places, OWNED)).toEqual([]);
    const told = new Set(found(places).map((hit) => hit.replace(/ \(.*$/, "")));
    expect([...told].toSorted()).toEqual(OWNED.toSorted());
  });

  test("is in no answer to a write, a refused call, a refused exchange or a fault", () => {
    const written = refusals?.answers() ?? [];
    const text = Buffer.concat(written).toString("latin1");
    for (const name of ["AccessDenied", "InvalidIdentityToken", "RequestInDoubt", "InternalFailure"])
      expect(text).toContain(name);
    expect(found(new Map(written.map((bytes, index) => [`connection ${index}`, bytes])))).toEqual([]);
  });

  test("is in no file of the bundle, and the bundle has no source map", () => {
    const places = new Map<string, Buffer>();
    for (const { assetDirectory } of demo().cloud.stack.functions) {
      const files = readdirSync(assetDirectory, { recursive: true, withFileTypes: true }).filter((file) =>
        file.isFile(),
      );
      for (const file of files) {
        if (file.parentPath.endsWith("models")) continue; // facts about AWS, the same in every deployment
        places.set(file.name, readFileSync(join(file.parentPath, file.name)));
      }
    }
    expect([...places.keys()]).toContain("index.mjs");
    expect([...places.keys()].filter((name) => name.endsWith(".map"))).toEqual([]);
    expect(places.get("index.mjs")?.includes("sourceMappingURL=")).toBe(false);
    expect(found(places)).toEqual([]);
  });

  test("is in no reason that the edge or the API gave", () => {
    expect(found(new Map([["edge", demo().cloud.edgeErrors.join("\n")]]))).toEqual([]);
  });
});

const HIDING: Readonly<Record<string, (secret: string) => string>> = {
  raw: (secret) => secret,
  base64: (secret) => Buffer.from(`x${secret}y`).toString("base64"),
  base64url: (secret) => Buffer.from(`xy${secret}`).toString("base64url"),
  hex: (secret) => Buffer.from(secret).toString("hex"),
  percent: (secret) => encodeURIComponent(secret),
  json: (secret) => JSON.stringify({ text: secret }),
  "json in json": (secret) => JSON.stringify(JSON.stringify({ text: secret })),
};

/** At the level `full` a record keeps what an answer showed: that of the two reads which show a canary to its owner. */
function withoutShownAnswer(item: Item): Item {
  const { response, ...record } = JSON.parse(item.record?.S?.startsWith("{") ? item.record.S : "{}");
  const shows = record.phase === "OUTCOME" && ["GetParameter", "GetObject"].includes(record.call?.operation);
  return shows && response !== undefined ? { ...item, record: { S: JSON.stringify(record) } } : item;
}
