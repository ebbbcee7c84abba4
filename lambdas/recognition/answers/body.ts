// Reads the body of one answer, or of one event, in the form its protocol has, and knows how to write it back as bytes.

import type { Edit } from "../../model/answer.ts";
import type { Protocol } from "../../model/aws-call.ts";
import type { Member } from "../shapes.ts";
import { readXmlAnswer } from "./answer-xml.ts";
import { CborBody } from "./cbor.ts";
import { JsonBody } from "./json.ts";
import { Findings, type Holder, memberFrame, ROOT } from "./leaf.ts";
import type { AnswerModel, AnswerOf } from "./model.ts";

export interface BodyOf {
  readonly of: AnswerOf;
  readonly protocol: Protocol;
  readonly model: AnswerModel;
  readonly failed: boolean;
  /** The error's code from a header, where it stands there. */
  readonly headerCode: string | undefined;
  readonly payload: Member | undefined;
}

/** Bytes with leaves in them. */
export interface ByteBody {
  readonly holder: Holder<unknown>;
  write(edits: readonly Edit[]): Uint8Array;
}

export function readBody(bytes: Uint8Array, body: BodyOf, found: Findings): ByteBody {
  const { protocol, payload, model, failed } = body;
  if (isXml(protocol)) {
    const text = JsonBody.decode(bytes);
    const xml = readXmlAnswer({ text, ...body }, found);
    return asBytes(xml);
  }
  const type = failed ? errorType(bytes, body) : (payload?.type ?? model.output ?? NO_MEMBERS);
  const frame = payload && !failed ? memberFrame(ROOT, payload) : ROOT;
  const root = { type, frame, error: failed };
  if (protocol !== "rpc-v2-cbor") return asBytes(new JsonBody(JsonBody.decode(bytes), root, found));
  const cbor = new CborBody(bytes, root, found);
  return { holder: cbor, write: (edits) => cbor.write(edits) };
}

export const NO_MEMBERS = { kind: "structure", members: [], byWire: () => new Map() } as const;

export function isXml(protocol: Protocol): boolean {
  return protocol === "query" || protocol === "ec2" || protocol === "rest-xml";
}

export function asBytes(text: Holder<string>): ByteBody {
  return { holder: text, write: (edits) => new Uint8Array(Buffer.from(text.write(edits), "utf8")) };
}

/** The code stands anywhere in the body: it is read once for it, and then by the members of that error. */
function errorType(bytes: Uint8Array, { headerCode, model, protocol }: BodyOf): AnswerModel["output"] {
  const code = headerCode ?? codeIn(bytes, protocol) ?? "";
  return model.error(plainCode(code)) ?? NO_MEMBERS;
}

/** `aws.protocol#Name:http://...` in all its parts. */
function plainCode(code: string): string {
  return code.split(":", 1)[0]?.split("#").at(-1) ?? "";
}

const CODES = new Set(["__type", "code", "Code"]);

function codeIn(bytes: Uint8Array, protocol: Protocol): string | undefined {
  const found = new Findings();
  const root = { type: NO_MEMBERS, frame: ROOT, error: true };
  if (protocol === "rpc-v2-cbor") new CborBody(bytes, root, found);
  else new JsonBody(JsonBody.decode(bytes), root, found);
  const named = found.leaves.filter(({ path: [first, second] }) => {
    return second === undefined && first?.kind === "member" && CODES.has(first.name);
  });
  return named[0]?.text;
}
