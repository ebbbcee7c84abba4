// Signs the rebuilt request for AWS with a target credential and writes it as it goes on the wire. Path and query are
// never handed to a URL class: an S3 key with `..` or `//` must arrive byte-equal. Trusts the UpstreamRequest's host,
// which recognition took from the fixed table (R5). Sending is the UpstreamSender's.

import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCall, UpstreamRequest } from "../model/aws-call.ts";

export interface TargetCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch seconds; the first second at which AWS refuses it. */
  readonly expiresAt: number;
}

/** A request as it goes on the wire. */
export interface SignedUpstream {
  readonly method: string;
  readonly host: string;
  /** With the query, exactly as on the wire. */
  readonly path: string;
  /** Lower-case names, each once; `content-length` is the sender's to write. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** These sign the path as sent and carry the payload's hash as a header. */
const S3_SIGNING_NAMES: ReadonlySet<string> = new Set(["s3", "s3express", "s3-outposts", "s3-object-lambda"]);
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
/** Signed bytes and sent bytes must be the same, so no character that a client could write in two ways. */
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
/** SigV4 writes these itself; a second one would be two truths. */
const OWN_HEADERS =
  /^(host|authorization|date|x-amz-date|x-amz-security-token|x-amz-content-sha256|content-length)$/;
const USER_AGENT = "countersign";

/**
 * @param nowMs epoch milliseconds, from the caller
 * @throws Error when the model let through a header or query name that cannot be signed unambiguously
 */
export async function signUpstream(
  upstream: UpstreamRequest,
  call: Pick<AwsCall, "signingName" | "region">,
  credentials: TargetCredentials,
  nowMs: number,
): Promise<SignedUpstream> {
  const { method, host, path, query, body } = upstream;
  if (!/^\/[\x21-\x7e]*$/.test(path) || /[?#]/.test(path))
    throw new Error("the upstream path is not encoded");
  const headers = headersToSign(upstream);
  const isS3 = S3_SIGNING_NAMES.has(call.signingName);
  const signer = new SignatureV4({
    service: call.signingName,
    region: call.region,
    sha256: NodeSha256,
    uriEscapePath: !isS3,
    applyChecksum: isS3,
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      sessionToken: credentials.sessionToken,
    },
  });
  const unsigned = {
    method,
    protocol: "https:",
    hostname: host,
    path,
    query: queryBag(query),
    headers,
    body,
  };
  const signed = await signer.sign(unsigned, {
    signingDate: new Date(nowMs),
    signableHeaders: new Set(Object.keys(headers)),
  });
  return {
    method,
    host,
    path: query.length === 0 ? path : `${path}?${queryText(query)}`,
    // Unsigned on purpose: they say nothing about the call. Identity, since a compressed answer could not be masked.
    headers: { ...signed.headers, "user-agent": USER_AGENT, "accept-encoding": "identity" },
    body,
  };
}

function headersToSign({ host, headers }: UpstreamRequest): Record<string, string> {
  const signable: Record<string, string> = Object.create(null);
  signable.host = host;
  for (const [name, value] of headers) {
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value) || OWN_HEADERS.test(name) || name in signable) {
      throw new Error(`the upstream header \`${JSON.stringify(name)}\` cannot be signed`);
    }
    signable[name] = value;
  }
  return signable;
}

function queryBag(query: UpstreamRequest["query"]): Record<string, string[]> {
  const bag: Record<string, string[]> = Object.create(null);
  for (const [name, value] of query) {
    // The signer leaves the first out of the signature, and JavaScript reads the second as something else.
    if (/^x-amz-signature$/i.test(name) || name === "__proto__")
      throw new Error("the query name cannot be signed");
    bag[name] = [...(bag[name] ?? []), value];
  }
  return bag;
}

function queryText(query: UpstreamRequest["query"]): string {
  return query.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

/** RFC 3986: all but the unreserved characters, as SigV4's canonical query has it. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The hash interface that the signer asks for, over node:crypto. */
class NodeSha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", keyOf(secret));
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function keyOf(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === "string") return secret;
  if (secret instanceof ArrayBuffer) return new Uint8Array(secret);
  return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
}
