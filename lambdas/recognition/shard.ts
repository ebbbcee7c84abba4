// The format of a model shard: what `npm run models` writes and the recogniser reads, one file per signing name.
// Trusted: shards are part of the deployed bundle. Compact on purpose; model.ts turns one into something to work with.

import type { Protocol } from "../model/aws-call.ts";

/**
 * A type and its traits in one string, split by spaces: first a scalar's letters or the number of a shape, then traits.
 * Scalars: `s` string, `B` blob, `i` integer, `l` long, `f` float, `d` double, `o` boolean, `t` timestamp (with `i`
 * ISO 8601, `u` epoch seconds, `r` HTTP date), `D` document, `E` event stream.
 * Traits: `r` required, `!` sensitive, `k` idempotency token, `p` payload, `f` flattened, `a` XML attribute, `j` JSON in
 * a header, `L` host label, `n:` wire name, `q:` query parameter, `Q` query parameters by a map, `h:` header, `H:`
 * headers by prefix, `u:` path label, `e:` name in EC2's protocol. In answers only: `E` event stream of a shape, `X` in
 * an event's headers, `P` an event's payload, `S` the status code.
 */
export type TypeText = string;

export type ShapeFile =
  | Readonly<Record<string, TypeText>>
  | readonly ["L", TypeText, string?]
  | readonly ["M", TypeText, TypeText, string?];

/** `l` list, `r` read, `t` tagging, `w` write, `p` permissions. */
export type LevelLetter = "l" | "r" | "t" | "w" | "p";

/** Action (`""`: the service's prefix and the operation's own name), level, resource plans, condition. See plan.ts. */
export type ActionFile = readonly [string, LevelLetter, readonly string[], string?];

export interface OperationFile {
  /** Method and URI of a REST operation. */
  readonly h?: string;
  /** Input shape. */
  readonly i?: number;
  /** The root element of a rest-xml body. */
  readonly x?: string;
  /** Host prefix, with labels in braces. */
  readonly p?: string;
  /** Which of the service's host tables, if not the first. */
  readonly t?: number;
  /** Absent: no IAM action is known, and the operation is refused. */
  readonly a?: readonly ActionFile[];
  /** `v` vends credentials, `d` deprecated, `u` unsigned payload, `n` takes no signature at AWS, `c` from documentation. */
  readonly f?: string;
}

/** Host, region of the upstream signature (`""`: the call's own), the regions it serves (absent: all others). */
export type HostFile = readonly [string, string, (readonly string[])?];

export interface ServiceFile {
  /** botocore's service name. */
  readonly service: string;
  readonly version: string;
  readonly protocols: readonly Protocol[];
  /** Prefix of X-Amz-Target, and service name in the path of rpc-v2-cbor. */
  readonly target?: string;
  /** IAM's prefix. */
  readonly iam: string;
  readonly hosts: readonly (readonly HostFile[])[];
  /** ARN templates by resource type; `{}` stands for a part to fill. */
  readonly arns: Readonly<Record<string, string>>;
  readonly shapes: readonly ShapeFile[];
  readonly operations: Readonly<Record<string, OperationFile>>;
  /** Operations that AWS serves by a second method or path too: that one. */
  readonly moved?: Readonly<Record<string, OperationFile>>;
}

/** Where the models come from; boundary/model-files.ts reads them lazily. */
export interface ModelSource {
  /** The shard of a signing name, or `undefined` when no service signs with it. The name is caller-controlled. */
  shard(signingName: string): Shard | undefined;
}

export interface Shard {
  readonly signingName: string;
  readonly services: readonly ServiceFile[];
}

/** The answers of one service: an operation's output shape (absent: it has none) and its wrapper in query XML. */
export interface AnswerServiceFile {
  /** botocore's service name. */
  readonly service: string;
  readonly shapes: readonly ShapeFile[];
  readonly operations: Readonly<Record<string, readonly [] | readonly [output: number, wrapper?: string]>>;
  /** Error codes whose answers hold more than a code and a message. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface AnswerShard {
  readonly signingName: string;
  readonly services: readonly AnswerServiceFile[];
}

/** Where the models of answers come from, loaded only when an answer is read. */
export interface AnswerSource {
  /** The answers of a signing name, or `undefined` when no service signs with it. */
  answers(signingName: string): AnswerShard | undefined;
}
