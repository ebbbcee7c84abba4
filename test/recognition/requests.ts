// Requests for the recogniser's tests: made by hand, or by an unmodified SDK client whose sending is caught.

import { modelFiles } from "../../lambdas/boundary/model-files.ts";
import type { AwsCall } from "../../lambdas/model/aws-call.ts";
import type { Refusal } from "../../lambdas/model/refusal.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { type Recognition, recognise } from "../../lambdas/recognition/recognise.ts";

export const models = modelFiles(new URL("../../lambdas/recognition/models", import.meta.url).pathname);

export const TARGET = { account: "111122223333", partition: "aws" };

export interface RequestParts {
  readonly method?: string;
  readonly path?: string;
  readonly query?: SignedRequest["query"];
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly region?: string;
}

export function request(signingName: string, parts: RequestParts): SignedRequest {
  const { method = "POST", path = "/", query = [], headers = {}, body = "", region = "eu-west-1" } = parts;
  return {
    method,
    path,
    query,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
    signingName,
    region,
  };
}

export function jsonRequest(
  signingName: string,
  target: string,
  body: string,
  version = "1.1",
): SignedRequest {
  return request(signingName, {
    headers: { "x-amz-target": target, "content-type": `application/x-amz-json-${version}` },
    body,
  });
}

export function formRequest(signingName: string, body: string): SignedRequest {
  return request(signingName, {
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
  });
}

export function recognised(signed: SignedRequest): AwsCall {
  const found: Recognition = recognise(signed, TARGET, models);
  if (found.kind === "refused") throw new Error(`refused: ${found.message}`);
  return found.call;
}

export function refused(signed: SignedRequest): Refusal {
  const found: Recognition = recognise(signed, TARGET, models);
  if (found.kind === "recognised")
    throw new Error(`recognised as ${found.call.service}:${found.call.operation}`);
  return found;
}

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | null | readonly (string | null)[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkClient {
  send(command: never): Promise<unknown>;
}

class Caught extends Error {
  readonly sent: SentRequest;

  constructor(sent: SentRequest) {
    super("caught");
    this.sent = sent;
  }
}

/** Settings for an SDK client whose requests never leave: they are caught by `sentBy`. */
export const CAUGHT = {
  region: "eu-west-1",
  endpoint: "http://gateway.example/aws",
  credentials: { accessKeyId: "CSGNTEST", secretAccessKey: "not-a-secret", sessionToken: "not-a-token" },
  maxAttempts: 1,
  requestHandler: {
    handle(sent: SentRequest): Promise<never> {
      return Promise.reject(new Caught(sent));
    },
    metadata: { handlerProtocol: "http/1.1" },
  },
};

/** What an SDK client signs and would send, as ingress and signature check hand it to recognition. */
export async function sentBy(client: SdkClient, command: object): Promise<SignedRequest> {
  const caught = await client.send(command as never).then(
    () => undefined,
    (cause: unknown) => (cause instanceof Caught ? cause : Promise.reject(cause)),
  );
  if (!caught) throw new Error("the client sent nothing");
  const { method, path, query = {}, headers, body } = caught.sent;
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "");
  const signed = new Set(/SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? []);
  return {
    method,
    path: path.replace(/^\/aws(?=\/|$)/, "") || "/",
    query: Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each ?? ""]),
    ),
    headers: new Map(
      Object.entries(headers)
        .map(([name, value]): [string, string[]] => [name.toLowerCase(), [value]])
        .filter(([name]) => signed.has(name)),
    ),
    body: toBytes(body),
    signingName: scope?.[2] ?? "",
    region: scope?.[1] ?? "",
  };
}

function toBytes(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  throw new Error("the body of a caught request is a stream");
}
