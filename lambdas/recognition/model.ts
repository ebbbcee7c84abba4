// One service's model, unpacked from its shard piece by piece as calls need it. Trusts the shard (it is part of the
// bundle); names looked up in it come from callers, so every look-up is by Map or own property.

import type { Protocol } from "../model/aws-call.ts";
import { Shapes, type StructureType } from "./shapes.ts";
import type { ActionFile, OperationFile, ServiceFile, Shard } from "./shard.ts";

export interface UriTemplate {
  readonly method: string;
  readonly segments: readonly (
    | { readonly kind: "literal"; readonly text: string }
    | { readonly kind: "label" | "greedy"; readonly wire: string }
  )[];
  readonly greedy: boolean;
  readonly trailingSlash: boolean;
  /** Literal query parameters; `null` when the name alone is asked for. */
  readonly query: readonly (readonly [name: string, value: string | null])[];
}

export interface OperationModel {
  readonly service: ServiceModel;
  readonly name: string;
  readonly template: UriTemplate | undefined;
  readonly input: StructureType | undefined;
  readonly xmlRoot: string | undefined;
  readonly hostPrefix: string | undefined;
  readonly hostTable: number;
  readonly actions: readonly ActionFile[];
  readonly vendsCredentials: boolean;
  readonly deprecated: boolean;
  readonly unsignedAtAws: boolean;
}

export interface ServiceModel {
  readonly file: ServiceFile;
  readonly signingName: string;
  readonly protocols: readonly Protocol[];
  operation(name: string): OperationModel | undefined;
  /** REST operations of one method. */
  templates(method: string): readonly OperationModel[];
}

const unpacked = new WeakMap<Shard, readonly ServiceModel[]>();

/** The services of a shard, unpacked once per process. */
export function servicesOf(shard: Shard): readonly ServiceModel[] {
  const known = unpacked.get(shard);
  if (known) return known;
  const services = shard.services.map((file) => unpackService(file, shard.signingName));
  unpacked.set(shard, services);
  return services;
}

function unpackService(file: ServiceFile, signingName: string): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const shapes = new Shapes(file.shapes);
  let byMethod: Map<string, OperationModel[]> | undefined;
  const service: ServiceModel = {
    file,
    signingName,
    protocols: file.protocols,
    operation(name) {
      const known = operations.get(name);
      if (known) return known;
      const packed = Object.hasOwn(file.operations, name) ? file.operations[name] : undefined;
      if (!packed) return undefined;
      const operation = unpackOperation(service, name, packed, shapes);
      operations.set(name, operation);
      return operation;
    },
    templates(method) {
      byMethod ??= Map.groupBy(
        [
          ...Object.keys(file.operations).flatMap((name) => service.operation(name) ?? []),
          ...Object.entries(file.moved ?? {}).map(([name, packed]) =>
            unpackOperation(service, name, packed, shapes),
          ),
        ],
        ({ template }) => template?.method ?? "",
      );
      return byMethod.get(method) ?? [];
    },
  };
  return service;
}

function unpackOperation(
  service: ServiceModel,
  name: string,
  packed: OperationFile,
  shapes: Shapes,
): OperationModel {
  const flags = packed.f ?? "";
  return {
    service,
    name,
    template: packed.h === undefined ? undefined : parseTemplate(packed.h),
    get input() {
      return packed.i === undefined ? undefined : shapes.structure(packed.i);
    },
    xmlRoot: packed.x,
    hostPrefix: packed.p,
    hostTable: packed.t ?? 0,
    actions: packed.a ?? [],
    vendsCredentials: flags.includes("v"),
    deprecated: flags.includes("d"),
    unsignedAtAws: flags.includes("n"),
  };
}

function parseTemplate(text: string): UriTemplate {
  const space = text.indexOf(" ");
  const [path = "", query = ""] = text.slice(space + 1).split("?");
  const parts = path.split("/").slice(1);
  const trailingSlash = parts.at(-1) === "";
  if (trailingSlash) parts.pop();
  const segments = parts.map((part) => {
    if (!part.startsWith("{")) return { kind: "literal", text: part } as const;
    if (part.endsWith("+}")) return { kind: "greedy", wire: part.slice(1, -2) } as const;
    return { kind: "label", wire: part.slice(1, -1) } as const;
  });
  return {
    method: text.slice(0, space),
    segments,
    greedy: segments.some(({ kind }) => kind === "greedy"),
    trailingSlash,
    query: query === "" ? [] : query.split("&").map(parseLiteralQuery),
  };
}

function parseLiteralQuery(pair: string): readonly [string, string | null] {
  const equals = pair.indexOf("=");
  return equals < 0 ? [pair, null] : [pair.slice(0, equals), pair.slice(equals + 1)];
}
