// Answers made from the models, one for every operation, in the protocols that its service speaks.

import { encode } from "cborg";
import type { Protocol } from "../../../lambdas/model/aws-call.ts";
import type { AnswerModel } from "../../../lambdas/recognition/answers/model.ts";
import type { AwsAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";
import type { Member, StructureType, Type } from "../../../lambdas/recognition/shapes.ts";

const DEEPEST = 5;

export function madeAnswer(model: AnswerModel, operation: string, protocol: Protocol): AwsAnswer {
  const headers: [string, string][] = [];
  const body = bodyOf(model, operation, protocol);
  if (protocol.startsWith("rest"))
    for (const member of model.output?.members ?? []) addHeader(headers, member);
  headers.push(["content-length", String(body.length)]);
  return { status: 200, headers, body };
}

function addHeader(headers: [string, string][], member: Member): void {
  if (member.location === "header") headers.push([member.wire, member.jsonInHeader ? "e30=" : "1"]);
  if (member.location === "headers") headers.push([`${member.wire}some`, "value"]);
}

function bodyOf({ output, wrapper }: AnswerModel, operation: string, protocol: Protocol): Uint8Array {
  const type: Type = output ?? { kind: "structure", members: [], byWire: () => new Map() };
  const payload = protocol.startsWith("rest") ? output?.members.find((each) => each.payload) : undefined;
  if (output?.members.some(({ event }) => event === "stream")) return new Uint8Array();
  if (payload?.type.kind === "scalar" && payload.type.scalar !== "document") return Buffer.from("opaque");
  const root = payload?.type ?? type;
  const bare = type.kind === "structure" && !type.members.some(({ location }) => location === "body");
  if (bare && !payload && protocol === "rest-xml") return new Uint8Array(); // HEAD and the like
  if (protocol === "rpc-v2-cbor") return encode(jsonOf(root, 0, true));
  if (protocol.includes("json")) return Buffer.from(JSON.stringify(jsonOf(root, 0, false)));
  const inside = xmlOf(root as StructureType, 0);
  const name = payload?.wire ?? `${operation}Response`;
  const wrapped = protocol === "query" ? `<${wrapper}>${inside}</${wrapper}>` : inside;
  return Buffer.from(`<?xml version="1.0"?>\n<${name} xmlns="urn:x">${wrapped}</${name}>`);
}

function jsonOf(type: Type, depth: number, cbor: boolean): unknown {
  switch (type.kind) {
    case "structure":
      if (depth > DEEPEST) return {};
      return Object.fromEntries(
        type.members
          .filter(({ location }) => location === "body")
          .map((member) => [member.wire, jsonOf(member.type, depth + 1, cbor)]),
      );
    case "list":
      return depth > DEEPEST ? [] : [jsonOf(type.element.type, depth + 1, cbor)];
    case "map":
      return depth > DEEPEST ? {} : { "a key": jsonOf(type.value.type, depth + 1, cbor) };
    case "scalar":
      return scalarOf(type.scalar, cbor);
  }
}

function scalarOf(scalar: string, cbor: boolean): unknown {
  if (scalar === "blob") return cbor ? Buffer.from("blob") : "YmxvYg==";
  if (scalar === "boolean") return true;
  if (scalar === "document") return { open: [1, "a"] };
  return scalar === "string" ? 'a "text" & <more>' : 12345;
}

function xmlOf(type: Type, depth: number): string {
  switch (type.kind) {
    case "structure":
      return depth > DEEPEST ? "" : elementsOf(type, depth);
    case "list": {
      const name = type.element.wire || "member";
      return depth > DEEPEST ? "" : `<${name}>${xmlOf(type.element.type, depth + 1)}</${name}>`;
    }
    case "map":
      return depth > DEEPEST ? "" : `<entry>${entryOf(type, depth)}</entry>`;
    case "scalar":
      if (type.scalar === "blob") return "YmxvYg==";
      if (type.scalar === "boolean") return "true";
      return type.scalar === "string" ? "a &quot;text&quot; &amp; &lt;more&gt;" : "12345";
  }
}

function entryOf({ key, value }: Extract<Type, { kind: "map" }>, depth: number): string {
  const [keyName, valueName] = [key.wire || "key", value.wire || "value"];
  return `<${keyName}>a key</${keyName}><${valueName}>${xmlOf(value.type, depth + 1)}</${valueName}>`;
}

function elementsOf({ members }: StructureType, depth: number): string {
  const seen = new Set<string>();
  return members
    .filter(({ location, xmlAttribute }) => location === "body" && !xmlAttribute)
    .map((member) => elementOf(member, depth, seen))
    .join("");
}

function elementOf(member: Member, depth: number, seen: Set<string>): string {
  const { type } = member;
  const flat = (type.kind === "list" || type.kind === "map") && (type.flattened || member.flattened);
  const name = (flat && type.kind === "list" && type.element.wire) || member.wire;
  if (seen.has(name) || (flat && depth >= DEEPEST)) return "";
  seen.add(name);
  if (!flat) return `<${name}>${xmlOf(type, depth + 1)}</${name}>`;
  const inside = type.kind === "list" ? xmlOf(type.element.type, depth + 2) : entryOf(type, depth);
  return `<${name}>${inside}</${name}>`;
}
