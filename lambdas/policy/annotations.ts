// Every annotation that a policy may carry, and the form of each. Read at synth; what the permits oblige to at request time
// is obligations.ts.

type Effect = "permit" | "forbid";

interface AnnotationForm {
  readonly on: readonly Effect[];
  readonly form: RegExp;
  readonly example: string;
}

const ANY = /^[\x20-\x7e]{1,2000}$/; // Read part by part, so that what is wrong can be named (mask-terms.ts).

/**
 * `@reason` on a permit explains an `@unmask`; `@accepts` answers a warning of synth and obliges to nothing.
 */
export const ANNOTATIONS: ReadonlyMap<string, AnnotationForm> = new Map<string, AnnotationForm>([
  ["id", { on: ["permit", "forbid"], form: /^[A-Za-z0-9][\w.-]{0,63}$/, example: "reads-of-orders" }],
  ["reason", { on: ["permit", "forbid"], form: /^\P{Cc}{1,300}$/u, example: "deletes are made by people" }],
  [
    "accepts",
    {
      on: ["permit", "forbid"],
      form: /^[a-z0-9-]+:[A-Za-z0-9]+: [^;\p{Cc}]+(; [a-z0-9-]+:[A-Za-z0-9]+: [^;\p{Cc}]+)*$/u,
      example: "s3:PutObject: the buckets are versioned",
    },
  ],
  ["scope", { on: ["permit"], form: /^(call|prefix|role)$/, example: "call" }],
  ["record", { on: ["permit"], form: /^(full|parameters|metadata)$/, example: "full" }],
  ["mask", { on: ["permit"], form: ANY, example: "SecretString, Parameters[].Value=last4" }],
  ["unmask", { on: ["permit"], form: ANY, example: "SecretString" }],
  ["detect", { on: ["permit"], form: ANY, example: "jwt, email" }],
  [
    "limit",
    { on: ["permit"], form: /^calls=[1-9]\d{0,6} per=[1-9]\d{0,3}[mhd]$/, example: "calls=100 per=1h" },
  ],
  ["approve", { on: ["permit"], form: ANY, example: "group=prod-approvers quorum=2 within=1h" }],
]);
