// The policies of one deployment as lib/policy-bundle.ts checked and packed them at synth. Believed at request time:
// the bundle ships with the function's code, and whoever can change it can change the code as well.

/** An entity that a policy names, e.g. `AWS::Action` and `s3:GetObject`. */
export interface EntityName {
  readonly type: string;
  readonly id: string;
}

/** What a policy mentions, read from its syntax tree at synth so that a cold start need not parse it a second time. */
export interface PolicyFacts {
  readonly effect: "permit" | "forbid";
  /** The actions of the scope (also in a list, also a group); `null` when the scope takes every action. */
  readonly actions: readonly EntityName[] | null;
  /** Every ARN that the policy names, in scope or condition. */
  readonly resources: readonly string[];
  readonly resourceSets: readonly string[];
  /** Top-level members of `context.params` that it reads; `null` when it uses `context.params` as a whole. */
  readonly parameters: readonly string[] | null;
}

export interface BundledPolicy {
  /** The text of `@id`, else `<file without .cedar>#<position from 1>`. Stands in records and explanations. */
  readonly id: string;
  /** One policy in Cedar, exactly as written. */
  readonly text: string;
  readonly file: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly facts: PolicyFacts;
}

export interface PolicyBundle {
  /** sha256 over schema and policies, hex: names the policies of that moment in every record. */
  readonly version: string;
  /** Cedar's schema as JSON, with an open list of parameters: for editors and explanations, not used to decide. */
  readonly schema: unknown;
  readonly policies: readonly BundledPolicy[];
  /** For whoever synthesises; each begins with file and line. */
  readonly warnings: readonly string[];
}
