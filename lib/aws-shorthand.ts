// The AWS CLI's shorthand for structures, lists and maps: `Key=owner,Value=ana`, `Values=a,b`, `Ebs={VolumeSize=8}`,
// `Names=[a,b]`. Without its file references.

import type { Type } from "../lambdas/recognition/shapes.ts";

/** @throws Error that names the option and shows the place. */
export function parseShorthand(text: string, type: Type, option: string): unknown {
  const reader = new ShorthandReader(text, option);
  const value = type.kind === "list" ? reader.items(type) : reader.pairs(type);
  reader.end();
  return value;
}

class ShorthandReader {
  readonly #text: string;
  readonly #option: string;
  #at = 0;

  constructor(text: string, option: string) {
    this.#text = text;
    this.#option = option;
  }

  end(): void {
    if (this.#at < this.#text.length) throw this.#broken();
  }

  /** `Name=value,Name=value`; a value may be a list of several: what follows a comma without `=` belongs to it. */
  pairs(type: Type): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    do {
      const [name] = /^\s*[^=,{}[\]'"]+(?==)/.exec(this.#text.slice(this.#at)) ?? [];
      if (name === undefined) throw this.#broken();
      this.#at += name.length + 1;
      const member = memberOf(type, name.trim());
      found[name.trim()] = this.#value(member);
    } while (this.#take(","));
    return found;
  }

  items(type: Extract<Type, { kind: "list" }>): unknown[] {
    const found: unknown[] = [];
    do found.push(this.#single(type.element.type));
    while (!this.#nameFollows() && this.#take(","));
    return found;
  }

  #value(type: Type | undefined): unknown {
    if (type?.kind === "list" && this.#text[this.#at] !== "[") return this.items(type);
    return this.#single(type);
  }

  #single(type: Type | undefined): unknown {
    if (this.#take("{")) return this.#closed("}", this.pairs(type ?? ANY));
    if (this.#take("[")) return this.#closed("]", this.items(type?.kind === "list" ? type : ANY_LIST));
    return typed(this.#word(), type);
  }

  #closed(bracket: string, value: unknown): unknown {
    if (!this.#take(bracket)) throw this.#broken();
    return value;
  }

  #word(): string {
    const rest = this.#text.slice(this.#at);
    const quoted = /^'([^']*)'|^"((?:[^"\\]|\\.)*)"/.exec(rest);
    const [plain = ""] = /^(?:[^,}\]\\]|\\.)*/.exec(rest) ?? [];
    const taken = quoted?.[0] ?? plain;
    this.#at += taken.length;
    return (quoted?.[1] ?? quoted?.[2] ?? plain).replaceAll(/\\(.)/g, "$1");
  }

  /** Behind a comma, `Name=` begins the next member. */
  #nameFollows(): boolean {
    return /^,\s*[^=,{}[\]'"]+=/.test(this.#text.slice(this.#at));
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #broken(): Error {
    const place = this.#text.slice(this.#at, this.#at + 20);
    return new Error(
      `\`${this.#option}\` is no shorthand such as \`Key=a,Value=b\` at \`${place}\`; JSON is taken too`,
    );
  }
}

const ANY: Type = { kind: "scalar", scalar: "string", form: "default" };
const ANY_LIST = { kind: "list", element: { type: ANY }, flattened: false } as Extract<
  Type,
  { kind: "list" }
>;

function memberOf(type: Type, name: string): Type | undefined {
  if (type.kind === "structure") return type.members.find((member) => member.name === name)?.type;
  return type.kind === "map" ? type.value.type : undefined;
}

function typed(text: string, type: Type | undefined): unknown {
  if (type?.kind !== "scalar") return text;
  if (type.scalar === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  const isNumber = type.scalar === "integer" || type.scalar === "float";
  return isNumber && text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}
