// When many resources become the beginning of their names: only where the records show several in one folder, and never
// wider than that folder. Decides nothing about policies.

/** A folder of names that the records show several resources in. */
export interface Prefix {
  /** The beginning of the ARNs, up to and with its slash. */
  readonly prefix: string;
  /** How many different resources the records show in it. */
  readonly seen: number;
}

/** @param least so many different resources at least; `null`: never */
export function prefixesOf(arns: Iterable<string>, least: number | null): readonly Prefix[] {
  if (least === null) return [];
  const byFolder = Map.groupBy(new Set(arns), folderOf);
  const found = [...byFolder].flatMap(([prefix, members]) =>
    prefix === null || members.length < least ? [] : [{ prefix, seen: members.length }],
  );
  return found.sort((one, other) => (one.prefix < other.prefix ? -1 : 1));
}

/** The folder that stands for this name, if one does. */
export function prefixOver(arn: string, prefixes: readonly Prefix[]): Prefix | undefined {
  const folder = folderOf(arn);
  return prefixes.find(({ prefix }) => prefix === folder);
}

// arn:partition:service:region:account:resource, where the resource of most services begins with its type.
const ARN = /^(arn:[^:]*:([^:]*):[^:]*:[^:]*:)(.*)$/s;

/** `null` where the folder would be all resources of a type: a table, a function, a bucket has none. */
function folderOf(arn: string): string | null {
  const [, head = "", service = "", resource = ""] = ARN.exec(arn) ?? [];
  const type = service === "s3" ? "" : (/^[a-z][a-z-]*[:/]/.exec(resource)?.[0] ?? "");
  const name = resource.slice(type.length);
  const slash = name.lastIndexOf("/");
  // A parameter's own name begins with a slash in its ARN's place: the type's slash is that slash.
  return slash <= 0 ? null : `${head}${type}${name.slice(0, slash + 1)}`;
}
