// Writes parameters as the form fields of AWS's query protocol and of EC2's variant of it.

import type { OperationModel } from "../lambdas/recognition/model.ts";
import type { Member, StructureType } from "../lambdas/recognition/shapes.ts";
import {
  below,
  elementsOf,
  entriesOf,
  isFlat,
  type ListType,
  type MapType,
  membersOf,
  scalarText,
} from "./aws-request-values.ts";

type Naming = "query" | "ec2";
type Field = readonly [name: string, value: string];

export function formBody(params: unknown, { name, service, input }: OperationModel, naming: Naming): string {
  const fields: Field[] = [
    ["Action", name],
    ["Version", service.file.version],
    ...structureFields(params, input, naming, { prefix: "", path: "" }),
  ];
  return fields.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
}

/** Where a value stands: in the form, and in the words of an error. */
interface Place {
  readonly prefix: string;
  readonly path: string;
}

function structureFields(
  value: unknown,
  type: StructureType | undefined,
  naming: Naming,
  at: Place,
): Field[] {
  return membersOf(value, type, at.path).flatMap(([member, inner]) => {
    const place = {
      prefix: below(at.prefix, wireName(member, naming)),
      path: below(at.path, member.name),
    };
    return valueFields(inner, member, naming, place);
  });
}

function valueFields(value: unknown, member: Member, naming: Naming, at: Place): Field[] {
  const { type } = member;
  switch (type.kind) {
    case "structure":
      return structureFields(value, type, naming, at);
    case "list":
      return listFields(value, type, naming, {
        ...at,
        prefix:
          naming === "ec2" || isFlat(member) ? at.prefix : `${at.prefix}.${type.element.wire || "member"}`,
      });
    case "map":
      return mapFields(value, type, naming, {
        ...at,
        prefix: isFlat(member) ? at.prefix : `${at.prefix}.entry`,
      });
    case "scalar":
      return [[at.prefix, scalarText(value, at.path)]];
  }
}

function listFields(value: unknown, { element }: ListType, naming: Naming, at: Place): Field[] {
  return elementsOf(value, at.path).flatMap((each, index) =>
    valueFields(each, element, naming, { prefix: `${at.prefix}.${index + 1}`, path: `${at.path}[]` }),
  );
}

function mapFields(value: unknown, type: MapType, naming: Naming, at: Place): Field[] {
  return entriesOf(value, at.path).flatMap(([key, each], index) => {
    const prefix = `${at.prefix}.${index + 1}`;
    const place = { prefix: `${prefix}.${type.value.wire || "value"}`, path: `${at.path}{}` };
    return [
      [`${prefix}.${type.key.wire || "key"}`, key] as const,
      ...valueFields(each, type.value, naming, place),
    ];
  });
}

function wireName(member: Member, naming: Naming): string {
  if (naming === "ec2") return member.ec2Wire ?? member.wire;
  const { type } = member;
  return type.kind === "list" && isFlat(member) && type.element.wire !== "" ? type.element.wire : member.wire;
}
