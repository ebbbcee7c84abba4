// Evaluates the endpoint rules that botocore carries, to learn which host serves a service in a region. Runs only in
// the generator: at request time hosts come from the table made here (R5). An unknown function is a fault.

export interface Partition {
  readonly id: string;
  readonly regionRegex: string;
  readonly regions: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

type Parameters = Readonly<Record<string, unknown>>;
interface Call {
  readonly fn: string;
  readonly argv: readonly unknown[];
  readonly assign?: string;
}
interface Rule {
  readonly conditions: readonly Call[];
  readonly endpoint?: { readonly url: unknown; readonly properties?: Record<string, unknown> };
  readonly rules?: readonly Rule[];
  readonly error?: unknown;
}
export interface RuleSet {
  readonly parameters: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly rules: readonly Rule[];
}
export interface Endpoint {
  readonly url: string;
  readonly signingRegion: string | undefined;
  readonly signingName: string | undefined;
}

/** The endpoint for these parameters, or `undefined` where the rules answer with an error. */
export function resolveEndpoint(
  rules: RuleSet,
  given: Parameters,
  partitions: readonly Partition[],
): Endpoint | undefined {
  const scope: Record<string, unknown> = Object.create(null);
  for (const [name, { default: value }] of Object.entries(rules.parameters)) scope[name] = value;
  Object.assign(scope, given);
  return firstMatch(rules.rules, scope, partitions);
}

function firstMatch(
  rules: readonly Rule[],
  scope: Record<string, unknown>,
  partitions: readonly Partition[],
): Endpoint | undefined {
  for (const rule of rules) {
    const inner = Object.assign(Object.create(null), scope);
    if (!rule.conditions.every((condition) => holds(condition, inner, partitions))) continue;
    if (rule.error !== undefined) return undefined;
    if (rule.endpoint) return toEndpoint(rule.endpoint, inner, partitions);
    return firstMatch(rule.rules ?? [], inner, partitions);
  }
  return undefined;
}

function holds(condition: Call, scope: Record<string, unknown>, partitions: readonly Partition[]): boolean {
  const value = call(condition, scope, partitions);
  if (condition.assign !== undefined) scope[condition.assign] = value;
  return value !== undefined && value !== null && value !== false;
}

function toEndpoint(
  endpoint: NonNullable<Rule["endpoint"]>,
  scope: Record<string, unknown>,
  partitions: readonly Partition[],
): Endpoint {
  const schemes = endpoint.properties?.authSchemes as
    | Array<{ signingRegion?: unknown; signingName?: string }>
    | undefined;
  const region = schemes?.[0]?.signingRegion;
  return {
    url: String(evaluate(endpoint.url, scope, partitions)),
    signingRegion: region === undefined ? undefined : String(evaluate(region, scope, partitions)),
    signingName: schemes?.[0]?.signingName,
  };
}

function evaluate(value: unknown, scope: Record<string, unknown>, partitions: readonly Partition[]): unknown {
  if (typeof value === "string") return fillText(value, scope);
  if (value !== null && typeof value === "object") {
    if ("ref" in value) return scope[String(value.ref)];
    if ("fn" in value) return call(value as Call, scope, partitions);
  }
  return value;
}

function fillText(text: string, scope: Record<string, unknown>): string {
  return text.replaceAll(/\{([^}]*)\}/g, (_, inner: string) => {
    const [name = "", path] = inner.split("#");
    return String(path === undefined ? scope[name] : attribute(scope[name], path));
  });
}

function attribute(value: unknown, path: string): unknown {
  let at = value;
  for (const step of path.split(".")) {
    const [, name = "", index] = /^([^[]*)(?:\[(\d+)\])?$/.exec(step) ?? [];
    if (name !== "") at = (at as Record<string, unknown> | undefined)?.[name];
    if (index !== undefined) at = (at as unknown[] | undefined)?.[Number(index)];
  }
  return at;
}

function call({ fn, argv }: Call, scope: Record<string, unknown>, partitions: readonly Partition[]): unknown {
  const [first, second, third, fourth] = argv.map((value) => evaluate(value, scope, partitions));
  switch (fn) {
    case "isSet":
      return first !== undefined && first !== null;
    case "not":
      return first === undefined || first === null || first === false;
    case "booleanEquals":
    case "stringEquals":
      return first === second;
    case "getAttr":
      return attribute(first, String(second));
    case "aws.partition":
      return partitionOf(String(first), partitions);
    case "substring":
      return substring(String(first), Number(second), Number(third), fourth === true);
    case "isValidHostLabel":
      return /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(String(first));
    case "aws.isVirtualHostableS3Bucket":
      return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(String(first));
    case "uriEncode":
      return encodeURIComponent(String(first));
    case "parseURL":
    case "aws.parseArn":
      return undefined; // the generator leaves custom endpoints unset and gives no ARN
    default:
      throw new Error(`endpoint rules use \`${fn}\`, which the generator does not know`);
  }
}

function partitionOf(region: string, partitions: readonly Partition[]): unknown {
  const partition =
    partitions.find(({ regions }) => Object.hasOwn(regions, region)) ??
    partitions.find(({ regionRegex }) => new RegExp(regionRegex).test(region));
  return partition && { name: partition.id, ...partition.outputs };
}

function substring(text: string, start: number, stop: number, reverse: boolean): string | undefined {
  if (start >= stop || text.length < stop) return undefined;
  return reverse ? text.slice(text.length - stop, text.length - start) : text.slice(start, stop);
}
