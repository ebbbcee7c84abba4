// ListObjectsV2 of the small S3: prefix, delimiter and pages, in the order of the keys' UTF-8 bytes.

import type { S3Address } from "./s3-address.ts";
import { bucketNeed, bucketOf, xmlReply } from "./s3-buckets.ts";
import type { Context } from "./service.ts";
import { AwsError, type AwsRequest, type Plan } from "./wire.ts";
import type { StoredObject } from "./world.ts";
import { element, elements } from "./xml.ts";

const MAX_KEYS = 1_000;

type Entry = { readonly name: string; readonly object: StoredObject | undefined };

export function listObjects(_request: AwsRequest, { bucket, query }: S3Address, context: Context): Plan {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const maxKeys = maxKeysOf(query.get("max-keys"));
  const encoding = query.get("encoding-type");
  if (encoding !== undefined && encoding !== "url")
    throw new AwsError("InvalidArgument", 400, "Invalid Encoding Method");
  const encode = encoding === "url" ? encodeURIComponent : (text: string) => text;
  const after = startOf(query);
  const conditions = {
    ...(query.has("prefix") && { "s3:prefix": [prefix] }),
    ...(query.has("delimiter") && { "s3:delimiter": [delimiter] }),
    ...(query.has("max-keys") && { "s3:max-keys": [String(maxKeys)] }),
  };
  return {
    needs: [bucketNeed("s3:ListBucket", bucket, conditions)],
    run: () => {
      const all = entriesOf(bucketOf(bucket, context).objects, prefix, delimiter).filter(({ name }) =>
        isAfter(name, after),
      );
      const page = all.slice(0, maxKeys);
      const last = page.at(-1)?.name;
      const truncated = page.length < all.length && last !== undefined;
      const head = {
        Name: bucket,
        Prefix: encode(prefix),
        ...(delimiter !== "" && { Delimiter: encode(delimiter) }),
        MaxKeys: String(maxKeys),
        KeyCount: String(page.length),
        IsTruncated: String(truncated),
        ...(encoding !== undefined && { EncodingType: encoding }),
        ...(truncated && { NextContinuationToken: Buffer.from(last).toString("base64url") }),
      };
      return xmlReply(
        "ListBucketResult",
        elements(head) + page.map((entry) => entryXml(entry, encode)).join(""),
      );
    },
  };
}

function maxKeysOf(text: string | undefined): number {
  const count = Number(text ?? MAX_KEYS);
  if (!Number.isInteger(count) || count < 0)
    throw new AwsError("InvalidArgument", 400, "max-keys must be a whole number");
  return Math.min(count, MAX_KEYS);
}

function startOf(query: ReadonlyMap<string, string>): string {
  const token = query.get("continuation-token");
  return token === undefined
    ? (query.get("start-after") ?? "")
    : Buffer.from(token, "base64url").toString("utf8");
}

function isAfter(name: string, start: string): boolean {
  return start === "" || Buffer.compare(Buffer.from(name), Buffer.from(start)) > 0;
}

/** Objects, and one entry for each group of keys that share a prefix up to the delimiter. */
function entriesOf(
  objects: ReadonlyMap<string, StoredObject>,
  prefix: string,
  delimiter: string,
): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const [key, object] of objects) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    entries.set(`${cut < 0}${name}`, { name, object: cut < 0 ? object : undefined });
  }
  return [...entries.values()].toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function entryXml({ name, object }: Entry, encode: (text: string) => string): string {
  if (object === undefined) return `<CommonPrefixes>${element("Prefix", encode(name))}</CommonPrefixes>`;
  return `<Contents>${elements({
    Key: encode(name),
    LastModified: new Date(object.modified).toISOString(),
    ETag: object.etag,
    Size: String(object.body.byteLength),
    StorageClass: "STANDARD",
  })}</Contents>`;
}
