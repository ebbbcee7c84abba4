// Reads requests of the protocols that name their operation: JSON by X-Amz-Target, query and EC2 by Action and Version,
// CBOR by its path. The wire decides which protocol it is, from signed facts only; a contradiction is refused.

import { gunzipSync } from "node:zlib";
import type { ParameterTree, Protocol } from "../model/aws-call.ts";
import type { SignedRequest } from "../model/signed-request.ts";
import { treeFromCbor } from "./cbor.ts";
import { treeFromForm } from "./decode-form.ts";
import { treeFromJson } from "./decode-json.ts";
import { formTree, parseForm } from "./form.ts";
import { contentEncoding, isHarmless, mediaType, singleHeaders, unknownHeader } from "./headers.ts";
import { parseJson } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";
import type { OperationModel, ServiceModel } from "./model.ts";
import type { Reading } from "./reading.ts";

const FORM = "application/x-www-form-urlencoded";
const MAX_INFLATED = 10 * 1024 * 1024;
const MAX_RATIO = 20;
const PROTOCOL_HEADERS = new Set([
  "content-type",
  "x-amz-target",
  "smithy-protocol",
  "x-amzn-query-mode",
  "content-md5",
]);

interface RpcRequest {
  readonly request: SignedRequest;
  readonly headers: ReadonlyMap<string, string>;
  /** The body after removal of a modelled compression. */
  readonly content: Uint8Array;
}

/** Every reading by an RPC protocol, or `undefined` when the request is not one of these. */
export function readRpc(request: SignedRequest, services: readonly ServiceModel[]): Reading[] | undefined {
  const headers = singleHeaders(request.headers);
  const [smithy, target] = [headers.get("smithy-protocol"), headers.get("x-amz-target")];
  if (smithy !== undefined && target !== undefined) {
    throw new Malformed("the request names its operation by `smithy-protocol` and by `x-amz-target`");
  }
  const speaks = (protocol: RegExp) =>
    services.some(({ protocols }) => protocols.some((own) => protocol.test(own)));
  const isForm = mediaTypeOrNone(headers) === FORM && speaks(/^(?:query|ec2)$/);
  if (smithy === undefined && target === undefined && !isForm) return undefined;
  if (isForm && (smithy !== undefined || target !== undefined)) {
    throw new Malformed("the request is a form, but names its operation by a header too");
  }
  const rpc: RpcRequest = { request, headers, content: inflate(request.body, headers) };
  refuseOddFrame(rpc);
  if (smithy !== undefined) return readCbor(rpc, services, smithy);
  return target === undefined ? readForm(rpc, services) : readJson(rpc, services, target);
}

function mediaTypeOrNone(headers: ReadonlyMap<string, string>): string | undefined {
  const sent = headers.get("content-type");
  return sent?.toLowerCase().startsWith(FORM) ? mediaType(sent) : undefined;
}

function refuseOddFrame({ request, headers }: RpcRequest): void {
  if (request.method !== "POST") throw new Malformed(`an operation of this protocol is called by POST only`);
  if (request.query.length > 0) throw new Malformed("the request has query parameters besides its body");
  for (const name of headers.keys()) {
    if (!PROTOCOL_HEADERS.has(name) && name !== "content-encoding" && !isHarmless(name))
      throw unknownHeader(name);
  }
}

/** CloudWatch's SDKs compress large bodies. Bounded by size and ratio: a bomb is refused before it is unpacked. */
function inflate(body: Uint8Array, headers: ReadonlyMap<string, string>): Uint8Array {
  const coding = contentEncoding(headers.get("content-encoding"));
  if (coding === undefined) return body;
  if (coding !== "gzip") throw new Malformed(`the content encoding ${shown(coding)} is not supported`);
  try {
    return gunzipSync(body, {
      maxOutputLength: Math.min(MAX_INFLATED, Math.max(1024, body.length * MAX_RATIO)),
    });
  } catch {
    throw new Malformed("the compressed body is broken, or unpacks to more than 20 times its size or 10 MB");
  }
}

function readJson(rpc: RpcRequest, services: readonly ServiceModel[], target: string): Reading[] {
  const dot = target.lastIndexOf(".");
  const [prefix, name] = [target.slice(0, dot), target.slice(dot + 1)];
  const media = mediaType(rpc.headers.get("content-type"));
  const protocol = media === "application/x-amz-json-1.0" ? "json-1.0" : "json-1.1";
  if (media !== `application/x-amz-${protocol}`) {
    throw new Malformed("a call by `x-amz-target` has the content type application/x-amz-json-1.0 or -1.1");
  }
  if (rpc.request.path !== "/") throw new Malformed("a call by `x-amz-target` has the path `/`");
  const fitting = services.filter(({ file }) => file.target === prefix && speaksJson(file.protocols));
  if (fitting.some(({ protocols }) => !protocols.includes(protocol))) {
    throw new Malformed(`the content type does not belong to the protocol of ${shown(target)}`);
  }
  const operations = operationsNamed(fitting, name);
  if (operations.length === 0) throw unknown(rpc, target);
  const value = parseJson(rpc.content);
  const decode = ({ input }: OperationModel) => (input ? treeFromJson(value, input, "") : emptyJson(value));
  return readings(rpc, operations, protocol, decode);
}

function speaksJson(protocols: readonly Protocol[]): boolean {
  return protocols.includes("json-1.0") || protocols.includes("json-1.1");
}

function emptyJson(value: unknown): ParameterTree {
  if (value instanceof Map && value.size === 0) return {};
  throw new Malformed("this operation takes no parameters, but its body holds some");
}

function readForm(rpc: RpcRequest, services: readonly ServiceModel[]): Reading[] {
  if (rpc.request.path !== "/") throw new Malformed("a call by `Action` has the path `/`");
  const fields = parseForm(rpc.content);
  const [name, version] = [fields.get("Action"), fields.get("Version")];
  if (name === undefined || version === undefined)
    throw new Malformed("the form misses `Action` or `Version`");
  fields.delete("Action");
  fields.delete("Version");
  const fitting = services.filter(
    ({ file, protocols }) =>
      file.version === version && protocols.some((own) => own === "query" || own === "ec2"),
  );
  const operations = operationsNamed(fitting, name);
  if (operations.length === 0) throw unknown(rpc, `${name} of ${version}`);
  const tree = formTree(fields);
  const protocol = fitting.some(({ protocols }) => protocols.includes("ec2")) ? "ec2" : "query";
  return readings(rpc, operations, protocol, ({ input }) => {
    if (input) return treeFromForm(tree, input, protocol, "");
    if (tree.size > 0) throw new Malformed("this operation takes no parameters, but the form holds some");
    return {};
  });
}

const CBOR_PATH = /^\/service\/([A-Za-z0-9_]{1,100})\/operation\/([A-Za-z0-9_]{1,100})$/;

function readCbor(rpc: RpcRequest, services: readonly ServiceModel[], smithy: string): Reading[] {
  if (smithy !== "rpc-v2-cbor") throw new Malformed(`the protocol ${shown(smithy)} is not supported`);
  const [, target, name = ""] = CBOR_PATH.exec(rpc.request.path) ?? [];
  const fitting = services.filter(
    ({ file, protocols }) => file.target === target && protocols.includes("rpc-v2-cbor"),
  );
  const operations = operationsNamed(fitting, name);
  if (target === undefined || operations.length === 0) throw unknown(rpc, rpc.request.path);
  const media = mediaType(rpc.headers.get("content-type"));
  const empty = rpc.content.length === 0;
  if (media !== "application/cbor" && !(empty && media === undefined)) {
    throw new Malformed("a call by rpc-v2-cbor has the content type application/cbor");
  }
  return readings(rpc, operations, "rpc-v2-cbor", ({ input }) => {
    if (empty) return {};
    return treeFromCbor(rpc.content, input ?? { kind: "structure", members: [], byWire: () => new Map() });
  });
}

function operationsNamed(services: readonly ServiceModel[], name: string): OperationModel[] {
  return services.flatMap((service) => service.operation(name) ?? []);
}

function unknown({ request }: RpcRequest, seen: string): Malformed {
  return new Malformed(
    `no operation of ${shown(request.signingName)} is called ${shown(seen)}; ` +
      "if it is newer than the model, run `npm run models`",
    "UnknownOperation",
  );
}

/** Services that share a signing name may share an operation: each that can read the body is a reading. */
function readings(
  { request, headers }: RpcRequest,
  operations: readonly OperationModel[],
  protocol: Protocol,
  decode: (operation: OperationModel) => ParameterTree,
): Reading[] {
  const found: Reading[] = [];
  let refusal: Malformed | undefined;
  for (const operation of operations) {
    try {
      found.push({
        operation,
        protocol,
        parameters: decode(operation),
        method: "POST",
        path: request.path,
        query: [],
        headers: protocolHeaders(headers, protocol),
      });
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause;
      refusal ??= cause;
    }
  }
  if (found.length === 0 && refusal) throw refusal;
  return found;
}

function protocolHeaders(
  headers: ReadonlyMap<string, string>,
  protocol: Protocol,
): (readonly [string, string])[] {
  const kept = [...headers].filter(([name]) => PROTOCOL_HEADERS.has(name) || name === "content-encoding");
  const coding = contentEncoding(headers.get("content-encoding"));
  const named = kept.flatMap(([name, value]): (readonly [string, string])[] => {
    if (name !== "content-encoding") return [[name, value]];
    return coding === undefined ? [] : [[name, coding]];
  });
  return protocol === "rpc-v2-cbor" ? [...named, ["accept", "application/cbor"]] : named;
}
