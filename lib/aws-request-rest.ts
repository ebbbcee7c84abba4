// Writes parameters as a REST request: labels into the path, query, headers, and a body of JSON, XML or plain bytes.

import type { SignedRequest } from "../lambdas/model/signed-request.ts";

import type { OperationModel, UriTemplate } from "../lambdas/recognition/model.ts";
import type { Member } from "../lambdas/recognition/shapes.ts";
import { jsonValue, structureJson } from "./aws-request-json.ts";
import { elementsOf, entriesOf, membersOf, scalarText } from "./aws-request-values.ts";
import { xmlElement } from "./aws-request-xml.ts";

type Pair = readonly [name: string, value: string];
type Given = readonly (readonly [member: Member, value: unknown])[];

export function restRequest(
  params: unknown,
  operation: OperationModel,
): Pick<SignedRequest, "method" | "path" | "query" | "headers" | "body"> {
  const { template, input } = operation;
  if (template === undefined) throw new Error(`the operation \`${operation.name}\` has no path`);
  const given = membersOf(params, input, "");
  const inBody = given.filter(([{ location }]) => location === "body");
  const body = bodyOf(operation, inBody);
  const headers = given.flatMap(([member, value]) => headersOf(member, value));
  return {
    method: template.method,
    path: pathOf(template, given),
    query: [
      ...template.query.map(([name, value]): Pair => [name, value ?? ""]),
      ...given.flatMap(([member, value]) => queryOf(member, value)),
    ],
    headers: new Map([...headers, ...body.headers].map(([name, value]) => [name, [value]])),
    body: body.bytes,
  };
}

function pathOf({ segments, trailingSlash }: UriTemplate, given: Given): string {
  const texts = segments.map((segment) => {
    if (segment.kind === "literal") return segment.text;
    const [member, value] =
      given.find(([{ location, wire }]) => location === "label" && wire === segment.wire) ?? [];
    if (member === undefined) throw new Error(`the parameter \`${segment.wire}\` is missing`);
    const text = scalarText(value, member.name);
    return segment.kind === "greedy" ? text.split("/").map(encoded).join("/") : encoded(text);
  });
  return `/${texts.join("/")}${trailingSlash && texts.length > 0 ? "/" : ""}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function queryOf(member: Member, value: unknown): Pair[] {
  const several = (name: string, each: unknown): Pair[] =>
    [each].flat().map((one): Pair => [name, scalarText(one, member.name)]);
  if (member.location === "query") return several(member.wire, value);
  if (member.location !== "query-map") return [];
  return entriesOf(value, member.name).flatMap(([name, each]) => several(name, each));
}

function headersOf(member: Member, value: unknown): Pair[] {
  if (member.location === "headers") {
    return entriesOf(value, member.name).map(([name, each]) => [
      `${member.wire}${name}`.toLowerCase(),
      scalarText(each, member.name),
    ]);
  }
  if (member.location !== "header") return [];
  if (member.jsonInHeader)
    return [[member.wire, Buffer.from(JSON.stringify(value), "utf8").toString("base64")]];
  if (member.type.kind !== "list") return [[member.wire, scalarText(value, member.name)]];
  return [
    [
      member.wire,
      elementsOf(value, member.name)
        .map((each) => scalarText(each, member.name))
        .join(","),
    ],
  ];
}

interface Body {
  readonly bytes: Uint8Array;
  readonly headers: readonly Pair[];
}

const NOTHING: Body = { bytes: new Uint8Array(), headers: [] };

function bodyOf(operation: OperationModel, inBody: Given): Body {
  const [payload] = inBody.filter(([member]) => member.payload);
  if (payload !== undefined) return payloadOf(operation, ...payload);
  const hasPayload = operation.input?.members.some((member) => member.payload) ?? false;
  if (inBody.length === 0 || hasPayload) return NOTHING;
  if (!isXml(operation)) return json(structureJson(inBody, ""));
  const root = operation.xmlRoot ?? operation.name;
  return xml(
    xmlElement(
      root,
      Object.fromEntries(inBody.map(([{ name }, value]) => [name, value])),
      operation.input,
      "",
    ),
  );
}

function payloadOf(operation: OperationModel, member: Member, value: unknown): Body {
  const { type } = member;
  if (type.kind === "scalar" && type.scalar === "blob") {
    return { bytes: Buffer.from(scalarText(value, member.name), "base64"), headers: [] };
  }
  if (type.kind === "scalar" && type.scalar === "string") return text(scalarText(value, member.name));
  if (type.kind === "structure" && isXml(operation)) {
    return xml(xmlElement(member.wire, value, type, member.name));
  }
  return json(jsonValue(value, type, member.name));
}

function isXml({ service }: OperationModel): boolean {
  return service.protocols.includes("rest-xml");
}

function json(value: unknown): Body {
  return { ...text(JSON.stringify(value)), headers: [["content-type", "application/json"]] };
}

function xml(document: string): Body {
  return { ...text(document), headers: [["content-type", "application/xml"]] };
}

function text(content: string): Body {
  return { bytes: new TextEncoder().encode(content), headers: [] };
}
