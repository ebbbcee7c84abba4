// A second reading of policies, written for the tests alone: a policy as a small tree, its text in Cedar, and what it says
// to one question, worked out here without Cedar. Knows only what test/policy/naive-world.ts generates.

/** Members of the question that a condition can read. */
export type Path = readonly [root: "context" | "resource" | "principal", ...names: string[]];

export type Condition =
  | { readonly kind: "equals"; readonly path: Path; readonly value: string | number | boolean }
  | { readonly kind: "below"; readonly path: Path; readonly value: number }
  | { readonly kind: "begins"; readonly path: Path; readonly prefix: string }
  | { readonly kind: "oneOf"; readonly path: Path; readonly values: readonly string[] }
  | { readonly kind: "has"; readonly path: Path }
  | { readonly kind: "inSet"; readonly set: string }
  | { readonly kind: "isArn"; readonly arn: string }
  | { readonly kind: "inGroup"; readonly group: string }
  | { readonly kind: "inAction"; readonly action: string }
  | { readonly kind: "inNetwork"; readonly path: Path; readonly octets: readonly number[] }
  | { readonly kind: "before"; readonly seconds: number }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly inner: Condition };

/** What people have to approve; what is not stated has its default where it is added up. */
export interface NaiveTerms {
  readonly group: string;
  readonly quorum?: number;
  readonly minutes?: number;
  readonly otherwise?: "reject" | "queue";
  readonly run?: "attended" | "stored";
}

export interface NaivePolicy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly scopeOfCredential: "call" | "role" | null;
  readonly approve: NaiveTerms | null;
  readonly group: string | null;
  /** `null`: every action. `one`: `action ==`. */
  readonly actions: readonly string[] | null;
  readonly onlyRoles: boolean;
  readonly resource:
    | { readonly kind: "any" | "call" | "role" }
    | { readonly kind: "arn" | "set"; readonly name: string };
  readonly when: Condition | null;
  readonly unless: Condition | null;
}

type Value = string | number | boolean | { readonly [name: string]: Value };

/** One question: who, what, about which resource. */
export interface NaiveQuestion {
  readonly groups: readonly string[];
  /** The action first, then what it is a member of; `AssumeRole` for the use of a role. */
  readonly action: readonly string[];
  readonly isRole: boolean;
  readonly arn: string;
  readonly sets: readonly string[];
  readonly members: { readonly [root: string]: Value };
}

/** What Cedar calls an evaluation error. */
class Unanswerable extends Error {}

export type Verdict = "matches" | "does not" | "fails";

export function verdict(policy: NaivePolicy, question: NaiveQuestion): Verdict {
  if (!inScope(policy, question)) return "does not";
  try {
    if (policy.when !== null && !holds(policy.when, question)) return "does not";
    return policy.unless !== null && holds(policy.unless, question) ? "does not" : "matches";
  } catch (error) {
    if (error instanceof Unanswerable) return "fails";
    throw error;
  }
}

function inScope({ group, actions, onlyRoles, resource }: NaivePolicy, question: NaiveQuestion): boolean {
  if (group !== null && !question.groups.includes(group)) return false;
  if (onlyRoles && !question.isRole) return false;
  if (
    !onlyRoles &&
    actions !== null &&
    (question.isRole || !actions.some((each) => question.action.includes(each)))
  )
    return false;
  switch (resource.kind) {
    case "any":
      return true;
    case "call":
      return !question.isRole;
    case "role":
      return question.isRole;
    case "arn":
      return !question.isRole && question.arn === resource.name;
    case "set":
      return question.sets.includes(resource.name);
  }
}

function holds(condition: Condition, question: NaiveQuestion): boolean {
  switch (condition.kind) {
    case "and":
      return holds(condition.left, question) && holds(condition.right, question);
    case "or":
      return holds(condition.left, question) || holds(condition.right, question);
    case "not":
      return !holds(condition.inner, question);
    case "inSet":
      return question.sets.includes(condition.set);
    case "isArn":
      return !question.isRole && question.arn === condition.arn;
    case "inGroup":
      return question.groups.includes(condition.group);
    case "inAction":
      return !question.isRole && question.action.includes(condition.action);
    case "has": {
      const of = read(question, condition.path.slice(0, -1));
      if (typeof of !== "object") throw new Unanswerable();
      return Object.hasOwn(of, condition.path.at(-1) ?? "");
    }
    default:
      return compares(condition, question);
  }
}

type Comparing = Extract<
  Condition,
  { kind: "equals" | "below" | "begins" | "oneOf" | "inNetwork" | "before" }
>;

function compares(condition: Comparing, question: NaiveQuestion): boolean {
  const value = read(question, condition.kind === "before" ? ["context", "now"] : condition.path);
  switch (condition.kind) {
    case "equals":
      return value === condition.value;
    case "oneOf":
      return typeof value === "string" && condition.values.includes(value);
    case "below":
      if (typeof value !== "number") throw new Unanswerable();
      return value < condition.value;
    case "before":
      if (typeof value !== "number") throw new Unanswerable();
      return value < condition.seconds;
    case "begins":
      if (typeof value !== "string") throw new Unanswerable();
      return value.startsWith(condition.prefix);
    case "inNetwork": {
      if (typeof value !== "string") throw new Unanswerable();
      const octets = value.split(".").map(Number);
      return condition.octets.every((octet, index) => octets[index] === octet);
    }
  }
}

function read({ members }: NaiveQuestion, path: readonly string[]): Value {
  let value: Value = members;
  for (const name of path) {
    if (typeof value !== "object" || !Object.hasOwn(value, name)) throw new Unanswerable();
    value = value[name] as Value;
  }
  return value;
}

const quoted = JSON.stringify;

/** The policy in Cedar. */
export function cedarText(policy: NaivePolicy): string {
  const { id, effect, scopeOfCredential, group, actions, onlyRoles, resource, when, unless } = policy;
  const scope = scopeOfCredential === null ? "" : `@scope(${quoted(scopeOfCredential)}) `;
  const approve = policy.approve === null ? "" : `@approve(${quoted(termsText(policy.approve))}) `;
  const principal = group === null ? "principal" : `principal in Countersign::Group::${quoted(group)}`;
  const named = actions === null ? "" : actions.map((each) => `AWS::Action::${quoted(each)}`).join(", ");
  const action = onlyRoles
    ? `action == Countersign::Action::"AssumeRole"`
    : actions === null
      ? "action"
      : `action in [${named}]`;
  const clauses = [
    when === null ? "" : ` when { ${conditionText(when)} }`,
    unless === null ? "" : ` unless { ${conditionText(unless)} }`,
  ];
  return `@id(${quoted(id)}) ${scope}${approve}${effect}(${principal}, ${action}, ${resourceText(resource)})${clauses.join("")};`;
}

function termsText({ group, quorum, minutes, otherwise, run }: NaiveTerms): string {
  return [
    `group=${group}`,
    ...(quorum === undefined ? [] : [`quorum=${quorum}`]),
    ...(minutes === undefined ? [] : [`within=${minutes}m`]),
    ...(otherwise === undefined ? [] : [`otherwise=${otherwise}`]),
    ...(run === undefined ? [] : [`run=${run}`]),
  ].join(" ");
}

function resourceText(resource: NaivePolicy["resource"]): string {
  switch (resource.kind) {
    case "any":
      return "resource";
    case "call":
      return "resource is AWS::Resource";
    case "role":
      return "resource is Countersign::Role";
    case "arn":
      return `resource == AWS::Resource::${quoted(resource.name)}`;
    case "set":
      return `resource in Countersign::ResourceSet::${quoted(resource.name)}`;
  }
}

function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "and":
      return `(${conditionText(condition.left)} && ${conditionText(condition.right)})`;
    case "or":
      return `(${conditionText(condition.left)} || ${conditionText(condition.right)})`;
    case "not":
      return `!(${conditionText(condition.inner)})`;
    case "equals":
      return `${condition.path.join(".")} == ${quoted(condition.value)}`;
    case "below":
      return `${condition.path.join(".")} < ${condition.value}`;
    case "begins":
      return `${condition.path.join(".")} like ${quoted(`${condition.prefix}*`)}`;
    case "oneOf":
      return `${quoted(condition.values)}.contains(${condition.path.join(".")})`;
    case "has":
      return `${condition.path.slice(0, -1).join(".")} has ${condition.path.at(-1)}`;
    case "inSet":
      return `resource in Countersign::ResourceSet::${quoted(condition.set)}`;
    case "isArn":
      return `resource == AWS::Resource::${quoted(condition.arn)}`;
    case "inGroup":
      return `principal in Countersign::Group::${quoted(condition.group)}`;
    case "inAction":
      return `action in AWS::Action::${quoted(condition.action)}`;
    case "inNetwork":
      return `${condition.path.join(".")}.isInRange(ip(${quoted(networkText(condition.octets))}))`;
    case "before":
      return `context.now < datetime(${quoted(new Date(condition.seconds * 1000).toISOString())})`;
  }
}

function networkText(octets: readonly number[]): string {
  return `${[...octets, 0, 0, 0, 0].slice(0, 4).join(".")}/${octets.length * 8}`;
}
