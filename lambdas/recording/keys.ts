// Names the records: which key an Intent and an Outcome lie under, and what makes two calls the same call. The intent's
// key is the guard against double execution (R4), so everything that changes what AWS would do is in the fingerprint.
// Pure. Every text in here is caller-controlled: parts are length-prefixed before they are hashed, never just joined.

import { createHash, type Hash } from "node:crypto";
import type { AwsCall, NumberText, ParameterValue } from "../model/aws-call.ts";
import { parseSessionId, type RoleArn, type SessionId } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import type { CallPhase, Order, Reading } from "../model/record.ts";
import type { WireRequest } from "../model/wire-request.ts";

const SESSION = "SESSION#";
const DAY_SHARDS = 16;
const CALL_ITEM = /^CALL#([0-9a-f]{64})(?:#(\d{1,3}))?#(INTENT|OUTCOME)$/;

/**
 * What ties the retries of one call together: the SDK's invocation id, or, where none came, the signature. A call that an
 * approval lets run is named by the approval, so that it runs once, whoever sends it.
 */
export type CallIdentity =
  | { readonly kind: "invocation"; readonly id: string }
  | { readonly kind: "approval"; readonly id: string }
  | { readonly kind: "signature"; readonly signature: string };

export interface CallKey {
  readonly session: SessionId;
  /** sha256 of call identity and fingerprint, hex. */
  readonly hash: string;
  /** 1, and one more for each Outcome that says that the call certainly did not run. */
  readonly attempt: number;
}

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** sha256, hex, of who asks for what under which role: the same for each retry, another for any other call. */
export function fingerprintOf(principal: Principal, role: RoleArn, call: AwsCall, body: Uint8Array): string {
  const { upstream } = call;
  const hash = hashOf("countersign fingerprint 1");
  add(hash, [
    principal.issuer,
    principal.subject,
    role,
    call.service,
    call.operation,
    call.region,
    call.account,
  ]);
  add(hash, [upstream.method, upstream.host, upstream.path, ...upstream.query.flat()]);
  add(hash, upstream.headers.flat());
  add(hash, [body]);
  return hash.digest("hex");
}

/**
 * What an approval is bound to: as `fingerprintOf`, but for the idempotency tokens that SDKs make anew for each run of the
 * same program. A call with such tokens is told by its typed parameters without them, any other by its bytes.
 */
export function heldFingerprintOf(principal: Principal, role: RoleArn, call: AwsCall): string {
  const tokens = call.idempotencyTokens.filter((name) => Object.hasOwn(call.parameters, name));
  if (tokens.length === 0) return fingerprintOf(principal, role, call, call.upstream.body);
  const { service, operation, region, account, upstream } = call;
  const hash = hashOf("countersign held fingerprint 1");
  add(hash, [principal.issuer, principal.subject, role, service, operation, region, account]);
  add(hash, [upstream.method, upstream.host, call.protocol]);
  // AWS may read the same payload in another way under another type; where it is no parameter nothing else tells of it.
  add(
    hash,
    upstream.headers.flatMap(([name, value]) => (name === "content-type" ? [value] : [])),
  );
  const rest = Object.entries(call.parameters).filter(([name]) => !tokens.includes(name));
  return addValue(hash, Object.assign(Object.create(null), Object.fromEntries(rest))).digest("hex");
}

/** What the approval of a role's use is bound to. */
export function heldSessionFingerprintOf(session: SessionId): string {
  return add(hashOf("countersign held session 1"), [session]).digest("hex");
}

/** The name under which a call's answer is kept. Of all its attempts only the last one has an answer that counts. */
export function answerNameOf({ session, hash }: CallKey): string {
  return add(hashOf("countersign answer 1"), [session, hash]).digest("hex");
}

/** The key of a call's first attempt. An invocation id counts only within its own session and fingerprint (R3). */
export function callKeyOf(session: SessionId, identity: CallIdentity, fingerprint: string): CallKey {
  const name = identity.kind === "signature" ? identity.signature : identity.id;
  const hash = add(hashOf("countersign call 1"), [identity.kind, name, fingerprint]);
  return { session, hash: hash.digest("hex"), attempt: 1 };
}

/** The key of the next attempt of the same call. Only for a call whose Outcome says that it did not run. */
export function nextAttempt(key: CallKey): CallKey {
  return { ...key, attempt: key.attempt + 1 };
}

/** sha256, hex, of the request as the client signed it, in one canonical form. */
export function requestDigest(wire: WireRequest): string {
  const headers = [...wire.headers].sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = hashOf("countersign request 1");
  add(hash, [wire.method, wire.path]);
  add(hash, wire.query.flat());
  for (const [name, values] of headers) add(hash, [name, ...values]);
  add(hash, [wire.body]);
  return hash.digest("hex");
}

export function openItemKey(session: SessionId): ItemKey {
  return { pk: sessionPartition(session), sk: "OPEN" };
}

export function callItemKey({ session, hash, attempt }: CallKey, phase: CallPhase): ItemKey {
  const suffix = attempt === 1 ? "" : `#${attempt}`;
  return { pk: sessionPartition(session), sk: `CALL#${hash}${suffix}#${phase}` };
}

/** The call and phase that an item of a call is named by; `undefined` for any other item. */
export function callOfItem({
  pk,
  sk,
}: ItemKey): { readonly key: CallKey; readonly phase: CallPhase } | undefined {
  const session = pk.startsWith(SESSION) ? parseSessionId(pk.slice(SESSION.length)) : undefined;
  const [, hash, attempt = "1", phase] = CALL_ITEM.exec(sk) ?? [];
  if (session === undefined || hash === undefined || phase === undefined) return undefined;
  return { key: { session, hash, attempt: Number(attempt) }, phase: phase as CallPhase };
}

/**
 * Where a refusal lies: in its session, or by day and shard where there is none. One per gateway request, so that a
 * refusal never stands in the way of the Outcome of a later attempt.
 */
export function refusalItemKey(session: SessionId | null, at: string, gatewayRequestId: string): ItemKey {
  const sk = `REFUSAL#${at}#${gatewayRequestId}`;
  if (session !== null) return { pk: sessionPartition(session), sk };
  return { pk: `REFUSED#${dayOf(at)}#${dayShard(gatewayRequestId)}`, sk };
}

/** Where a look lies: by day and shard. */
export function readingItemKey({ at, gatewayRequestId }: Reading): ItemKey {
  return {
    pk: `READ#${dayOf(at)}#${dayShard(gatewayRequestId)}`,
    sk: `READ#${at}#${gatewayRequestId}`,
  };
}

/** Where an order lies: with the session that it is about, or by day. */
export function orderItemKey({ at, gatewayRequestId, target }: Order): ItemKey {
  const session = target.kind === "session" ? parseSessionId(target.id ?? "") : undefined;
  const pk = session === undefined ? `ORDER#${dayOf(at)}` : sessionPartition(session);
  return { pk, sk: `ORDER#${at}#${gatewayRequestId}` };
}

function dayOf(at: string): string {
  return at.slice(0, "2026-01-01".length);
}

function dayShard(gatewayRequestId: string): number {
  return (createHash("sha256").update(gatewayRequestId).digest()[0] ?? 0) % DAY_SHARDS;
}

function sessionPartition(session: SessionId): string {
  return `${SESSION}${session}`;
}

function hashOf(purpose: string): Hash {
  return add(createHash("sha256"), [purpose]);
}

/** Adds a list so that no other list of parts gives the same bytes: its length, then each part's length and bytes. */
function add(hash: Hash, parts: readonly (string | Uint8Array)[]): Hash {
  hash.update(`${parts.length};`);
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part, "utf8") : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash;
}

/** Told by its prototype: a document may hold an object with the very same members (recognition gives trees none). */
function isNumberText(value: ParameterValue): value is NumberText {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    "kind" in value &&
    value.kind === "number"
  );
}

/** Adds a typed value so that no other value gives the same bytes: its type, then its parts, members sorted by name. */
function addValue(hash: Hash, value: ParameterValue): Hash {
  if (value === null) return add(hash, ["null"]);
  if (value instanceof Uint8Array) return add(hash, ["bytes", value]);
  if (isNumberText(value)) return add(hash, ["digits", value.text]);
  if (typeof value !== "object") return add(hash, [typeof value, String(value)]);
  if (Array.isArray(value)) {
    add(hash, ["list", String(value.length)]);
    for (const item of value as readonly ParameterValue[]) addValue(hash, item);
    return hash;
  }
  const members = Object.entries(value as Readonly<Record<string, ParameterValue>>);
  members.sort(([one], [other]) => (one < other ? -1 : 1));
  add(hash, ["tree", ...members.map(([name]) => name)]);
  for (const [, member] of members) addValue(hash, member);
  return hash;
}
