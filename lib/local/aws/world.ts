// Holds what exists in the accounts of the small AWS, and keeps it between runs. Decides nothing: services read and
// change it, IAM is asked before. State is written whole to one file, HMAC keys at once, the rest soon and at stop.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { RoleSpec } from "./contract.ts";
import { parseIdentityPolicy, parseTrustPolicy, type Statement, type TrustStatement } from "./iam-policy.ts";
import { newSigningMaterial } from "./kms-signing.ts";

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modified: number;
  /** `content-type`, `x-amz-meta-*` and the other headers that come back as they went in. */
  readonly headers: ReadonlyMap<string, string>;
  readonly checksum: { readonly header: string; readonly value: string } | undefined;
  readonly kmsKeyArn: string | undefined;
  readonly legalHold?: "ON" | "OFF";
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  readonly created: number;
  readonly kmsKeyArn: string | undefined;
  readonly objects: Map<string, StoredObject>;
  /** Made with Object Lock: its objects may be held. */
  readonly objectLock?: boolean;
}

export interface KmsKey {
  readonly keyId: string;
  readonly arn: string;
  readonly usage: "GENERATE_VERIFY_MAC" | "ENCRYPT_DECRYPT" | "SIGN_VERIFY";
  readonly material: Uint8Array;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly kmsKeyArn: string | undefined;
  readonly created: number;
  /** Version id to value; the stages say which is which. */
  readonly versions: Map<string, { readonly value: string; readonly created: number }>;
  readonly stages: Map<string, string>;
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly kmsKeyArn: string | undefined;
  readonly version: number;
  readonly modified: number;
}

export interface User {
  readonly name: string;
  readonly path: string;
  readonly created: number;
}

export interface Account {
  readonly id: string;
  readonly buckets: Map<string, Bucket>;
  readonly keys: Map<string, KmsKey>;
  readonly secrets: Map<string, Secret>;
  readonly parameters: Map<string, Parameter>;
  readonly users: Map<string, User>;
  /** Tags by the resource's ARN; absent in accounts that an earlier version kept. */
  tags?: Map<string, ReadonlyMap<string, string>>;
}

export interface Role {
  readonly arn: string;
  readonly account: string;
  readonly name: string;
  readonly identity: readonly Statement[];
  readonly trust: readonly TrustStatement[];
  readonly maxSessionSeconds: number;
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::([0-9]{12}):role\/(?:.*\/)?([\w+=,.@-]{1,64})$/;
const SAVE_AFTER_MS = 300;

export class World {
  readonly roles = new Map<string, Role>();
  readonly #accounts = new Map<string, Account>();
  #file: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Reads the state of an earlier run, if there is one. Throws when the file cannot be read. */
  constructor(dataDirectory: string | undefined) {
    if (dataDirectory === undefined) return;
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    this.#file = join(dataDirectory, "small-aws.state");
    if (existsSync(this.#file))
      this.#accounts = deserialize(readFileSync(this.#file)) as Map<string, Account>;
  }

  account(id: string): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const account: Account = {
      id,
      buckets: new Map(),
      keys: new Map(),
      secrets: new Map(),
      parameters: new Map(),
      users: new Map(),
    };
    this.#accounts.set(id, account);
    return account;
  }

  accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  /** Throws on a policy that the evaluator cannot judge, or an ARN that is no role's. */
  addRole(spec: RoleSpec): void {
    const [, account = "", name = ""] = ROLE_ARN.exec(spec.arn) ?? [];
    if (name === "") throw new Error(`\`${spec.arn}\` is not the ARN of a role`);
    this.roles.set(spec.arn, {
      arn: spec.arn,
      account,
      name,
      identity: spec.policies.flatMap(parseIdentityPolicy),
      trust: parseTrustPolicy(spec.trust),
      maxSessionSeconds: spec.maxSessionSeconds ?? 3_600,
    });
  }

  /** Adds a KMS key unless it is there: its material outlives a restart. Written down at once. */
  addKey(account: string, keyId: string, arn: string, usage: KmsKey["usage"]): void {
    const { keys } = this.account(account);
    if (keys.has(keyId)) return;
    const material = usage === "SIGN_VERIFY" ? newSigningMaterial() : randomBytes(32);
    keys.set(keyId, { keyId, arn, usage, material });
    this.save();
  }

  /** Says that something changed: it is written down shortly. */
  touch(): void {
    if (this.#file === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
    this.#timer.unref();
  }

  /** Writes down what is there, for the last time: a request that is still on its way changes nothing that is kept. */
  close(): void {
    this.save();
    this.#file = undefined;
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#file === undefined) return;
    const next = `${this.#file}.next`;
    writeFileSync(next, serialize(this.#accounts), { mode: 0o600 });
    renameSync(next, this.#file); // a reader never sees half a file
  }
}
