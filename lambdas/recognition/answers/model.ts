// What an operation's answers hold, unpacked from the shard of answers. Trusts the shard. Names looked up in it come
// from AWS's answers or from policies, so every look-up is by own property.

import { Shapes, type StructureType } from "../shapes.ts";
import type { AnswerServiceFile, AnswerShard, AnswerSource } from "../shard.ts";

export interface AnswerOf {
  /** The service name of the credential scope: what the shard is called. */
  readonly signingName: string;
  readonly service: string;
  readonly operation: string;
}

export interface AnswerModel {
  /** `undefined`: the answer holds no members. */
  readonly output: StructureType | undefined;
  /** The element around the members in query XML. */
  readonly wrapper: string;
  /** The members of an error of this code, when it has more than a message. */
  error(code: string): StructureType | undefined;
}

const unpacked = new WeakMap<AnswerShard, Map<string, { file: AnswerServiceFile; shapes: Shapes }>>();

/** `undefined` when no model has the operation. */
export function answerModel(source: AnswerSource, of: AnswerOf): AnswerModel | undefined {
  const shard = source.answers(of.signingName);
  const service = shard && servicesOf(shard).get(of.service);
  if (!service) return undefined;
  const { file, shapes } = service;
  const packed = Object.hasOwn(file.operations, of.operation) ? file.operations[of.operation] : undefined;
  if (!packed) return undefined;
  const [output, wrapper = `${of.operation}Result`] = packed;
  return {
    output: output === undefined ? undefined : shapes.structure(output),
    wrapper,
    error(code) {
      const number = Object.hasOwn(file.errors, code) ? file.errors[code] : undefined;
      return number === undefined ? undefined : shapes.structure(number);
    },
  };
}

function servicesOf(shard: AnswerShard): Map<string, { file: AnswerServiceFile; shapes: Shapes }> {
  const known = unpacked.get(shard);
  if (known) return known;
  const made = new Map(
    shard.services.map((file) => [file.service, { file, shapes: new Shapes(file.shapes) }] as const),
  );
  unpacked.set(shard, made);
  return made;
}
