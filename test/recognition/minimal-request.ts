// Makes, from a shard, a request with the required members of an operation. It writes what the recogniser reads, so it
// shows only that the model is consistent; that SDKs write the same is shown with requests of SDKs.

import { Type as CborType, encode, Token } from "cborg";
import type { Protocol } from "../../lambdas/model/aws-call.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import type { OperationModel } from "../../lambdas/recognition/model.ts";
import type { Member, StructureType, Type } from "../../lambdas/recognition/shapes.ts";
import { request } from "./requests.ts";

type Plain = string | number | boolean | Uint8Array | Plain[] | { [name: string]: Plain };

/** Nothing is required beyond this depth in any model but by shapes that contain themselves. */
const MAX_DEPTH = 6;
const TIMESTAMP = 1_700_000_000;

export function minimalRequest(operation: OperationModel, protocol: Protocol): SignedRequest {
  const { service, name, input } = operation;
  const required = (input?.members ?? []).filter((member) => member.required);
  if (operation.template) return restRequest(operation, required);
  const target = `${service.file.target}.${name}`;
  switch (protocol) {
    case "query":
    case "ec2": {
      const fields = [`Action=${name}`, `Version=${service.file.version}`];
      for (const member of required)
        fields.push(...formFields(member, wireOf(member, protocol), protocol, 0));
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return request(service.signingName, { headers, body: fields.join("&") });
    }
    case "rpc-v2-cbor": {
      const path = `/service/${service.file.target}/operation/${name}`;
      const headers = { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" };
      return request(service.signingName, {
        path,
        headers,
        body: encode(asCbor(structure(required, 0)), CBOR),
      });
    }
    default: {
      const headers = { "x-amz-target": target, "content-type": `application/x-amz-${protocol}` };
      return request(service.signingName, { headers, body: JSON.stringify(asJson(structure(required, 0))) });
    }
  }
}

function restRequest(
  { template, input, service, xmlRoot }: OperationModel,
  required: readonly Member[],
): SignedRequest {
  const labels = new Map(
    required.filter(({ location }) => location === "label").map((member) => [member.wire, member]),
  );
  const segments = (template?.segments ?? []).map((segment) => {
    if (segment.kind === "literal") return segment.text;
    const value = labelValue(segment.wire, labels.get(segment.wire));
    return segment.kind === "greedy" ? `${value}/more%2F..%2E` : value;
  });
  const query = [
    ...(template?.query ?? []).map(([name, value]): [string, string] => [name, value ?? ""]),
    ...required
      .filter(({ location }) => location === "query")
      .map((member): [string, string] => [member.wire, text(member.type)]),
  ];
  const headers = Object.fromEntries(
    required
      .filter(({ location }) => location === "header")
      .map((member) => [member.wire, headerValue(member)]),
  );
  const payload = input?.members.find((member) => member.payload && member.required);
  return request(service.signingName, {
    method: template?.method ?? "",
    path: `/${segments.join("/")}${template?.trailingSlash && segments.length > 0 ? "/" : ""}`,
    query,
    headers,
    body: restBody(service.protocols.includes("rest-xml"), payload, xmlRoot, required),
  });
}

function labelValue(wire: string, member: Member | undefined): string {
  if (wire === "Bucket") return "bkt";
  const value = member ? text(member.type) : "x";
  return member?.type.kind === "scalar" && member.type.scalar === "string"
    ? "a%2Fb"
    : encodeURIComponent(value);
}

function headerValue(member: Member): string {
  if (member.jsonInHeader) return Buffer.from("{}").toString("base64");
  return member.wire === "x-amz-copy-source" ? "src/key" : text(member.type);
}

function restBody(
  isXml: boolean,
  payload: Member | undefined,
  root: string | undefined,
  required: readonly Member[],
): string | Uint8Array {
  if (payload) {
    const { type } = payload;
    if (type.kind !== "structure") return "x";
    const inner = type.members.filter((member) => member.required);
    return isXml ? xml(payload.wire, inner, 0) : JSON.stringify(asJson(structure(inner, 0)));
  }
  const inBody = required.filter(({ location }) => location === "body");
  if (inBody.length === 0) return "";
  return isXml ? xml(root ?? "Root", inBody, 0) : JSON.stringify(asJson(structure(inBody, 0)));
}

function text(type: Type): string {
  switch (type.kind) {
    case "list":
      return text(type.element.type);
    case "scalar":
      return (
        { integer: "7", float: "1.5", boolean: "true", blob: "eA==", timestamp: "2026-01-02T03:04:05Z" }[
          type.scalar as "integer"
        ] ?? "x"
      );
    default:
      return "x";
  }
}

function structure(members: readonly Member[], depth: number): Plain {
  return Object.fromEntries(members.map((member) => [member.wire, value(member, depth)]));
}

function value({ type, name }: Member, depth: number): Plain {
  switch (type.kind) {
    case "structure":
      return depth > MAX_DEPTH ? {} : structure(requiredOf(type), depth + 1);
    case "list":
      return [value(type.element, depth + 1)];
    case "map":
      return { key: value(type.value, depth + 1) };
    case "scalar":
      if (type.scalar === "integer") return 7;
      if (type.scalar === "float") return 1.5;
      if (type.scalar === "boolean") return true;
      if (type.scalar === "timestamp") return TIMESTAMP;
      if (type.scalar === "blob") return Uint8Array.of(1, 2);
      return name === "Statement" ? "SELECT * FROM Orders" : "x";
  }
}

function requiredOf(type: StructureType): readonly Member[] {
  return type.members.filter(({ required }) => required);
}

function asJson(plain: Plain): unknown {
  if (plain instanceof Uint8Array) return Buffer.from(plain).toString("base64");
  if (Array.isArray(plain)) return plain.map(asJson);
  if (typeof plain !== "object") return plain;
  return Object.fromEntries(Object.entries(plain).map(([name, inner]) => [name, asJson(inner)]));
}

/** CBOR marks a point in time by a tag. */
const CBOR = {
  typeEncoders: { Date: () => [new Token(CborType.tag, 1), new Token(CborType.uint, TIMESTAMP)] },
};

function asCbor(plain: Plain): unknown {
  if (plain === TIMESTAMP) return new Date(TIMESTAMP * 1000);
  if (plain instanceof Uint8Array || typeof plain !== "object") return plain;
  if (Array.isArray(plain)) return plain.map(asCbor);
  return Object.fromEntries(Object.entries(plain).map(([name, inner]) => [name, asCbor(inner)]));
}

function wireOf(member: Member, protocol: "query" | "ec2"): string {
  if (protocol === "ec2") return member.ec2Wire ?? member.wire;
  const { type } = member;
  const flat = type.kind === "list" && (type.flattened || member.flattened);
  return flat && type.element.wire !== "" ? type.element.wire : member.wire;
}

function formFields(member: Member, path: string, protocol: "query" | "ec2", depth: number): string[] {
  const { type } = member;
  switch (type.kind) {
    case "structure":
      return requiredOf(type).flatMap((inner) =>
        formFields(inner, `${path}.${wireOf(inner, protocol)}`, protocol, depth + 1),
      );
    case "list": {
      const flat = protocol === "ec2" || type.flattened || member.flattened;
      return formFields(
        type.element,
        flat ? `${path}.1` : `${path}.${type.element.wire || "member"}.1`,
        protocol,
        depth,
      );
    }
    case "map": {
      const entry = type.flattened || member.flattened ? `${path}.1` : `${path}.entry.1`;
      const key = `${entry}.${type.key.wire || "key"}=k`;
      return [key, ...formFields(type.value, `${entry}.${type.value.wire || "value"}`, protocol, depth)];
    }
    case "scalar":
      return [`${path}=${encodeURIComponent(text(type))}`];
  }
}

function xml(name: string, members: readonly Member[], depth: number): string {
  const attributes = members.filter(({ xmlAttribute }) => xmlAttribute).map(({ wire }) => ` ${wire}="x"`);
  const children = members
    .filter(({ xmlAttribute }) => !xmlAttribute)
    .map((member) => xmlMember(member, depth));
  return `<${name}${attributes.join("")}>${children.join("")}</${name}>`;
}

function xmlMember(member: Member, depth: number): string {
  const { type, wire } = member;
  switch (type.kind) {
    case "structure":
      return xml(wire, requiredOf(type), depth + 1);
    case "list": {
      const flat = type.flattened || member.flattened;
      const name = flat ? wire : type.element.wire || "member";
      const element =
        type.element.type.kind === "structure"
          ? xml(name, requiredOf(type.element.type), depth + 1)
          : `<${name}>${text(type.element.type)}</${name}>`;
      return flat ? element : `<${wire}>${element}</${wire}>`;
    }
    default:
      return `<${wire}>${text(type)}</${wire}>`;
  }
}
