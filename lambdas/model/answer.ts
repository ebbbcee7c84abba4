// AWS's answer as masking sees it: the leaves of its tree by the model's member names, whatever the protocol, and what is
// to be changed about them. Read and written back by recognition/answers/; masking/ only chooses the edits.

/** One step from the answer's root to a leaf: a member, an item of a list, the key or the value of a map. */
export type AnswerStep =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "item"; readonly index: number }
  /** The value under this key. */
  | { readonly kind: "value"; readonly key: string }
  /** The key itself, as a text that may hold a secret. */
  | { readonly kind: "key"; readonly key: string };

export type LeafType = "string" | "blob" | "number" | "boolean" | "timestamp" | "null";

export interface AnswerLeaf {
  readonly path: readonly AnswerStep[];
  readonly type: LeafType;
  /** Strings decoded, blobs as base64, numbers and timestamps digit for digit as AWS wrote them. */
  readonly text: string;
  /** By the model's trait, on this member or on one above it. */
  readonly sensitive: boolean;
  /** False for what the model does not know. */
  readonly known: boolean;
}

export type Edit =
  | { readonly leaf: AnswerLeaf; readonly kind: "replace"; readonly text: string }
  | { readonly leaf: AnswerLeaf; readonly kind: "drop" }
  | { readonly leaf: AnswerLeaf; readonly kind: "null" };

/** The headers and the whole body, as AWS sent them or as they go on. */
export interface AnswerParts {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** What hides parts of answers, from the matched permits; adds to what the models and the defaults hide. */
export interface MaskObligations {
  /** Member paths such as `SecretString`, `Parameters[].Value`, `Environment.Variables.*`, `dynamodb:Table/Orders.card`. */
  readonly masks: readonly MaskPath[];
  /** Counts only where every matched permit says it. */
  readonly unmasks: readonly MaskPath[];
  /** Names of detectors beyond those that always look. */
  readonly detectors: readonly string[];
}

export interface MaskPath {
  readonly path: string;
  readonly style: MaskStyle;
}

export type MaskStyle = "fixed" | "last4" | "hash" | "drop" | "null";
