// Decides what AWS would understand a signed request to be, and builds the request that goes upstream anew from the
// model (R1, R5). Pure: the shards and the target account are arguments. Trusts the signature check that came before;
// every byte of the request is still the caller's. Refuses what is not in the model and what could be read in two ways.
// Whether the call is permitted is policy's.

import type { AwsCall, RequiredAction, ServiceOperation, UpstreamRequest } from "../model/aws-call.ts";
import type { Refusal } from "../model/refusal.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import { actionsOf, merge } from "./actions.ts";
import { checkPrefix, undoHost } from "./host-prefix.ts";
import { checkRegion, type UpstreamHost, upstreamHost } from "./hosts.ts";
import { Malformed, shown } from "./malformed.ts";
import { type ServiceModel, servicesOf } from "./model.ts";
import { narrow } from "./narrow.ts";
import type { Reading } from "./reading.ts";
import { readRest } from "./rest.ts";
import { readRpc } from "./rpc.ts";
import { idempotencyTokensOf, sensitivePaths } from "./sensitive.ts";
import type { ModelSource } from "./shard.ts";

export type { ModelSource } from "./shard.ts";

export type Recognition = { readonly kind: "recognised"; readonly call: AwsCall } | Refusal;

export interface Target {
  /** The account of the role the call runs under. */
  readonly account: string;
  readonly partition: string;
}

/** Returns the call, or a refusal that names what was seen. Throws only for a fault in the shards. */
export function recognise(request: SignedRequest, target: Target, models: ModelSource): Recognition {
  try {
    return { kind: "recognised", call: toCall(request, target, models) };
  } catch (cause) {
    if (cause instanceof Malformed) return cause.toRefusal();
    throw cause;
  }
}

function toCall(request: SignedRequest, target: Target, models: ModelSource): AwsCall {
  checkRegion(request.region, target.partition);
  const shard = models.shard(request.signingName);
  if (!shard) throw unknownService(request.signingName);
  const { request: addressed, services, prefix } = undoHost(request, servicesOf(shard));
  const readings = checkPrefix(narrow(read(addressed, services)), prefix);
  const [chosen, ...others] = inOrder(readings, request);
  if (!chosen) throw unknownService(request.signingName);
  const host = upstreamHost(chosen.operation, request.region, chosen.parameters);
  const all = [chosen, ...others];
  return {
    service: chosen.operation.service.file.service,
    operation: chosen.operation.name,
    protocol: chosen.protocol,
    signingName: chosen.operation.service.signingName,
    region: host.region,
    partition: target.partition,
    account: target.account,
    candidates: [candidate(chosen), ...others.map(candidate)],
    actions: requiredActions([chosen, ...others], target, host),
    parameters: chosen.parameters,
    sensitiveParameters: sensitivePaths(chosen.operation),
    idempotencyTokens: idempotencyTokensOf(chosen.operation),
    vendsCredentials: all.some(({ operation }) => operation.vendsCredentials),
    upstream: rebuild(chosen, host, request.body),
  };
}

function unknownService(signingName: string): Malformed {
  return new Malformed(
    `no service signs as ${shown(signingName)}; if it is newer than the model, run \`npm run models\``,
    "UnknownOperation",
  );
}

function read(request: SignedRequest, services: readonly ServiceModel[]): Reading[] {
  return readRpc(request, services) ?? readRest(request, services);
}

/**
 * The operation the client hints at first, then the service that gave the signing name (RDS before its siblings), then
 * those that are not deprecated. All must be permitted all the same.
 */
function inOrder(readings: readonly Reading[], { query }: SignedRequest): Reading[] {
  const hint = query.find(([name]) => name === "x-id")?.[1];
  if (hint !== undefined && !readings.some(({ operation }) => operation.name === hint)) {
    throw new Malformed(`the request says by \`x-id\` that it is ${shown(hint)}, which it is not`);
  }
  const order = ({ operation: { name, service, deprecated } }: Reading): number =>
    (name === hint ? 0 : 4) + (service.file.service === service.signingName ? 0 : 2) + (deprecated ? 1 : 0);
  return readings.toSorted((one, other) => order(one) - order(other));
}

function candidate({ operation }: Reading): ServiceOperation {
  return { service: operation.service.file.service, operation: operation.name };
}

function requiredActions(
  readings: readonly [Reading, ...Reading[]],
  { account, partition }: Target,
  { region }: UpstreamHost,
): readonly [RequiredAction, ...RequiredAction[]] {
  const [first, ...rest] = readings.map(({ operation, parameters }) => {
    const { arns, iam } = operation.service.file;
    return actionsOf(operation, parameters, { partition, region, account, service: iam, arns });
  });
  if (!first) throw new Error("a call has at least one reading");
  const [one, ...more] = merge([...first, ...rest.flat()]);
  if (!one) throw new Error("a reading has at least one action");
  return [one, ...more];
}

function rebuild(
  { method, path, query, headers }: Reading,
  { host }: UpstreamHost,
  body: Uint8Array,
): UpstreamRequest {
  return { method, host, path, query, headers, body };
}
