// Reads one answer of AWS, success or error, against the model of its operation into leaves, and writes it back with
// some of them changed: every other byte stays as AWS wrote it. Pure. What cannot be read for certain says so, and is
// for masking/ to withhold. Trusts the call (recognised) and the models; the answer's content may be anyone's.

import type { AnswerLeaf, AnswerParts, Edit } from "../../model/answer.ts";
import type { Protocol } from "../../model/aws-call.ts";
import { Malformed } from "../malformed.ts";
import type { Member, StructureType } from "../shapes.ts";
import type { AnswerSource } from "../shard.ts";
import { type ByteBody, readBody } from "./body.ts";
import { withDigests } from "./digests.ts";
import { decodeContent } from "./encoding.ts";
import { readEvents } from "./events.ts";
import { AnswerHeaders, type Headers, headersOfChangedBody } from "./headers.ts";
import { outerEdits } from "./inner.ts";
import { Findings, leafOf } from "./leaf.ts";
import { type AnswerModel, type AnswerOf, answerModel } from "./model.ts";

export interface AnsweredCall extends AnswerOf {
  /** As called: the answer has the same. */
  readonly protocol: Protocol;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The whole body. For an opaque payload it may be left empty: only headers are looked at. */
  readonly body: Uint8Array;
}

interface Readable {
  readonly leaves: readonly AnswerLeaf[];
  /** Paths of members that the model does not know, each once at its top. */
  readonly unknown: readonly string[];
}

export type AnswerReading =
  | (Readable & {
      /** Members in headers and body; an answer without a body has only the former. */
      readonly kind: "structured";
      /** At most one edit for a leaf. Without an edit the very bytes of before. */
      write(edits: readonly Edit[]): AnswerParts;
    })
  | (Readable & {
      /** The body is the value of one blob or string member; the leaves are those of headers. */
      readonly kind: "opaque";
      readonly member: string;
      /** By the model's trait. */
      readonly sensitive: boolean;
      readonly contentType: string | undefined;
      /** Edits of headers, and with `body` the whole of another body. */
      write(edits: readonly Edit[], body?: Uint8Array): AnswerParts;
    })
  | { readonly kind: "unreadable"; readonly reason: string };

/** How the body of a successful answer must be taken, known before it arrives: opaque ones may stream. */
export function answerForm(
  call: AnswerOf & { readonly protocol: Protocol },
  models: AnswerSource,
): "opaque" | "events" | "structured" | "unknown" {
  const model = answerModel(models, call);
  if (!model) return "unknown";
  const payload = payloadOf(model, call.protocol);
  if (payload && isOpaque(payload)) return "opaque";
  return streamOf(model) ? "events" : "structured";
}

export function readAnswer(call: AnsweredCall, answer: AwsAnswer, models: AnswerSource): AnswerReading {
  const model = answerModel(models, call);
  if (!model) return { kind: "unreadable", reason: "no model has this operation" };
  try {
    return new AnswerReader(call, answer, model).read();
  } catch (cause) {
    if (cause instanceof Malformed) return { kind: "unreadable", reason: cause.message };
    throw cause;
  }
}

const FAILED = 300; // 304 and the like have no body
const NOT_MODIFIED = 304;

class AnswerReader {
  readonly #call: AnsweredCall;
  readonly #answer: AwsAnswer;
  readonly #model: AnswerModel;
  readonly #found = new Findings();

  constructor(call: AnsweredCall, answer: AwsAnswer, model: AnswerModel) {
    this.#call = call;
    this.#answer = answer;
    this.#model = model;
  }

  read(): AnswerReading {
    const { protocol } = this.#call;
    const { status, headers } = this.#answer;
    const failed = status >= FAILED;
    const rest = protocol === "rest-json" || protocol === "rest-xml";
    const headerHolder = new AnswerHeaders(headers, this.#headerType(rest, failed), this.#found);
    const payload = failed ? undefined : payloadOf(this.#model, protocol);
    if (payload && isOpaque(payload)) return this.#opaque(payload, headerHolder);
    return this.#structured(headerHolder, { payload, failed });
  }

  #headerType(rest: boolean, failed: boolean): StructureType | undefined {
    if (!rest) return undefined;
    // Not modified: no error, but the headers of the answer that would have been.
    if (!failed || this.#answer.status === NOT_MODIFIED) return this.#model.output;
    return this.#model.error(this.#headerCode() ?? "");
  }

  #headerCode(): string | undefined {
    return this.#header("x-amzn-errortype")?.split(":", 1)[0]?.split("#").at(-1);
  }

  #header(wanted: string): string | undefined {
    return this.#answer.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  }

  #opaque(payload: Member, headers: AnswerHeaders): AnswerReading {
    const { leaves, unknown } = this.#found;
    return {
      kind: "opaque",
      member: payload.name,
      sensitive: payload.sensitive,
      contentType: this.#header("content-type"),
      leaves,
      unknown,
      write: (edits, body) => {
        const written = headers.write(outerEdits(edits));
        if (body === undefined) return { headers: written, body: this.#answer.body };
        return { headers: headersOfChangedBody(written, this.#call.service, body.length), body };
      },
    };
  }

  #structured(
    headers: AnswerHeaders,
    { payload, failed }: { payload: Member | undefined; failed: boolean },
  ): AnswerReading {
    const bytes = decodeContent(this.#answer.body, this.#header("content-encoding"));
    const body = bytes.length === 0 ? undefined : this.#body(bytes, payload, failed);
    const { leaves, unknown } = this.#found;
    return {
      kind: "structured",
      leaves,
      unknown,
      write: (edits) => {
        const all = withDigests(this.#call, leaves, outerEdits(edits));
        const ofHeaders = all.filter((edit) => leafOf(edit).holder === headers);
        const ofBody = all.filter((edit) => leafOf(edit).holder !== headers);
        const written = headers.write(ofHeaders);
        if (ofBody.length === 0 || !body) return { headers: written, body: this.#answer.body };
        const changed = body.write(ofBody);
        return {
          headers: headersOfChangedBody(written, this.#call.service, changed.length),
          body: changed,
        };
      },
    };
  }

  #body(bytes: Uint8Array, payload: Member | undefined, failed: boolean): ByteBody {
    const { protocol } = this.#call;
    const of = {
      of: this.#call,
      protocol,
      model: this.#model,
      failed,
      headerCode: this.#headerCode(),
      payload,
    };
    const stream = failed ? undefined : streamOf(this.#model);
    return stream
      ? readEvents(bytes, { ...of, payload: undefined }, stream, this.#found)
      : readBody(bytes, of, this.#found);
  }
}

/** Only REST binds one member to the whole body. */
function payloadOf({ output }: AnswerModel, protocol: Protocol): Member | undefined {
  if (protocol !== "rest-json" && protocol !== "rest-xml") return undefined;
  return output?.members.find(({ payload }) => payload);
}

function streamOf({ output }: AnswerModel): Member | undefined {
  return output?.members.find(({ event }) => event === "stream");
}

function isOpaque({ type }: Member): boolean {
  return type.kind === "scalar" && (type.scalar === "blob" || type.scalar === "string");
}
