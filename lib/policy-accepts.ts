// The annotation `@accepts`: the ways past a gate that its author knows of and leaves open, each with a reason, as
// `dynamodb:PutItem: writers replace items on purpose; s3:PutObject: the buckets are versioned`.

const ACCEPTED = /^([a-z0-9-]+:[A-Za-z0-9]+): \S.*$/;

/** The actions that are accepted; none when the text is malformed, which the annotation's form refuses. */
export function acceptedWays(text: string): ReadonlySet<string> {
  return new Set(text.split("; ").flatMap((each) => ACCEPTED.exec(each)?.[1] ?? []));
}
