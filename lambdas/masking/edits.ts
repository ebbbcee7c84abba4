// Makes the edit that hides a leaf so that its type stays valid: clients parse a masked answer as they parse any other.

import type { AnswerLeaf, Edit, MaskStyle } from "../model/answer.ts";
import type { AwsCall } from "../model/aws-call.ts";
import { holdsData } from "./data-masks.ts";
import { isMarker, keyMarker, MARKER, markerFor } from "./marker.ts";

/** Counts the masked keys of maps: two of one map must not become the same. */
interface KeyCounter {
  masked: number;
}

export interface EditContext {
  readonly hashKey: Uint8Array | undefined;
  readonly keys: KeyCounter;
  readonly call: Pick<AwsCall, "service">;
}

/** Null says that nothing is there, and so does DynamoDB's type NULL. */
export function isEmptyType({ type, path }: AnswerLeaf, call: Pick<AwsCall, "service">): boolean {
  return type === "null" || (holdsData(call) && lastMember(path) === "NULL");
}

/** @returns `undefined` when the leaf is a marker already */
export function editOf(leaf: AnswerLeaf, style: MaskStyle, context: EditContext): Edit | undefined {
  const isKey = leaf.path.at(-1)?.kind === "key";
  if (style === "drop") return { leaf, kind: "drop" };
  if (style === "null" && !isKey) return { leaf, kind: "null" };
  const plain = leaf.type === "blob" ? Buffer.from(leaf.text, "base64").toString("latin1") : leaf.text;
  if (isMarker(plain)) return undefined;
  if (isKey) return { leaf, kind: "replace", text: keyMarker(++context.keys.masked) };
  return { leaf, kind: "replace", text: hiddenText(leaf, style, context) };
}

/** The edit that writes another text in place of a leaf of which detectors hid a part. */
export function textEdit(leaf: AnswerLeaf, text: string, context: EditContext): Edit {
  if (leaf.path.at(-1)?.kind === "key") {
    // Two keys may differ only in what was hidden of them.
    const number = ++context.keys.masked;
    return { leaf, kind: "replace", text: number < 2 ? text : text.replace(MARKER, keyMarker(number)) };
  }
  return { leaf, kind: "replace", text: isNumeric(leaf, context.call) ? "0" : text };
}

function hiddenText(leaf: AnswerLeaf, style: MaskStyle, { hashKey, call }: EditContext): string {
  if (isNumeric(leaf, call)) return "0";
  switch (leaf.type) {
    case "boolean":
      return "false";
    case "timestamp":
      return epochLike(leaf.text);
    case "blob":
      return Buffer.from(markerFor(leaf.text, style === "last4" ? "fixed" : style, hashKey)).toString(
        "base64",
      );
    default:
      return markerFor(leaf.text, style, hashKey);
  }
}

/** DynamoDB writes numbers as strings; clients read them as numbers. */
function isNumeric({ type, path }: AnswerLeaf, call: Pick<AwsCall, "service">): boolean {
  const member = lastMember(path);
  return type === "number" || (holdsData(call) && (member === "N" || member === "NS"));
}

/** 1 January 1970 in the form of the text: seconds, ISO 8601, or the date of HTTP. */
function epochLike(text: string): string {
  if (/^[A-Z][a-z]{2}, /.test(text)) return "Thu, 01 Jan 1970 00:00:00 GMT";
  if (/^\d{4}-/.test(text)) return /\.\d/.test(text) ? "1970-01-01T00:00:00.000Z" : "1970-01-01T00:00:00Z";
  return "0";
}

/** The last member, the items of a list left out. */
function lastMember(path: AnswerLeaf["path"]): string | undefined {
  const step = path.findLast(({ kind }) => kind !== "item");
  return step?.kind === "member" ? step.name : undefined;
}
