// Decides which service a Host header means. A fixed table: a name that is not in it is served by nobody, so a gateway
// that sends to a wrong host is seen at once.

export interface Route {
  readonly service: string;
  /** The region that the credential scope must name. */
  readonly region: string;
  /** The bucket in the host name, for S3's virtual-hosted style. */
  readonly bucket: string | undefined;
}

const GLOBAL_REGION = "us-east-1"; // where AWS scopes the names without a region
const GLOBAL: ReadonlyMap<string, string> = new Map([
  ["iam.amazonaws.com", "iam"],
  ["sts.amazonaws.com", "sts"],
  ["s3.amazonaws.com", "s3"],
]);
const REGIONAL =
  /^(?:([0-9]{12})\.)?(sts|dynamodb|ddb|kms|secretsmanager|ssm|tagging|cloudformation|athena|glue|states|email)\.([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com$/;
/** Hosts whose service signs under another name. */
const SIGNED_AS: ReadonlyMap<string, string> = new Map([
  ["ddb", "dynamodb"],
  ["email", "ses"],
]);
const S3 = /^(?:([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.)?s3\.(?:([a-z]{2}(?:-[a-z]+)+-[0-9])\.)?amazonaws\.com$/;

/**
 * Returns where the host leads, or `undefined` when no service has that name. Port 443 may be written. The small AWS
 * lives in one region: the names of another one lead nowhere.
 */
export function routeOf(hostHeader: string, home: string): Route | undefined {
  const route = namedRoute(hostHeader);
  const isHere = route?.region === home || (route?.service === "s3" && route.region === GLOBAL_REGION);
  return isHere || GLOBAL.has(hostHeader.toLowerCase()) ? route : undefined;
}

function namedRoute(hostHeader: string): Route | undefined {
  const host = hostHeader.toLowerCase().replace(/:443$/, "");
  const service = GLOBAL.get(host);
  if (service !== undefined) return { service, region: GLOBAL_REGION, bucket: undefined };
  const s3 = S3.exec(host);
  if (s3 !== null) return { service: "s3", region: s3[2] ?? GLOBAL_REGION, bucket: s3[1] };
  const [, account, name = "", region = ""] = REGIONAL.exec(host) ?? [];
  // <account>.ddb.<region>: DynamoDB's endpoint per account, which SDKs choose when they know the account
  if (name === "" || (account !== undefined) !== (name === "ddb")) return undefined;
  return { service: SIGNED_AS.get(name) ?? name, region, bucket: undefined };
}
