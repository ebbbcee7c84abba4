// What AWS would understand a request to be. Made by recognition, believed by policy, approval, mask, record and upstream.

import type { QueryParameter } from "./wire-request.ts";

export type Protocol = "query" | "ec2" | "json-1.0" | "json-1.1" | "rest-json" | "rest-xml" | "rpc-v2-cbor";

export type AccessLevel = "list" | "read" | "tagging" | "write" | "permissions";

/** A service by botocore's service name and an operation by its model name, e.g. `dynamodb`, `GetItem`. */
export interface ServiceOperation {
  readonly service: string;
  readonly operation: string;
}

/**
 * One resource of a call. `literals` are the known pieces of the ARN; between two of them stands a part that is not
 * known. So `["arn:...:table/Orders"]` is one exact ARN (whatever characters it holds), and `["arn:...:instance/", ""]`
 * is the pattern `arn:...:instance/*`, with no confusion between a star in a name and a star that means "any".
 */
export interface AwsResource {
  readonly literals: readonly [string, ...string[]];
  /** IAM's resource type, e.g. `table`, or `""` when the action has none (its resource is then `*`: `["", ""]`). */
  readonly type: string;
  readonly service: string;
  readonly account: string;
  readonly region: string;
}

export interface RequiredAction {
  /** In IAM's own case, e.g. `s3:GetObject`. */
  readonly action: string;
  readonly accessLevel: AccessLevel;
  readonly resources: readonly [AwsResource, ...AwsResource[]];
}

/** Parameters by the model's member names, whatever the protocol. Numbers that a double cannot hold are NumberText. */
export type ParameterValue =
  | string
  | number
  | boolean
  | null
  | NumberText
  | Uint8Array
  | readonly ParameterValue[]
  | ParameterTree;
export interface ParameterTree {
  readonly [member: string]: ParameterValue;
}

/** A number kept digit for digit. */
export interface NumberText {
  readonly kind: "number";
  readonly text: string;
}

/** The upstream request, rebuilt from the model. Nothing of the incoming URL or headers is in it that the model lacks. */
export interface UpstreamRequest {
  readonly method: string;
  /** From the fixed table of hosts, never from the request. */
  readonly host: string;
  /** Percent-encoded as it goes on the wire; never to be normalised. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** Lower-case names; without `host`, signature, date and payload hash, which signing adds. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface AwsCall extends ServiceOperation {
  readonly protocol: Protocol;
  /** The service name of the credential scope, upstream. */
  readonly signingName: string;
  /** The region of the credential scope, upstream. */
  readonly region: string;
  readonly partition: string;
  /** The account of the role the call runs under. */
  readonly account: string;
  /** Every operation that the request may be, this one included. A decision permits only if it permits each. */
  readonly candidates: readonly [ServiceOperation, ...ServiceOperation[]];
  /** The union over all candidates: each must be permitted on each of its resources. */
  readonly actions: readonly [RequiredAction, ...RequiredAction[]];
  readonly parameters: ParameterTree;
  /** Input members that hold secrets, as paths such as `SecretString` or `Users[].Password`; a record masks them. */
  readonly sensitiveParameters: readonly string[];
  /** Top-level members that only make a retry safe: no part of what is asked. */
  readonly idempotencyTokens: readonly string[];
  /** True when the answer can hold credentials or signed URLs: refused unless a policy names the very action. */
  readonly vendsCredentials: boolean;
  readonly upstream: UpstreamRequest;
}

export function isComplete(resource: AwsResource): boolean {
  return resource.literals.length === 1;
}

/** The ARN for people and records: unknown parts are written as `*`. Never parse it back. */
export function displayArn(resource: AwsResource): string {
  return resource.literals.join("*");
}

/** True when any of the call's actions changes something. */
export function isMutating(call: AwsCall): boolean {
  return call.actions.some(({ accessLevel }) => accessLevel !== "list" && accessLevel !== "read");
}
