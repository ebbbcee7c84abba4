// The types between the small AWS and the rest of the local cloud. Only declarations: no behaviour, no trust.
// Shapes that come from the template keep CloudFormation's member names, so nobody translates them twice.

import type { SecureContextOptions, TlsOptions } from "node:tls";
import type { MailCatcher } from "./ses.ts";
import type { AwsReply, AwsRequest } from "./wire.ts";

/** An IAM policy as JSON. Its parser refuses every element that the evaluator does not know. */
export type PolicyDocument = Readonly<Record<string, unknown>>;

interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface TableSpec {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributes: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  /** Global secondary indexes. */
  readonly indexes: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly KeySchemaElement[];
    readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  }[];
  /** A customer key: DynamoDB then decrypts in the caller's name. */
  readonly kmsKeyArn?: string;
}

export interface RoleSpec {
  readonly arn: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  /** Seconds; AWS's default is 3,600. */
  readonly maxSessionSeconds?: number;
}

export interface KeySpec {
  readonly keyId: string;
  readonly arn: string;
}

export interface BucketSpec {
  readonly name: string;
  /** Objects are encrypted under this key (SSE-KMS) where an upload names no other. */
  readonly kmsKeyArn?: string;
  /** Its objects may be put under legal hold. */
  readonly objectLock?: boolean;
}

export interface SecretSpec {
  readonly arn: string;
  readonly name: string;
  readonly value: string;
}

export interface ParameterSpec {
  readonly name: string;
  readonly value: string;
}

export interface MachineSpec {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** With its substitutions filled in. */
  readonly definition: string;
}

/** What became of a synchronous invocation: the payload, or the function's error as Lambda tells it. */
export type Invocation =
  | { readonly kind: "payload"; readonly payload: unknown }
  | { readonly kind: "error"; readonly errorType: string; readonly errorMessage: string };

export interface SmallAwsOptions {
  /** Where state lives between runs; `undefined` keeps everything in memory. */
  readonly dataDirectory: string | undefined;
  readonly region: string;
  readonly gatewayAccount: string;
  readonly certificate: SecureContextOptions & Pick<TlsOptions, "SNICallback">;
  /** What the template declares in the gateway's account. */
  readonly resources: {
    readonly tables: readonly TableSpec[];
    readonly hmacKeys: readonly KeySpec[];
    readonly keys: readonly KeySpec[];
    readonly signingKeys?: readonly KeySpec[];
    readonly buckets?: readonly BucketSpec[];
    readonly secrets: readonly SecretSpec[];
    readonly parameters: readonly ParameterSpec[];
    readonly roles: readonly RoleSpec[];
    readonly machines?: readonly MachineSpec[];
  };
  /** Where mails go; without it, SES is not served. */
  readonly mail?: MailCatcher;
  /** How many times as fast as the real one the clock of state machines runs; 1 when absent. */
  readonly statesSpeed?: number;
  /** For tests: answers before any service looks at a request. `undefined` leaves it to them. */
  readonly standIn?: (request: AwsRequest) => AwsReply | undefined;
  /** Epoch milliseconds; the machine's clock unless a test needs its own. */
  readonly now?: () => number;
}

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface BucketSeed extends BucketSpec {
  readonly objects: readonly {
    readonly key: string;
    readonly body: string | Uint8Array;
    readonly contentType?: string;
  }[];
}

export interface SecretSeed {
  readonly name: string;
  readonly value: string;
  /** The value that `AWSPREVIOUS` names. */
  readonly previous?: string;
  /** A customer key; without it, Secrets Manager's own key, which asks nothing of the reader. */
  readonly kmsKeyArn?: string;
}

export interface ParameterSeed {
  readonly name: string;
  readonly value: string;
  /** Makes the parameter a SecureString under this key. */
  readonly kmsKeyArn?: string;
}

/** Puts data into an account as its owner would, past IAM. What exists already is overwritten. */
export interface Seeds {
  bucket(account: string, bucket: BucketSeed): void;
  /** Drops all objects of a bucket. */
  emptyBucket(account: string, name: string): void;
  /** `items` in DynamoDB's JSON, e.g. `{ id: { S: "1" } }`. */
  table(
    account: string,
    table: TableSpec,
    items: readonly Readonly<Record<string, unknown>>[],
  ): Promise<void>;
  /** Returns the ARN, whose six last characters are derived from account and name. */
  secret(account: string, secret: SecretSeed): string;
  parameter(account: string, parameter: ParameterSeed): void;
  key(account: string, key: KeySpec): void;
  user(account: string, name: string): void;
  /** Replaces the tags of a resource. */
  tags(account: string, arn: string, tags: Readonly<Record<string, string>>): void;
}

export interface LoggedRequest {
  /** ISO 8601 with milliseconds. */
  readonly time: string;
  readonly requestId: string;
  readonly host: string;
  /** botocore's service name, `null` for a host that is not served. */
  readonly service: string | null;
  readonly operation: string | null;
  /** What IAM was asked: all of it, and in `action`/`resource` the one that was denied, else the first. */
  readonly needs: readonly { readonly action: string; readonly resource: string }[];
  readonly action: string | null;
  readonly resource: string | null;
  /** The ARN of the session or user that signed; `null` when the signature did not hold. */
  readonly principalArn: string | null;
  readonly sourceIdentity: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether the credential was limited by a session policy of its own. */
  readonly sessionPolicy: boolean;
  readonly decision: "allowed" | "denied";
  /** Why it was denied, or the error after it was allowed; `null` for a success. */
  readonly why: string | null;
  readonly status: number;
}

export interface FaultRule {
  /** botocore's service name. */
  readonly service: string;
  /** Every operation of the service when absent. */
  readonly operation?: string;
  /** How many requests pass first; none when absent. */
  readonly skip?: number;
  /** How many requests it hits; 1 when absent, `Infinity` until `heal()`. */
  readonly times?: number;
  /** `reset-before` cuts the connection unexecuted, `reset-after` once executed; `slow` waits, then executes. */
  readonly how: "throttle" | "500" | "reset-before" | "reset-after" | "slow";
  /** For `slow`; 2,000 when absent. */
  readonly milliseconds?: number;
  /** For `500`: answers this status in its place. */
  readonly status?: number;
}

/** What nobody outside may ever see; for tests that search for it. */
interface HeldSecrets {
  /** Every credential that was issued. */
  readonly credentials: readonly RoleCredentials[];
  /** The material of every KMS key. */
  readonly keyMaterial: readonly Uint8Array[];
}

export interface SmallAws {
  /** HTTPS on 127.0.0.1, every AWS host name by its Host header. */
  readonly port: number;
  /** Credentials as Lambda's runtime has them for its role. They do not expire. */
  issueRoleCredentials(roleArn: string): RoleCredentials;
  /** Who runs the functions that state machines invoke; `undefined`: there is no such function. */
  serveFunctions(invoke: (functionArn: string, payload: unknown) => Promise<Invocation> | undefined): void;
  /** Adds or replaces a role in any account; throws on a policy that the evaluator cannot judge. */
  addRole(role: RoleSpec): void;
  readonly seed: Seeds;
  /** The last 10,000 requests, oldest first. */
  readonly requests: readonly LoggedRequest[];
  secrets(): HeldSecrets;
  fail(rule: FaultRule): void;
  /** Ends all faults. */
  heal(): void;
  /** Closes every connection and writes the state down. */
  stop(): Promise<void>;
}
