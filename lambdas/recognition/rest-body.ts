// Reads the body of a REST operation: a payload member, or the members that are left for a JSON or XML document.

import type { ParameterTree, ParameterValue } from "../model/aws-call.ts";
import { documentFromJson, treeFromJson, unknownMember } from "./decode-json.ts";
import { treeFromXml } from "./decode-xml.ts";
import { contentEncoding, mediaType } from "./headers.ts";
import { decodeUtf8, parseJson } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";
import type { OperationModel } from "./model.ts";
import type { Member, StructureType } from "./shapes.ts";
import { parseXml } from "./xml.ts";

const JSON_TYPES = new Set([undefined, "application/json"]);
const XML_TYPES = new Set([undefined, "application/xml", "text/xml", "application/octet-stream"]);

export function readBody(
  operation: OperationModel,
  body: Uint8Array,
  headers: ReadonlyMap<string, string>,
): ParameterTree {
  const { input } = operation;
  const payload = input?.members.find((member) => member.payload);
  if (payload) return readPayload(operation, payload, body, headers);
  const inBody = input?.members.some(({ location }) => location === "body") ?? false;
  if (body.length === 0) return {}; // then the encoding is data: CopyObject's of the new object
  if (contentEncoding(headers.get("content-encoding")) !== undefined) {
    throw new Malformed("a compressed body is not supported for this operation");
  }
  if (!input || !inBody) return readEmpty(body);
  return readDocument(operation, input, operation.xmlRoot, body, headers);
}

/** Some SDKs send `{}` where nothing is asked for. It says nothing, whoever reads it. */
function readEmpty(body: Uint8Array): ParameterTree {
  if (body.length === 2 && body[0] === 0x7b && body[1] === 0x7d) return {};
  throw new Malformed("this operation has no body, but one was sent");
}

function readPayload(
  operation: OperationModel,
  payload: Member,
  body: Uint8Array,
  headers: ReadonlyMap<string, string>,
): ParameterTree {
  const { type } = payload;
  if (body.length === 0) return {};
  if (type.kind === "structure") {
    const root = payload.wire === payload.name ? undefined : payload.wire;
    return one(payload, readDocument(operation, type, root ?? payload.name, body, headers));
  }
  if (type.kind === "scalar" && type.scalar === "blob") return one(payload, body);
  if (type.kind === "scalar" && type.scalar === "string") return one(payload, decodeUtf8(body, "body"));
  if (type.kind === "scalar" && type.scalar === "document")
    return one(payload, documentFromJson(parseJson(body)));
  throw new Malformed("this operation takes an event stream, which is not supported", "InvalidAction");
}

function one({ name }: Member, value: ParameterValue): ParameterTree {
  const tree: Record<string, ParameterValue> = Object.create(null);
  tree[name] = value;
  return tree;
}

function readDocument(
  { service }: OperationModel,
  type: StructureType,
  root: string | undefined,
  body: Uint8Array,
  headers: ReadonlyMap<string, string>,
): ParameterTree {
  const sent = headers.get("content-type");
  const media = mediaType(sent);
  if (!service.protocols.includes("rest-xml")) {
    if (!JSON_TYPES.has(media)) throw wrongType(sent);
    return treeFromJson(parseJson(body), type, "");
  }
  if (!XML_TYPES.has(media)) throw wrongType(sent);
  const element = parseXml(body);
  if (root !== undefined && element.name !== root) throw unknownMember(element.name);
  return treeFromXml(element, type, "");
}

function wrongType(sent: string | undefined): Malformed {
  return new Malformed(`the content type ${shown(sent ?? "")} does not belong to this protocol`);
}
