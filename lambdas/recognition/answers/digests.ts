// SQS's clients check the MD5 of every message they receive: of its body, and of its attributes by the algorithm of
// SQS's developer guide. Where an edit changes what a digest is of, the digest is made anew.

import { createHash } from "node:crypto";
import type { AnswerLeaf, AnswerStep, Edit } from "../../model/answer.ts";
import type { AnswerOf } from "./model.ts";

interface Attribute {
  type: string;
  text: string | undefined;
  bytes: string | undefined;
}

interface Message {
  body: AnswerLeaf | undefined;
  bodyDigest: AnswerLeaf | undefined;
  attributesDigest: AnswerLeaf | undefined;
  readonly attributes: AnswerLeaf[];
}

/** The edits, and those of the digests that they make wrong. */
export function withDigests(
  of: AnswerOf,
  leaves: readonly AnswerLeaf[],
  edits: readonly Edit[],
): readonly Edit[] {
  if (of.service !== "sqs" || of.operation !== "ReceiveMessage" || edits.length === 0) return edits;
  const changes = new Map(edits.map((edit) => [edit.leaf, edit]));
  const digests = [...messagesIn(leaves).values()].flatMap((message): Edit[] => [
    ...bodyDigest(message, changes),
    ...attributesDigest(message, changes),
  ]);
  const redone = new Set(digests.map(({ leaf }) => leaf));
  return [...edits.filter(({ leaf }) => !redone.has(leaf)), ...digests];
}

function messagesIn(leaves: readonly AnswerLeaf[]): Map<number, Message> {
  const messages = new Map<number, Message>();
  for (const leaf of leaves) {
    const [list, item, member] = leaf.path;
    if (nameOf(list) !== "Messages" || item?.kind !== "item") continue;
    const message = messages.get(item.index) ?? {
      body: undefined,
      bodyDigest: undefined,
      attributesDigest: undefined,
      attributes: [],
    };
    messages.set(item.index, message);
    const name = nameOf(member);
    if (name === "Body") message.body = leaf;
    else if (name === "MD5OfBody") message.bodyDigest = leaf;
    else if (name === "MD5OfMessageAttributes") message.attributesDigest = leaf;
    else if (name === "MessageAttributes") message.attributes.push(leaf);
  }
  return messages;
}

function nameOf(step: AnswerStep | undefined): string | undefined {
  return step?.kind === "member" ? step.name : undefined;
}

function bodyDigest({ body, bodyDigest: leaf }: Message, changes: ReadonlyMap<AnswerLeaf, Edit>): Edit[] {
  const edit = body && changes.get(body);
  if (!edit || !leaf) return [];
  if (edit.kind !== "replace") return [{ kind: "drop", leaf }];
  return [{ kind: "replace", leaf, text: md5([Buffer.from(edit.text, "utf8")]) }];
}

function attributesDigest(
  { attributes, attributesDigest: leaf }: Message,
  changes: ReadonlyMap<AnswerLeaf, Edit>,
): Edit[] {
  if (!leaf || !attributes.some((each) => changes.has(each))) return [];
  const after = attributesAfter(attributes, changes);
  if (after.size === 0) return [{ kind: "drop", leaf }];
  const parts = [...after].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(attributeParts);
  return [{ kind: "replace", leaf, text: md5(parts) }];
}

function attributesAfter(
  leaves: readonly AnswerLeaf[],
  changes: ReadonlyMap<AnswerLeaf, Edit>,
): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  const names = new Map<string, string | undefined>();
  for (const leaf of leaves) {
    const [, , , entry, member] = leaf.path;
    const after = textAfter(leaf, changes.get(leaf));
    if (entry?.kind === "key") names.set(entry.key, after);
    if (entry?.kind !== "value") continue;
    const attribute = attributes.get(entry.key) ?? { type: "", text: undefined, bytes: undefined };
    attributes.set(entry.key, attribute);
    setPart(attribute, nameOf(member), after);
  }
  return new Map(
    [...attributes].flatMap(([key, attribute]) => {
      const name = names.has(key) ? names.get(key) : key;
      return name === undefined ? [] : [[name, attribute] as const];
    }),
  );
}

function textAfter(leaf: AnswerLeaf, edit: Edit | undefined): string | undefined {
  if (!edit) return leaf.text;
  return edit.kind === "replace" ? edit.text : undefined;
}

function setPart(attribute: Attribute, name: string | undefined, text: string | undefined): void {
  if (name === "DataType") attribute.type = text ?? "";
  else if (name === "StringValue") attribute.text = text;
  else if (name === "BinaryValue") attribute.bytes = text;
}

function attributeParts([name, { type, text, bytes }]: readonly [string, Attribute]): Buffer[] {
  const binary = type.startsWith("Binary");
  const value = binary ? Buffer.from(bytes ?? "", "base64") : Buffer.from(text ?? "", "utf8");
  return [
    ...sized(Buffer.from(name, "utf8")),
    ...sized(Buffer.from(type, "utf8")),
    Buffer.from([binary ? 2 : 1]),
    ...sized(value),
  ];
}

function sized(bytes: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** MD5 is SQS's choice: a checksum here, not a protection. */
function md5(parts: readonly Buffer[]): string {
  return createHash("md5").update(Buffer.concat(parts)).digest("hex");
}
