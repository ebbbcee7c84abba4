// Reads an object of the template member by member and refuses what nobody read: so a property that the local cloud
// would silently ignore, and AWS would not, stops the start. Every fault names its path in the template.

export class TemplateError extends Error {
  constructor(path: string, problem: string) {
    super(`the local cloud cannot serve this template: ${path} ${problem}`);
    this.name = "TemplateError";
  }
}

export class Members {
  readonly path: string;
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new TemplateError(path, "is not an object");
    }
    this.path = path;
    this.#members = value as Readonly<Record<string, unknown>>;
  }

  /** The member as it is, `undefined` when absent. */
  any(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  text(name: string): string {
    return this.maybeText(name) ?? this.#lacks(name);
  }

  maybeText(name: string): string | undefined {
    const value = this.any(name);
    if (value === undefined || typeof value === "string") return value;
    throw new TemplateError(`${this.path}.${name}`, "is not a text");
  }

  number(name: string): number {
    return this.maybeNumber(name) ?? this.#lacks(name);
  }

  /** CloudFormation takes a number in quotes for a number. */
  maybeNumber(name: string): number | undefined {
    const value = this.any(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && value !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw new TemplateError(`${this.path}.${name}`, "is not a number");
  }

  list(name: string): readonly unknown[] {
    const value = this.any(name) ?? [];
    if (Array.isArray(value)) return value;
    throw new TemplateError(`${this.path}.${name}`, "is not a list");
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((value, at) => {
      if (typeof value === "string") return value;
      throw new TemplateError(`${this.path}.${name}[${at}]`, "is not a text");
    });
  }

  /** A map of texts, empty when absent. */
  textMap(name: string): Readonly<Record<string, string>> {
    const map = this.members(name);
    const entries = Object.keys(map.#members).map((key) => [key, map.text(key)] as const);
    return Object.fromEntries(entries);
  }

  /** A nested object, empty when absent. */
  members(name: string): Members {
    return new Members(this.any(name) ?? {}, `${this.path}.${name}`);
  }

  each(name: string): readonly Members[] {
    return this.list(name).map((value, at) => new Members(value, `${this.path}.${name}[${at}]`));
  }

  /** The member may be absent or have one of these values: another would change what is served. */
  only(name: string, ...allowed: readonly (string | number | boolean)[]): void {
    const value = this.any(name);
    if (value === undefined || allowed.some((one) => one === value)) return;
    throw new TemplateError(
      `${this.path}.${name}`,
      `has the value \`${JSON.stringify(value)}\`, which is not served`,
    );
  }

  /** As `only`, and it must be there. */
  exactly(name: string, ...allowed: readonly (string | number | boolean)[]): void {
    if (!this.has(name)) this.#lacks(name);
    this.only(name, ...allowed);
  }

  /** Members without a meaning on one machine: descriptions, encryption at rest, retention, logs. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** To be called last. */
  done(): void {
    const unknown = Object.keys(this.#members).filter((name) => !this.#read.has(name));
    if (unknown.length > 0) {
      throw new TemplateError(
        this.path,
        `has members that the local cloud does not know: ${unknown.join(", ")}`,
      );
    }
  }

  #lacks(name: string): never {
    throw new TemplateError(`${this.path}.${name}`, "is missing");
  }
}
