// What the process that is killed and its parent say to each other. Only declarations.

export type Work = "call" | "ask" | "run" | "vote";

export interface Terms {
  readonly run: "attended" | "stored";
  readonly otherwise: "reject" | "queue";
  readonly withinSeconds: number;
}

/** Die at the nth act of this name. `inside`: AWS has the request and has not answered; the parent kills then. */
export interface Kill {
  readonly act: string;
  readonly nth: number;
  readonly when: "before" | "inside" | "after";
}

export interface Invoke {
  readonly kind: "invoke";
  readonly work: Work;
  readonly event: unknown;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly terms: Terms;
  /** What policy says; it holds the call when this is left out. */
  readonly decision?: "permit" | "deny";
  readonly kill: Kill | null;
}

export type World =
  | { readonly kind: "sleep"; readonly ms: number }
  | { readonly kind: "start"; readonly approval: string; readonly input: object }
  | { readonly kind: "resume"; readonly token: string; readonly status: string }
  | { readonly kind: "send" }
  | { readonly kind: "tell"; readonly to: string };

export type Reply = string | number;

export type FromChild =
  | { readonly kind: "ready" }
  | { readonly kind: "world"; readonly id: number; readonly world: World }
  | { readonly kind: "done"; readonly result: unknown; readonly acts: readonly string[] }
  | { readonly kind: "failed"; readonly message: string; readonly acts: readonly string[] };
