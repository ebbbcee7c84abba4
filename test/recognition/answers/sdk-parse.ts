// What a client of the SDK makes of an answer's bytes: the whole way through its middleware, from a handler that sends
// nothing. Streams are read to their end, so that two results can be compared.

import { Readable } from "node:stream";
import type { AwsAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";
import type { SdkOperation } from "../../../lib/models/sdk-schema.ts";
import { clientOf, commandOf, type SdkClientObject, type SdkService } from "./sdk-wire.ts";

export interface Parser {
  readonly client: SdkClientObject;
  /** The output, or the error that the client throws, as plain values. */
  parse(operation: SdkOperation, answer: AwsAnswer, input?: object): Promise<Record<string, unknown>>;
}

export function parserOf(service: SdkService, settings: object = {}): Parser {
  let next: AwsAnswer | undefined;
  const client = clientOf(service, {
    region: "eu-west-1",
    endpoint: "http://gateway.example",
    credentials: { accessKeyId: "CSGNTEST", secretAccessKey: "not-a-secret" },
    maxAttempts: 1,
    forcePathStyle: true,
    ...settings,
    requestHandler: {
      handle: async () => ({ response: responseOf(next) }),
      metadata: { handlerProtocol: "http/1.1" },
    },
  });
  return {
    client,
    async parse(operation, answer, input) {
      next = answer;
      const { $metadata, ...output } = await client.send(commandOf(service, operation, input));
      return (await settled(output)) as Record<string, unknown>;
    },
  };
}

function responseOf(answer: AwsAnswer | undefined) {
  if (answer === undefined) throw new Error("no answer was given");
  const body = answer.body.length === 0 ? [] : [Buffer.from(answer.body)];
  return {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: Readable.from(body),
  };
}

/** Streams become bytes, streams of events become lists. */
export async function settled(value: unknown): Promise<unknown> {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  if (value instanceof Readable) {
    const parts: Buffer[] = [];
    for await (const part of value) parts.push(Buffer.from(part as Uint8Array));
    return Buffer.concat(parts).toString("latin1");
  }
  if (Symbol.asyncIterator in value) {
    const events: unknown[] = [];
    for await (const event of value as AsyncIterable<unknown>) events.push(await settled(event));
    return events;
  }
  if (Array.isArray(value)) return Promise.all(value.map(settled));
  const entries = await Promise.all(
    Object.entries(value).map(async ([name, inner]) => [name, await settled(inner)] as const),
  );
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}
