// Turns texts and JSON or CBOR values into parameters of the model's types. What does not have the type's exact form is
// refused: AWS's own reader might be more lenient, and then read something else.

import type { NumberText, ParameterValue } from "../model/aws-call.ts";
import { exactNumber, type JsonValue } from "./json.ts";
import { Malformed, shown } from "./malformed.ts";
import type { Type } from "./shapes.ts";

type Scalar = Extract<Type, { kind: "scalar" }>;

const INTEGER = /^-?[0-9]{1,20}$/;
const FLOAT = /^-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const ISO_8601 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?:\.\d{1,3})? GMT$/;

/** A scalar from text, as forms, XML, URLs and headers carry it. */
export function scalarFromText(text: string, type: Scalar, path: string): ParameterValue {
  switch (type.scalar) {
    case "string":
      return text;
    case "integer":
      if (!INTEGER.test(text)) throw wrong(path, "an integer");
      return exactNumber(text);
    case "float":
      return floatFromText(text, path);
    case "boolean":
      if (text !== "true" && text !== "false") throw wrong(path, "`true` or `false`");
      return text === "true";
    case "blob":
      return blob(text, path);
    case "timestamp":
      return timestampFromText(text, path);
    default:
      throw wrong(path, "something a text can hold");
  }
}

function floatFromText(text: string, path: string): ParameterValue {
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return text;
  if (!FLOAT.test(text)) throw wrong(path, "a number");
  return exactNumber(text);
}

function timestampFromText(text: string, path: string): string {
  if (ISO_8601.test(text) || HTTP_DATE.test(text)) return isoTime(Date.parse(text), path);
  if (FLOAT.test(text)) return isoTime(Number(text) * 1000, path);
  throw wrong(path, "a timestamp");
}

/** One form for every timestamp: ISO 8601 in UTC with milliseconds. */
function isoTime(milliseconds: number, path: string): string {
  if (!(Math.abs(milliseconds) <= 8.64e15)) throw wrong(path, "a timestamp");
  return new Date(Math.round(milliseconds)).toISOString();
}

function blob(text: string, path: string): Uint8Array {
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw wrong(path, "base64");
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw wrong(path, "base64 in its one canonical form");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A scalar from a JSON value. */
export function scalarFromJson(value: JsonValue, type: Scalar, path: string): ParameterValue {
  switch (type.scalar) {
    case "string":
      return textOf(value, path);
    case "blob":
      return blob(textOf(value, path), path);
    case "boolean":
      if (typeof value !== "boolean") throw wrong(path, "a boolean");
      return value;
    case "integer":
      if (!isNumber(value) || !isIntegral(value)) throw wrong(path, "an integer");
      return value;
    case "float":
      return isNumber(value) ? value : nonFinite(textOf(value, path), path);
    case "timestamp":
      return timestampFromJson(value, path);
    default:
      throw wrong(path, "a value of its type");
  }
}

function timestampFromJson(value: JsonValue, path: string): string {
  if (!isNumber(value)) return timestampFromText(textOf(value, path), path);
  return isoTime(Number(typeof value === "number" ? value : value.text) * 1000, path);
}

function textOf(value: JsonValue, path: string): string {
  if (typeof value !== "string") throw wrong(path, "a string");
  return value;
}

function nonFinite(text: string, path: string): string {
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return text;
  throw wrong(path, "a number");
}

function isNumber(value: JsonValue): value is number | NumberText {
  return typeof value === "number" || (typeof value === "object" && value !== null && "kind" in value);
}

function isIntegral(value: number | NumberText): boolean {
  return typeof value === "number" ? Number.isInteger(value) : INTEGER.test(value.text);
}

export function wrong(path: string, expected: string): Malformed {
  return new Malformed(`${shown(path)} is not ${expected}`);
}
