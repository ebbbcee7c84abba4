// An evaluator of session policies, written from IAM's documentation and not from our code: what the tests hold our
// policies against. It reads only what we write (Allow, Action, Resource, StringEquals) and throws on anything else.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM writes its escapes like that

export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly viaService?: string;
}

export function allows(policyText: string, question: Question): boolean {
  const policy = JSON.parse(policyText);
  if (policy.Version !== "2012-10-17") throw new Error("other versions do not know ${*}");
  return policy.Statement.some((statement: Record<string, unknown>) => {
    for (const key of Object.keys(statement)) {
      if (!["Effect", "Action", "Resource", "Condition"].includes(key))
        throw new Error(`unknown element ${key}`);
    }
    if (statement.Effect !== "Allow") throw new Error("only Allow is expected");
    return (
      list(statement.Action).some((action) => matches(action.toLowerCase(), question.action.toLowerCase())) &&
      list(statement.Resource).some((pattern) => matches(pattern, question.resource)) &&
      conditionHolds(statement.Condition, question)
    );
  });
}

function conditionHolds(condition: unknown, { viaService }: Question): boolean {
  if (condition === undefined) return true;
  const { StringEquals, ...others } = condition as { StringEquals: Record<string, string> };
  if (Object.keys(others).length > 0 || Object.keys(StringEquals).join() !== "kms:ViaService") {
    throw new Error("unknown condition");
  }
  return StringEquals["kms:ViaService"] === viaService;
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value : [value as string];
}

type Token =
  | { readonly kind: "any" }
  | { readonly kind: "one" }
  | { readonly kind: "is"; readonly text: string };

function tokens(pattern: string): Token[] {
  const found: Token[] = [];
  for (let rest = pattern; rest !== ""; ) {
    const escaped = /^\$\{([*?$])\}/.exec(rest)?.[1];
    if (escaped !== undefined) {
      found.push({ kind: "is", text: escaped });
      rest = rest.slice(4);
      continue;
    }
    if (rest.startsWith("${")) throw new Error("a policy variable that nobody meant");
    const [character = ""] = rest;
    found.push(
      character === "*"
        ? { kind: "any" }
        : character === "?"
          ? { kind: "one" }
          : { kind: "is", text: character },
    );
    rest = rest.slice(character.length);
  }
  return found;
}

/** By sets of positions, so that no pattern is slow. */
export function matches(pattern: string, text: string): boolean {
  const characters = [...text];
  let at = new Set([0]);
  for (const token of tokens(pattern)) {
    const next = new Set<number>();
    for (const position of at) {
      if (token.kind === "any") for (let p = position; p <= characters.length; p += 1) next.add(p);
      else if (
        position < characters.length &&
        (token.kind === "one" || characters[position] === token.text)
      ) {
        next.add(position + 1);
      }
    }
    at = next;
  }
  return at.has(characters.length);
}
