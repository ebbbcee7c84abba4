// Splits what a streaming function sends into the prelude and the body, as API Gateway does: JSON, eight NUL bytes, then
// raw bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html

import type { HeaderList } from "./origin.ts";

export interface StreamedAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The function sent something that API Gateway would answer with its own 500. */
export class PreludeError extends Error {
  constructor(problem: string) {
    super(`the function's answer has no valid prelude: ${problem}`);
    this.name = "PreludeError";
  }
}

const DELIMITER = Buffer.alloc(8);
const MAX_PRELUDE = 16 * 1024;
const PRELUDE_MEMBERS = new Set(["statusCode", "headers", "multiValueHeaders", "cookies"]);

/**
 * Waits for the prelude; the body follows as it comes.
 * @throws PreludeError, and whatever the stream throws
 */
export async function readPrelude(stream: AsyncIterable<Uint8Array>): Promise<StreamedAnswer> {
  const chunks = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let end = -1;
  while (end < 0) {
    const { value, done } = await chunks.next();
    if (done === true) throw new PreludeError(`it ends after ${head.length} bytes without a delimiter`);
    head = Buffer.concat([head, value]);
    end = head.subarray(0, MAX_PRELUDE).indexOf(DELIMITER);
    if (end < 0 && head.length > MAX_PRELUDE) throw new PreludeError("it is longer than 16 KB");
  }
  const rest = head.subarray(end + DELIMITER.length);
  return { ...parsePrelude(head.toString("utf8", 0, end)), body: continued(rest, chunks) };
}

async function* continued(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function parsePrelude(text: string): Omit<StreamedAnswer, "body"> {
  const prelude = objectOf(parseJson(text), "it");
  const unknown = Object.keys(prelude).filter((name) => !PRELUDE_MEMBERS.has(name));
  if (unknown.length > 0) throw new PreludeError(`it holds ${unknown.join(", ")}`);
  const { statusCode: status = 200, headers = {}, multiValueHeaders = {}, cookies = [] } = prelude;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new PreludeError("its statusCode is not one of a response");
  }
  const single = Object.entries(objectOf(headers, "headers")).map(([name, value]) => headerLine(name, value));
  const multiple = Object.entries(objectOf(multiValueHeaders, "multiValueHeaders")).flatMap(
    ([name, values]) => listOf(values, name).map((value) => headerLine(name, value)),
  );
  // Both may name a header: the values are joined, a pair that is in both counts once.
  const joined = multiple.filter(
    ([name, value]) => !single.some((one) => one[0] === name && one[1] === value),
  );
  const set = listOf(cookies, "cookies").map((cookie) => headerLine("set-cookie", cookie));
  return { status, headers: [...single, ...joined, ...set] };
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD = /^[\t\x20-\x7e\x80-\xff]*$/;

function headerLine(name: string, value: unknown): readonly [string, string] {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (typeof text !== "string" || !TOKEN.test(name) || !FIELD.test(text)) {
    throw new PreludeError(`the header \`${name}\` cannot be sent`);
  }
  return [name, text];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PreludeError("it is not JSON");
  }
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new PreludeError(`${name} is not an object`);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new PreludeError(`${name} is not a list`);
}
