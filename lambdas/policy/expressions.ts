// Reads expressions of Cedar's syntax tree (its documented JSON form): which members of which variables stand in them.
// Decides nothing. Believes the tree: it comes from Cedar's own parser.

/** One use of a variable's member, e.g. `["context", "params", "Key"]`. A bare variable is a path of one. */
export interface MemberUse {
  readonly path: readonly string[];
  /** True for the test `x has y`, which does not fail where `y` is absent. */
  readonly isTest: boolean;
}

export type Node = Readonly<Record<string, unknown>>;

/** Returns every use of `principal`, `action`, `resource` and `context` in an expression. */
export function membersIn(expression: unknown): readonly MemberUse[] {
  const uses: MemberUse[] = [];
  visit(expression, uses);
  return uses;
}

/** The path of `context.params.Key` and its like, or `null` when the expression is no member of a variable. */
export function pathOf(node: unknown): readonly string[] | null {
  if (!isNode(node)) return null;
  if (typeof node.Var === "string") return [node.Var];
  const access = node["."];
  if (!isNode(access) || typeof access.attr !== "string") return null;
  const left = pathOf(access.left);
  return left === null ? null : [...left, access.attr];
}

/** The path that a `has` tests: its left side and one or more names. */
export function testedPathOf(node: unknown): readonly string[] | null {
  if (!isNode(node) || !isNode(node.has)) return null;
  const left = pathOf(node.has.left);
  const names = [node.has.attr].flat().filter((name) => typeof name === "string");
  return left === null ? null : [...left, ...names];
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function visit(node: unknown, uses: MemberUse[]): void {
  const tested = testedPathOf(node);
  const path = tested ?? pathOf(node);
  if (path !== null) {
    uses.push({ path, isTest: tested !== null });
  } else if (Array.isArray(node)) {
    for (const each of node) visit(each, uses);
  } else if (isNode(node)) {
    for (const each of Object.values(node)) visit(each, uses);
  }
}
