// Writes parameters as the XML that S3, CloudFront and Route 53 read.

import type { Member, StructureType, Type } from "../lambdas/recognition/shapes.ts";
import { below, elementsOf, entriesOf, isFlat, membersOf, scalarText } from "./aws-request-values.ts";

/** An element with the members of a structure: those that travel in the body. */
export function xmlElement(
  name: string,
  value: unknown,
  type: StructureType | undefined,
  path: string,
): string {
  const members = membersOf(value, type, path).filter(([{ location }]) => location === "body");
  const attributes = members
    .filter(([member]) => member.xmlAttribute)
    .map(([member, inner]) => attribute(member.wire, scalarText(inner, below(path, member.name))));
  const children = members
    .filter(([member]) => !member.xmlAttribute)
    .map(([member, inner]) => memberXml(member, inner, below(path, member.name)));
  return `<${[name, ...attributes].join(" ")}>${children.join("")}</${name}>`;
}

/** `xsi:type` stands in a namespace, which has to be declared. */
function attribute(name: string, value: string): string {
  const [prefix, local] = name.split(":");
  const declared = local === undefined ? "" : `xmlns:${prefix}="http://www.w3.org/2001/XMLSchema-instance" `;
  return `${declared}${name}="${escaped(value)}"`;
}

function memberXml(member: Member, value: unknown, path: string): string {
  const { type, wire } = member;
  if (type.kind === "list" && isFlat(member)) {
    return elementsOf(value, path)
      .map((each) => valueXml(wire, each, type.element.type, `${path}[]`))
      .join("");
  }
  return valueXml(wire, value, type, path);
}

function valueXml(name: string, value: unknown, type: Type, path: string): string {
  switch (type.kind) {
    case "structure":
      return xmlElement(name, value, type, path);
    case "list": {
      const inner = elementsOf(value, path).map((each) =>
        valueXml(type.element.wire || "member", each, type.element.type, `${path}[]`),
      );
      return `<${name}>${inner.join("")}</${name}>`;
    }
    case "map": {
      const [keyName, valueName] = [type.key.wire || "key", type.value.wire || "value"];
      const entries = entriesOf(value, path).map(
        ([key, each]) =>
          `<entry><${keyName}>${escaped(key)}</${keyName}>${valueXml(valueName, each, type.value.type, `${path}{}`)}</entry>`,
      );
      return `<${name}>${entries.join("")}</${name}>`;
    }
    case "scalar":
      return `<${name}>${escaped(scalarText(value, path))}</${name}>`;
  }
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
