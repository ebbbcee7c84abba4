// AWS's answer as its caller may see it: read by its model, masked, written back. Fails closed: what cannot be read, is too
// large to be read, or holds what has to be hidden and cannot be, is withheld. Opaque payloads (an object of S3) pass
// through the detectors as they come; everything else is read whole.

import { CountersignError } from "../boundary/errors.ts";
import { faultFields, log as writeLog } from "../boundary/log.ts";
import { detectorsNamed } from "../masking/detectors/catalogue.ts";
import { customDetector } from "../masking/detectors/custom.ts";
import type { Detector } from "../masking/detectors/detector.ts";
import { maskAnswer } from "../masking/mask-answer.ts";
import { createStreamMasker } from "../masking/stream-mask.ts";
import type { AnswerLeaf, AnswerParts, Edit, MaskObligations } from "../model/answer.ts";
import type { AwsCall } from "../model/aws-call.ts";
import type { Deployment } from "../model/deployment.ts";
import type { RecordedMasks } from "../model/record.ts";
import { sensitiveAnswerPaths } from "../recognition/answers/paths.ts";
import { type AnswerReading, answerForm, readAnswer } from "../recognition/answers/read-answer.ts";
import type { AnswerSource } from "../recognition/shard.ts";
import type { UpstreamAnswer } from "../upstream/ports.ts";
import { type AnswerBody, type ByteFilter, readAnswerBody } from "./answer-body.ts";

/** What a function may answer through API Gateway is 10 MB; reading takes a few times the size in memory. */
const STRUCTURED_BYTES = 6_291_456;
/** Opaque answers up to this wait for their Outcome; larger ones stream. */
const OPAQUE_BYTES = 1_048_576;
const FAILED = 300;

export interface MaskUpstreamDependencies {
  readonly models: AnswerSource;
  readonly deployment: Pick<Deployment, "detectors">;
  /** The key of the style `hash`. @throws when it cannot be had: the answer is withheld then. */
  readonly maskKey: () => Promise<Uint8Array>;
}

type Headers = AnswerParts["headers"];

export type MaskedUpstream =
  | {
      readonly kind: "whole";
      readonly raw: Uint8Array;
      readonly parts: AnswerParts;
      readonly masks: RecordedMasks;
    }
  | {
      readonly kind: "stream";
      readonly headers: Headers;
      readonly chunks: (AnswerBody & { kind: "stream" })["chunks"];
      readonly filter: ByteFilter;
      /** Complete once the stream has ended. */
      readonly masks: () => RecordedMasks;
    }
  | { readonly kind: "withheld"; readonly raw: Uint8Array; readonly reason: string };

/** @throws when AWS cut the answer */
export async function maskUpstream(
  answer: UpstreamAnswer,
  call: AwsCall,
  obligations: MaskObligations | undefined,
  { models, deployment, maskKey }: MaskUpstreamDependencies,
): Promise<MaskedUpstream> {
  const isOpaque = answer.status < FAILED && answerForm(call, models) === "opaque";
  const body = await readAnswerBody(answer.body, isOpaque ? OPAQUE_BYTES : STRUCTURED_BYTES);
  if (body.kind === "stream" && !isOpaque) {
    await body.discard();
    return withheld("it is larger than 6 MB, which is more than can be masked: ask for less at once");
  }
  const raw = body.kind === "whole" ? body.bytes : new Uint8Array();
  try {
    const reading = readAnswer(call, { status: answer.status, headers: answer.headers, body: raw }, models);
    if (reading.kind === "unreadable")
      return await refused(body, raw, `it cannot be read for certain: ${reading.reason}`);
    const hashKey = obligations?.masks.some(({ style }) => style === "hash") ? await maskKey() : undefined;
    const rules = { obligations, custom: ownDetectors(deployment), hashKey, models };
    const masking = new Masking({ reading, status: answer.status }, call, rules);
    return masking.reason === undefined ? masking.apply(body, raw) : await refused(body, raw, masking.reason);
  } catch (error) {
    // A fault of ours must not let pass what should be hidden.
    writeLog({ event: "fault", fault: faultFields(error) });
    return refused(body, raw, "it could not be masked");
  }
}

async function refused(body: AnswerBody, raw: Uint8Array, reason: string): Promise<MaskedUpstream> {
  if (body.kind === "stream") await body.discard();
  return withheld(reason, raw);
}

function withheld(reason: string, raw: Uint8Array = new Uint8Array()): MaskedUpstream {
  return { kind: "withheld", raw, reason };
}

type Readable = Exclude<AnswerReading, { kind: "unreadable" }>;

interface MaskRules {
  readonly obligations: MaskObligations | undefined;
  readonly custom: readonly Detector[];
  readonly hashKey: Uint8Array | undefined;
  readonly models: AnswerSource;
}

const compiled = new WeakMap<object, readonly Detector[]>();

/** The deployment's own, made once. Synth has refused every pattern that is none. */
function ownDetectors({ detectors }: Pick<Deployment, "detectors">): readonly Detector[] {
  const known = compiled.get(detectors);
  if (known !== undefined) return known;
  const made = detectors.map(({ name, pattern }) => {
    const custom = customDetector(name, pattern);
    if (custom.kind === "refused") throw new CountersignError("internal", "a configured detector is none");
    return custom.detector;
  });
  compiled.set(detectors, made);
  return made;
}

/** What policies ask for, and the deployment's own, which always look. */
function lookingToo(obligations: MaskObligations | undefined, custom: readonly Detector[]): MaskObligations {
  const { masks = [], unmasks = [], detectors = [] } = obligations ?? {};
  return { masks, unmasks, detectors: [...detectors, ...custom.map(({ name }) => name)] };
}

/** One answer that was read: which of its leaves are hidden, and what becomes of its body. */
class Masking {
  /** Why nothing of it may be shown. */
  readonly reason: string | undefined;
  readonly #reading: Readable;
  readonly #edits: readonly Edit[];
  readonly #masks: RecordedMasks;
  /** Stands for the payload that is not read: masks name it as they name any member. */
  readonly #payload: AnswerLeaf | undefined;
  readonly #filter: ReturnType<typeof createStreamMasker>;

  constructor(
    { reading, status }: { readonly reading: Readable; readonly status: number },
    call: AwsCall,
    { obligations, custom, hashKey, models }: MaskRules,
  ) {
    this.#reading = reading;
    this.#payload = reading.kind === "opaque" ? payloadLeaf(reading) : undefined;
    const leaves = this.#payload === undefined ? reading.leaves : [...reading.leaves, this.#payload];
    // An error holds none of the operation's output members: only what the policy names could be in one.
    const marked = status < FAILED && isMarked(call, models);
    const {
      edits,
      masks,
      withheld: reason,
    } = maskAnswer({
      leaves,
      call,
      marked,
      custom,
      obligations: lookingToo(obligations, custom),
      ...(hashKey !== undefined && { hashKey }),
    });
    const looking = detectorsNamed(lookingToo(obligations, custom).detectors, custom);
    this.reason = reason ?? (looking.kind === "unknown" ? `\`${looking.name}\` is no detector` : undefined);
    this.#edits = edits;
    this.#masks = masks;
    const isShown = this.#payload !== undefined && isShownByName(this.#payload, call, obligations);
    this.#filter = createStreamMasker(looking.kind === "detectors" && !isShown ? looking.detectors : []);
  }

  apply(body: AnswerBody, raw: Uint8Array): MaskedUpstream {
    const reading = this.#reading;
    if (reading.kind === "structured") {
      return { kind: "whole", raw, parts: reading.write(this.#edits), masks: this.#masks };
    }
    const ofPayload = this.#edits.find(({ leaf }) => leaf === this.#payload);
    const others = this.#edits.filter((edit) => edit !== ofPayload);
    if (ofPayload !== undefined) {
      if (body.kind === "stream") void body.discard();
      const text = ofPayload.kind === "replace" ? ofPayload.text : "";
      return { kind: "whole", raw, parts: reading.write(others, Buffer.from(text)), masks: this.#masks };
    }
    return body.kind === "whole"
      ? this.#wholePayload(reading, others, raw)
      : this.#stream(reading, others, body);
  }

  #wholePayload(
    reading: Readable & { kind: "opaque" },
    edits: readonly Edit[],
    raw: Uint8Array,
  ): MaskedUpstream {
    const masked = Buffer.concat([this.#filter.push(raw), this.#filter.end()]);
    const isSame = masked.equals(raw);
    const parts = isSame ? reading.write(edits) : reading.write(edits, masked);
    return { kind: "whole", raw, parts, masks: this.#withDetected() };
  }

  #stream(
    reading: Readable & { kind: "opaque" },
    edits: readonly Edit[],
    { chunks }: AnswerBody & { kind: "stream" },
  ): MaskedUpstream {
    // Told before the body is known: what a mask on the way would make false is left out. The ETag names the object.
    const headers = reading.write(edits).headers.filter(([name]) => !WHOLE_BODY.test(name));
    return { kind: "stream", headers, chunks, filter: this.#filter, masks: () => this.#withDetected() };
  }

  #withDetected(): RecordedMasks {
    const detectors = { ...this.#masks.detectors };
    for (const [name, times] of Object.entries(this.#filter.found())) {
      detectors[name] = (detectors[name] ?? 0) + times;
    }
    return { ...this.#masks, detectors };
  }
}

/** By any operation that the call may be: the answer is read as the first one's. */
function isMarked({ candidates, signingName }: AwsCall, models: AnswerSource): boolean {
  return candidates.some((one) => sensitiveAnswerPaths(models, { signingName, ...one }).length > 0);
}

const WHOLE_BODY = /^(content-length|content-md5|x-amz-checksum-.*)$/i;

function payloadLeaf({ member, sensitive }: Readable & { kind: "opaque" }): AnswerLeaf {
  // One character that no detector takes for anything: only masks by name can hide it.
  return { path: [{ kind: "member", name: member }], type: "string", text: "-", sensitive, known: true };
}

/** A policy shows the payload and none masks it: detectors do not look at it then, as at any member that is shown. */
function isShownByName(
  payload: AnswerLeaf,
  call: AwsCall,
  obligations: MaskObligations | undefined,
): boolean {
  if (obligations === undefined || obligations.unmasks.length === 0) return false;
  const { edits, masks } = maskAnswer({ leaves: [payload], call, obligations });
  return edits.length === 0 && masks.unmasked.length > 0;
}
