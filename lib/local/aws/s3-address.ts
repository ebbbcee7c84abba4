// Decides which bucket, key and operation an S3 request means, from method, host, raw path and query. Keys keep every
// byte: `..`, `//` and `%2F` are part of a name here. Whatever is not in the tables is not served.

import { unknownOperation } from "./errors.ts";
import { type Route, routeOf } from "./hosts.ts";
import { AwsError, type AwsRequest } from "./wire.ts";

export type S3Operation =
  | "ListBuckets"
  | "ListObjectsV2"
  | "GetBucketLocation"
  | "GetBucketTagging"
  | "HeadBucket"
  | "CreateBucket"
  | "DeleteBucket"
  | "GetObject"
  | "HeadObject"
  | "PutObject"
  | "GetObjectLegalHold"
  | "PutObjectLegalHold"
  | "CopyObject"
  | "DeleteObject";

export interface S3Address {
  readonly operation: S3Operation;
  /** `""` for ListBuckets. */
  readonly bucket: string;
  /** `""` for operations on a bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
}

const LIST_QUERY = [
  "list-type",
  "prefix",
  "delimiter",
  "max-keys",
  "continuation-token",
  "start-after",
  "encoding-type",
  "fetch-owner",
];
/** Query parameters that each operation carries out; `x-id` names the operation again and is checked. */
const QUERY: Readonly<Record<S3Operation, readonly string[]>> = {
  ListBuckets: [],
  ListObjectsV2: LIST_QUERY,
  GetBucketLocation: ["location"],
  GetBucketTagging: ["tagging"],
  HeadBucket: [],
  CreateBucket: [],
  DeleteBucket: [],
  GetObject: [],
  HeadObject: [],
  PutObject: [],
  GetObjectLegalHold: ["legal-hold"],
  PutObjectLegalHold: ["legal-hold"],
  CopyObject: [],
  DeleteObject: [],
};
const ON_OBJECT: ReadonlyMap<string, S3Operation> = new Map([
  ["GET", "GetObject"],
  ["HEAD", "HeadObject"],
  ["PUT", "PutObject"],
  ["DELETE", "DeleteObject"],
]);
const ON_LEGAL_HOLD: ReadonlyMap<string, S3Operation> = new Map([
  ["GET", "GetObjectLegalHold"],
  ["PUT", "PutObjectLegalHold"],
]);
const ON_BUCKET: ReadonlyMap<string, S3Operation> = new Map([
  ["HEAD", "HeadBucket"],
  ["PUT", "CreateBucket"],
  ["DELETE", "DeleteBucket"],
]);

/** Throws NotImplemented for what is not served, InvalidURI for names that are no UTF-8. */
export function addressOf(request: AwsRequest, region: string): S3Address {
  const query = queryOf(request.rawQuery);
  const { bucket, key } = nameOf(request, routeOf(request.host, region));
  const operation = operationFor(request, bucket, key, query);
  if (operation === undefined) throw unknownOperation("s3");
  const unserved = [...query.keys()].find((name) => name !== "x-id" && !QUERY[operation].includes(name));
  if (unserved !== undefined) throw unknownOperation("s3");
  if (query.has("x-id") && query.get("x-id") !== operation) throw unknownOperation("s3");
  return { operation, bucket, key, query };
}

function operationFor(
  request: AwsRequest,
  bucket: string,
  key: string,
  query: ReadonlyMap<string, string>,
): S3Operation | undefined {
  if (bucket === "") return request.method === "GET" ? "ListBuckets" : undefined;
  if (key === "") {
    if (request.method !== "GET") return ON_BUCKET.get(request.method);
    if (query.get("location") === "") return "GetBucketLocation";
    if (query.get("tagging") === "") return "GetBucketTagging";
    return query.get("list-type") === "2" ? "ListObjectsV2" : undefined;
  }
  const operation = (query.get("legal-hold") === "" ? ON_LEGAL_HOLD : ON_OBJECT).get(request.method);
  return operation === "PutObject" && request.headers.has("x-amz-copy-source") ? "CopyObject" : operation;
}

function nameOf({ rawPath }: AwsRequest, route: Route | undefined): { bucket: string; key: string } {
  if (!rawPath.startsWith("/")) throw new AwsError("InvalidURI", 400, "Couldn't parse the specified URI.");
  if (route?.bucket !== undefined) return { bucket: route.bucket, key: decoded(rawPath.slice(1)) };
  return splitName(rawPath.slice(1));
}

/** `bucket` or `bucket/key`, percent-encoded. Everything after the first slash is the key. */
export function splitName(encoded: string): { bucket: string; key: string } {
  const slash = encoded.indexOf("/");
  if (slash < 0) return { bucket: decoded(encoded), key: "" };
  return { bucket: decoded(encoded.slice(0, slash)), key: decoded(encoded.slice(slash + 1)) };
}

function queryOf(raw: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  if (raw === "") return query;
  for (const pair of raw.split("&")) {
    // a plus is a space to some parsers and a plus to others
    if (pair.includes("+"))
      throw new AwsError("InvalidURI", 400, "write `+` as %2B and a space as %20 in the query");
    const equals = pair.indexOf("=");
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals));
    if (query.has(name)) throw new AwsError("InvalidArgument", 400, `\`${name}\` is there twice`);
    query.set(name, equals < 0 ? "" : decoded(pair.slice(equals + 1)));
  }
  return query;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError("InvalidURI", 400, "Couldn't parse the specified URI.");
  }
}
