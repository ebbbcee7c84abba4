// Answers of AWS as its SDK for JavaScript would write them: values are made by the schemas that a client carries, and
// turned into bytes by the serializers that it carries for requests. Nothing here is of our own reader or its models.

import { createRequire } from "node:module";
import type { AwsAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";
import { SDK_CLIENTS, type SdkClient, sdkExports } from "../../../lib/models/sdk-clients.ts";
import { type SdkOperation, sdkMembers, sdkOperations } from "../../../lib/models/sdk-schema.ts";
import { inputOf, isStream } from "./sdk-values.ts";

interface Serializer {
  write(schema: unknown, value: unknown): void;
  flush(): string | Uint8Array;
}

interface SdkProtocol {
  getShapeId(): string;
  setSerdeContext(context: unknown): void;
  getPayloadCodec(): { createSerializer(): Serializer };
  serializeRequest(operation: object, value: unknown, context: object): Promise<SentParts>;
}

interface SentParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface SdkClientObject {
  readonly config: {
    readonly protocol: SdkProtocol;
    readonly eventStreamMarshaller?: {
      serialize(
        events: AsyncIterable<unknown>,
        write: (event: unknown) => unknown,
      ): AsyncIterable<Uint8Array>;
    };
  };
  send(command: object): Promise<Record<string, unknown>>;
}

export interface SdkService extends SdkClient {
  readonly exported: Readonly<Record<string, unknown>>;
  readonly operations: readonly SdkOperation[];
}

export const SDK_SERVICES: readonly SdkService[] = SDK_CLIENTS.map((client) => {
  const exported = sdkExports(client);
  return { ...client, exported, operations: sdkOperations(exported) };
});

export function sdkService(service: string): SdkService {
  const found = SDK_SERVICES.find((each) => each.service === service);
  if (found === undefined) throw new Error(`no client of ${service} is installed`);
  return found;
}

export function operationOf({ operations }: SdkService, name: string): SdkOperation {
  const found = operations.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found;
}

/** A client of the service with these settings. */
export function clientOf({ exported }: SdkService, settings: object): SdkClientObject {
  const name = Object.keys(exported).find((each) => /^[A-Z]\w*Client$/.test(each) && each !== "__Client");
  const Client = exported[name ?? ""] as new (settings: object) => SdkClientObject;
  return new Client(settings);
}

export function commandOf({ exported }: SdkService, operation: SdkOperation, more: object = {}): object {
  const Command = exported[`${operation.name}Command`] as new (input: unknown) => object;
  return new Command({ ...(inputOf(operation) as object), ...more });
}

const ofCloudFormation = createRequire(import.meta.resolve("@aws-sdk/client-cloudformation"));
/** What XML the clients of query and EC2 services read, they do not write: the XML serializer of their own core does. */
const { AwsSmithyRpcV2CborProtocol, XmlShapeSerializer } = ofCloudFormation("@aws-sdk/core/protocols") as {
  AwsSmithyRpcV2CborProtocol: new (settings: object) => SdkProtocol;
  XmlShapeSerializer: new (settings: object) => Serializer & { setSerdeContext(context: unknown): void };
};
const XML = {
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
  xmlNamespace: "urn:x",
  serviceNamespace: "x",
};

const SKIPPED =
  /^(content-length|content-encoding|x-amz-checksum-.*|host|x-amz-target|smithy-protocol|accept|content-md5)$/;

/** The answer that holds `value`, in the protocol that the client speaks. */
export async function answerHolding(
  client: SdkClientObject,
  operation: SdkOperation,
  value: unknown,
): Promise<AwsAnswer> {
  const { protocol } = client.config;
  const { output } = operation;
  const id = protocol.getShapeId();
  if (id.endsWith("awsQuery") || id.endsWith("ec2Query")) {
    return {
      status: 200,
      headers: [["content-type", "text/xml"]],
      body: queryBody(id, client, operation, value),
    };
  }
  const events = eventMember(operation);
  if (events !== undefined) return streamAnswer(client, events, value);
  const sent = await protocol.serializeRequest(
    {
      namespace: "x",
      name: operation.name,
      traits: { http: ["POST", "/", 200] },
      input: output ?? "unit",
      output: "unit",
    },
    value,
    { ...client.config, endpoint: async () => ({ protocol: "http:", hostname: "h", path: "/" }) },
  );
  const bytes = Buffer.from((sent.body as Uint8Array | undefined) ?? "");
  const headers = Object.entries(sent.headers).filter(([name]) => !SKIPPED.test(name.toLowerCase()));
  return { status: 200, headers: [...headers, ["content-length", String(bytes.length)]], body: bytes };
}

function queryBody(
  id: string,
  client: SdkClientObject,
  { name, output }: SdkOperation,
  value: unknown,
): Uint8Array {
  let inside = "";
  if (output !== undefined) {
    const serializer = new XmlShapeSerializer(XML);
    serializer.setSerdeContext(client.config);
    serializer.write(output, value);
    inside = String(serializer.flush())
      .replace(/^<[^>]*>/, "")
      .replace(/<\/[^>]*>$/, "");
    if (String(value) === "" || inside === "/>") inside = "";
  }
  const text = id.endsWith("ec2Query")
    ? `<${name}Response xmlns="urn:x">\n  <requestId>r</requestId>${inside}</${name}Response>`
    : `<${name}Response xmlns="urn:x"><${name}Result>${inside}</${name}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${name}Response>`;
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
}

interface EventMember {
  readonly name: string;
  readonly union: readonly unknown[];
}

/** The member that is a stream of events, with their union. */
export function eventMember({ output }: SdkOperation): EventMember | undefined {
  for (const { name, schema } of output === undefined ? [] : sdkMembers(output)) {
    if (Array.isArray(schema) && isStream(schema)) return { name, union: schema };
  }
  return undefined;
}

/** One event of each kind. */
async function streamAnswer(
  client: SdkClientObject,
  { name, union }: EventMember,
  value: unknown,
): Promise<AwsAnswer> {
  const events = (value as Record<string, Record<string, Record<string, unknown>>>)[name] ?? {};
  const write = (entry: unknown) => {
    const [kind, event] = entry as [string, Record<string, unknown>];
    return eventOf(client, union, kind, event);
  };
  async function* each() {
    yield* Object.entries(events);
  }
  const parts: Uint8Array[] = [];
  for await (const part of client.config.eventStreamMarshaller?.serialize(each(), write) ?? [])
    parts.push(part);
  return {
    status: 200,
    headers: [["content-type", "application/vnd.amazon.eventstream"]],
    body: Buffer.concat(parts),
  };
}

function eventOf(
  client: SdkClientObject,
  union: readonly unknown[],
  name: string,
  event: Record<string, unknown>,
) {
  const text = (value: string) => ({ type: "string", value });
  const headers: Record<string, unknown> = { ":message-type": text("event"), ":event-type": text(name) };
  const schema = sdkMembers(union).find((member) => member.name === name)?.schema as readonly unknown[];
  const payload = sdkMembers(schema).find(({ traits }) => traits.eventPayload);
  for (const member of sdkMembers(schema)) {
    if (member.traits.eventHeader && event[member.name] !== undefined)
      headers[member.name] = text(String(event[member.name]));
  }
  const own = payload === undefined ? event : event[payload.name];
  if (own instanceof Uint8Array) return { headers, body: own };
  if (typeof own === "string") return { headers, body: Buffer.from(own) };
  const serializer = client.config.protocol.getPayloadCodec().createSerializer();
  serializer.write(payload?.schema ?? schema, own ?? {});
  return { headers, body: Buffer.from(serializer.flush() as string) };
}

/** For a client that can speak CBOR and by itself does not. */
export function cborProtocol(service: string): SdkProtocol {
  return new AwsSmithyRpcV2CborProtocol({ defaultNamespace: `com.amazonaws.${service}` });
}
