// Parses the body of `POST /api/explain`: which request, under which role, and for an administrator by which agent. Strict:
// unknown members and wrong types are refused. The request is what `countersign recognise` takes: one that a client signed
// for AWS. Its signature is not checked, only signed headers count, and nothing of it is ever sent.

import { parseRoleArn, type RoleArn } from "../../model/ids.ts";
import type { Claims, Principal } from "../../model/principal.ts";
import { type Refusal, refuse } from "../../model/refusal.ts";
import type { SignedRequest } from "../../model/signed-request.ts";
import type { QueryParameter, WireHeaders } from "../../model/wire-request.ts";
import { type JsonValue, parseJson } from "../../recognition/json.ts";
import { Malformed } from "../../recognition/malformed.ts";

export interface ExplainQuestion {
  readonly kind: "question";
  readonly role: RoleArn;
  readonly request: SignedRequest;
  /** Whom to ask about; `undefined`: who asks. */
  readonly agent: Principal | undefined;
  /** Of every resource whose tags the policies read; `undefined`: not known. */
  readonly tags: Readonly<Record<string, string>> | undefined;
}

type JsonObject = ReadonlyMap<string, JsonValue>;

/** Thrown only inside this file: a fault deep in the body ends the parse. */
class Fault extends Error {}

const SCOPE = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]{1,32})\/([A-Za-z0-9._-]{1,64})\/aws4_request(?:,|\s|$)/;
const SIGNED_HEADERS = /SignedHeaders=([a-z0-9;-]+)/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** SDKs that talk to AWS itself put the bucket into the host name. */
const BUCKET_HOST =
  /^([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?(?::443)?$/;

export function parseExplainQuestion(body: Uint8Array): ExplainQuestion | Refusal {
  try {
    const members = objectOf(parseJson(body), "the body", ["role", "request", "agent", "tags"]);
    const role = parseRoleArn(textOf(members.get("role"), "role"));
    if (role === undefined) throw new Fault("`role` is not the ARN of one IAM role");
    const agent = members.get("agent");
    const tags = members.get("tags");
    return {
      kind: "question",
      role,
      request: requestOf(members.get("request")),
      agent: agent === undefined ? undefined : agentOf(agent),
      tags: tags === undefined ? undefined : textsByName(tags, "tags"),
    };
  } catch (cause) {
    if (cause instanceof Fault || cause instanceof Malformed) return refuse("ValidationError", cause.message);
    throw cause;
  }
}

function requestOf(value: JsonValue | undefined): SignedRequest {
  const members = objectOf(value, "request", ["method", "path", "query", "headers", "body"]);
  const headers = headersOf(members.get("headers"));
  const authorization = headers.get("authorization")?.join() ?? "";
  const [, region, signingName] = SCOPE.exec(authorization) ?? [];
  const names = SIGNED_HEADERS.exec(authorization)?.[1];
  if (region === undefined || signingName === undefined || names === undefined) {
    throw new Fault(
      "`request.headers` has no sigv4 `authorization`: it says which service and region are meant",
    );
  }
  const path = textOf(members.get("path"), "request.path");
  if (!path.startsWith("/") || path.includes("?")) {
    throw new Fault("`request.path` begins with `/` and holds no query: that is `request.query`");
  }
  const body = textOf(members.get("body") ?? "", "request.body");
  if (!BASE64.test(body)) throw new Fault("`request.body` is not base64");
  const bucket = signingName === "s3" ? BUCKET_HOST.exec(headers.get("host")?.join() ?? "")?.[1] : undefined;
  const signed = new Set(names.split(";"));
  return {
    method: textOf(members.get("method"), "request.method"),
    path,
    query: queryOf(members.get("query")),
    headers: new Map([...headers].filter(([name]) => signed.has(name) && name !== "authorization")),
    body: Buffer.from(body, "base64"),
    signingName,
    region,
    hostPrefix: bucket === undefined ? "" : `${bucket}.`,
  };
}

/** A list of pairs, or an object of texts. Both hold decoded text. */
function queryOf(value: JsonValue | undefined): readonly QueryParameter[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return Object.entries(textsByName(value, "request.query"));
  return value.map((pair): QueryParameter => {
    const [name, text] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    return [textOf(name, "request.query"), textOf(text, "request.query")];
  });
}

function headersOf(value: JsonValue | undefined): WireHeaders {
  const headers = new Map<string, readonly string[]>();
  for (const [name, held] of anyObject(value, "request.headers")) {
    const values = Array.isArray(held) ? held : [held];
    const lower = name.toLowerCase();
    if (headers.has(lower)) throw new Fault("`request.headers` has a name twice, in two spellings");
    headers.set(
      lower,
      values.map((each) => textOf(each, "request.headers")),
    );
  }
  return headers;
}

function agentOf(value: JsonValue): Principal {
  const members = objectOf(value, "agent", ["issuer", "subject", "groups", "claims"]);
  const claims: Record<string, Claims[string]> = Object.create(null);
  for (const [name, held] of anyObject(members.get("claims") ?? new Map(), "agent.claims")) {
    claims[name] = claimOf(held);
  }
  return {
    issuer: textOf(members.get("issuer"), "agent.issuer"),
    subject: textOf(members.get("subject"), "agent.subject"),
    groups: textsOf(members.get("groups") ?? [], "agent.groups"),
    claims,
  };
}

function claimOf(value: JsonValue): Claims[string] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return textsOf(value, "agent.claims");
}

function objectOf(value: JsonValue | undefined, what: string, known: readonly string[]): JsonObject {
  const members = anyObject(value, what);
  for (const name of members.keys()) {
    if (!known.includes(name))
      throw new Fault(`\`${what}\` holds a member that is none of ${known.join(", ")}`);
  }
  return members;
}

function anyObject(value: JsonValue | undefined, what: string): JsonObject {
  if (value instanceof Map) return value;
  throw new Fault(`\`${what}\` is no JSON object`);
}

function textsByName(value: JsonValue, what: string): Readonly<Record<string, string>> {
  const texts: Record<string, string> = Object.create(null);
  for (const [name, held] of anyObject(value, what)) texts[name] = textOf(held, what);
  return texts;
}

function textsOf(value: JsonValue, what: string): readonly string[] {
  if (!Array.isArray(value)) throw new Fault(`\`${what}\` is no list`);
  return value.map((each) => textOf(each, what));
}

function textOf(value: JsonValue | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw new Fault(`\`${what}\` is missing, or no text`);
}
