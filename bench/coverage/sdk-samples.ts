// The requests of the installed clients of the AWS SDK for JavaScript v3: every operation that a client exports, caught
// by its request handler after signing. Nothing is sent.

import { type SdkClient, sdkExports } from "../../lib/models/sdk-clients.ts";
import { type SdkOperation, sdkOperations } from "../../lib/models/sdk-schema.ts";
import { asSigned, type CaughtRequest, type Sample, type Unsent } from "./sample.ts";
import { SdkInputs } from "./sdk-inputs.ts";

const MAX_VARIANTS = 40;

interface Sending {
  send(command: object): Promise<unknown>;
}
interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | null | readonly (string | null)[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

class Caught extends Error {
  readonly sent: SentRequest;

  constructor(sent: SentRequest) {
    super("caught");
    this.sent = sent;
  }
}

const SETTINGS = {
  region: "eu-west-1",
  endpoint: "http://127.0.0.1:1/aws",
  credentials: { accessKeyId: "CSGNTEST", secretAccessKey: "not-a-secret", sessionToken: "not-a-token" },
  maxAttempts: 1,
  forcePathStyle: true,
  useQueueUrlAsEndpoint: false,
  logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  requestHandler: {
    handle: (sent: SentRequest): Promise<never> => Promise.reject(new Caught(sent)),
    metadata: { handlerProtocol: "http/1.1" },
  },
};

/** Every operation of one client, in every variant that its schema calls for. */
export async function* sdkSamples(sdk: SdkClient): AsyncGenerator<Sample | Unsent> {
  const { service, signingName } = sdk;
  const exported = sdkExports(sdk);
  const client = new (clientClass(exported))(SETTINGS);
  for (const { name: operation, input } of sdkOperations(exported)) {
    const Command = exported[`${operation}Command`] as new (input: object) => object;
    for (const [variant, given] of variantsOf(input)) {
      const facts = { service, operation, variant };
      const caught = await caughtFrom(client, new Command(structuredClone(given)));
      yield typeof caught === "string"
        ? { ...facts, unsent: caught }
        : { ...facts, given, ...asSigned(caught, signingName) };
    }
  }
}

function clientClass(exported: Record<string, unknown>): new (settings: object) => Sending {
  const found = Object.entries(exported).find(([name]) => /^[A-Z]\w*Client$/.test(name));
  if (!found) throw new Error("the package exports no client");
  return found[1] as new (
    settings: object,
  ) => Sending;
}

function* variantsOf(input: SdkOperation["input"]): Generator<readonly [string, Sample["given"]]> {
  const inputs = new SdkInputs(input);
  yield ["required", inputs.make(false)];
  yield ["every", inputs.make(true)];
  yield ["odd", inputs.make(true, true)];
  for (let number = 0; number < MAX_VARIANTS; number += 1) {
    const given = inputs.make(true, true);
    if (inputs.newArms === 0) return;
    yield [`arms-${number}`, given];
  }
}

async function caughtFrom(client: Sending, command: object): Promise<CaughtRequest | string> {
  const cause: unknown = await client.send(command).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(cause instanceof Caught)) return String(cause);
  const { method, path, query = {}, headers, body } = cause.sent;
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, each ?? ""]),
  );
  const bytes = bytesOf(body);
  return bytes === undefined ? "the body is a stream" : { method, path, query: pairs, headers, body: bytes };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return Buffer.from(body);
  return body instanceof Uint8Array ? body : undefined;
}
