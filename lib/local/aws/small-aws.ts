// Starts the small AWS: the accounts that the gateway's functions and its targets live in, on one HTTPS port.
// It is the independent check of the gateway (rule R2): nothing of `lambdas/` is imported here, actions and ARNs come
// from the stand-ins' own reading of each request, and IAM is judged by an evaluator that throws on the unknown.

import type { RoleCredentials, SmallAws, SmallAwsOptions } from "./contract.ts";
import { createKeyRing, type IssuedKey, type KeyRing, uniqueId } from "./credentials.ts";
import { createDynamoStores, type DynamoStores } from "./dynalite-store.ts";
import { dynamoDb } from "./dynamodb.ts";
import { createFaults } from "./faults.ts";
import { iam } from "./iam.ts";
import { kms } from "./kms.ts";
import { athena, cloudFormation, glue } from "./orchestrators.ts";
import { createPipeline } from "./pipeline.ts";
import { createRequestLog } from "./request-log.ts";
import { s3 } from "./s3.ts";
import { secretsManager } from "./secrets-manager.ts";
import { createSeeds, putBucket, putSecret } from "./seeds.ts";
import { listen } from "./server.ts";
import type { AwsService } from "./service.ts";
import { createSes } from "./ses.ts";
import { ssm } from "./ssm.ts";
import { stepFunctions } from "./states.ts";
import { createExecutions, type Executions, fastClock } from "./states-executions.ts";
import { functionTasks, type Invoke } from "./states-invoke.ts";
import { sts } from "./sts.ts";
import { tagging } from "./tagging.ts";
import { World } from "./world.ts";

/** Starts it. Rejects when a policy of a role holds what the evaluator does not know, or kept data does not fit. */
export async function startSmallAws(options: SmallAwsOptions): Promise<SmallAws> {
  const now = options.now ?? Date.now;
  const world = new World(options.dataDirectory);
  const ring = createKeyRing();
  const faults = createFaults();
  const log = createRequestLog();
  const stores = createDynamoStores(options.dataDirectory, options.region);
  await declareResources(options, world, stores, now).catch(async (error: unknown) => {
    await stores.close(); // the directory would stay locked
    throw error;
  });
  let invoke: Invoke = () => undefined;
  const executions = createExecutions(options.resources.machines ?? [], {
    clock: fastClock(options.statesSpeed ?? 1),
    invoke: functionTasks(world, (functionArn, payload) => invoke(functionArn, payload)),
  });
  const answer = createPipeline({
    services: servicesBy(stores, executions, options),
    world,
    ring,
    faults,
    log,
    ...{ region: options.region, standIn: options.standIn, now },
  });
  const server = await listen(options.certificate, answer);
  return {
    port: server.port,
    serveFunctions: (by) => {
      invoke = by;
    },
    issueRoleCredentials: (roleArn) => issueRoleCredentials(roleArn, world, ring),
    addRole: (role) => world.addRole(role),
    seed: createSeeds(world, stores, options.region, now),
    requests: log.entries,
    secrets: () => ({
      credentials: ring.all().map(credentialsOf),
      keyMaterial: world.accounts().flatMap(({ keys }) => [...keys.values()].map(({ material }) => material)),
    }),
    fail: (rule) => faults.add(rule),
    heal: () => faults.clear(),
    async stop() {
      executions.stopAll();
      await server.close();
      await stores.close();
      world.close();
    },
  };
}

function servicesBy(
  stores: DynamoStores,
  executions: Executions,
  { region, mail }: SmallAwsOptions,
): ReadonlyMap<string, AwsService> {
  const states = stepFunctions(executions);
  const own = [dynamoDb(stores), iam, kms, s3(region), secretsManager, ssm, states, sts, tagging];
  const mails = mail === undefined ? [] : [createSes(mail)];
  return new Map([...own, ...mails, athena, cloudFormation, glue].map((service) => [service.name, service]));
}

async function declareResources(
  { resources, gatewayAccount, region }: SmallAwsOptions,
  world: World,
  stores: DynamoStores,
  now: () => number,
): Promise<void> {
  for (const role of resources.roles) world.addRole(role);
  for (const { keyId, arn } of resources.hmacKeys)
    world.addKey(gatewayAccount, keyId, arn, "GENERATE_VERIFY_MAC");
  for (const { keyId, arn } of resources.keys) world.addKey(gatewayAccount, keyId, arn, "ENCRYPT_DECRYPT");
  for (const { keyId, arn } of resources.signingKeys ?? [])
    world.addKey(gatewayAccount, keyId, arn, "SIGN_VERIFY");
  for (const bucket of resources.buckets ?? [])
    putBucket(world, gatewayAccount, { ...bucket, objects: [] }, region, now());
  for (const { arn, name, value } of resources.secrets) {
    putSecret(world, gatewayAccount, { arn, name, kmsKeyArn: undefined }, [value], now());
  }
  const { parameters } = world.account(gatewayAccount);
  for (const { name, value } of resources.parameters) {
    parameters.set(name, { name, value, kmsKeyArn: undefined, version: 1, modified: now() });
  }
  for (const table of resources.tables) await stores.ensureTable(gatewayAccount, table);
}

function issueRoleCredentials(roleArn: string, world: World, ring: KeyRing): RoleCredentials {
  const role = world.roles.get(roleArn);
  if (role === undefined) throw new Error(`the small AWS has no role \`${roleArn}\``);
  const sessionName = role.name.slice(0, 64); // Lambda takes the function's name
  const key = ring.issue(
    {
      account: role.account,
      arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${sessionName}`,
      principalArn: role.arn,
      userId: `${uniqueId("AROA", role.arn)}:${sessionName}`,
      isRoleSession: true,
      identity: () => world.roles.get(roleArn)?.identity ?? [],
      session: undefined,
      sourceIdentity: undefined,
      tags: new Map(),
    },
    "temporary",
    Number.POSITIVE_INFINITY,
  );
  return credentialsOf(key);
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: IssuedKey): RoleCredentials {
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? "" };
}
