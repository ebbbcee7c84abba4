// Decides which headers of AWS's answer the agent sees. An allow-list: hop-by-hop headers, cookies and redirect targets
// stay here, since a redirect followed by the agent would leave the gateway. AWS's answer is trusted as to content only.

type HeaderPairs = readonly (readonly [name: string, value: string])[];

const RELAYED: ReadonlySet<string> = new Set([
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-range",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "retry-after",
]);
const RELAYED_PREFIXES = ["x-amz-", "x-amzn-"];
/** In the order in which services prefer them; the last is S3's extended id. */
const REQUEST_ID_HEADERS = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id", "x-amz-id-2"];
const REQUEST_ID = /^[\w+/=:.-]{1,200}$/;

/**
 * The headers that go back, in order of arrival. `content-length` is AWS's own: who changes the body must change it.
 * Status and body go on unchanged even for a redirect, whose `location` is dropped.
 */
export function relayHeaders(answer: HeaderPairs): HeaderPairs {
  return answer.filter(
    ([name]) => RELAYED.has(name) || RELAYED_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
}

/** AWS's request id, for the record; `null` when there is none of a known form. */
export function awsRequestIdOf(answer: HeaderPairs): string | null {
  for (const wanted of REQUEST_ID_HEADERS) {
    const value = answer.find(([name]) => name === wanted)?.[1];
    if (value !== undefined && REQUEST_ID.test(value)) return value;
  }
  return null;
}
