// Buckets of the small S3: list, create, delete, locate. Names are global; a bucket answers to its own account only.

import type { S3Address } from "./s3-address.ts";
import { payloadOf } from "./s3-payload.ts";
import type { Context } from "./service.ts";
import { AwsError, type AwsReply, type AwsRequest, type Need, type Plan } from "./wire.ts";
import type { Bucket } from "./world.ts";
import { element, elements } from "./xml.ts";

const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const LOCATION =
  /^(?:<\?xml[^>]*\?>\s*)?<CreateBucketConfiguration[^>]*>\s*<LocationConstraint>([a-z0-9-]+)<\/LocationConstraint>\s*<\/CreateBucketConfiguration>\s*$/;

export function listBuckets(_request: AwsRequest, _address: S3Address, { account }: Context): Plan {
  return {
    needs: [{ action: "s3:ListAllMyBuckets", resource: "*" }],
    run: () => {
      const buckets = [...account.buckets.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const members = buckets.map(
        ({ name, created }) =>
          `<Bucket>${elements({ Name: name, CreationDate: new Date(created).toISOString() })}</Bucket>`,
      );
      const owner = `<Owner>${element("ID", account.id)}</Owner>`;
      return xmlReply("ListAllMyBucketsResult", `${owner}<Buckets>${members.join("")}</Buckets>`);
    },
  };
}

export function getBucketLocation(_request: AwsRequest, address: S3Address, context: Context): Plan {
  return {
    needs: [bucketNeed("s3:GetBucketLocation", address.bucket)],
    run: () => {
      const { region } = bucketOf(address.bucket, context);
      return xmlReply("LocationConstraint", region === "us-east-1" ? "" : region);
    },
  };
}

export function getBucketTagging(_request: AwsRequest, address: S3Address, context: Context): Plan {
  return {
    needs: [bucketNeed("s3:GetBucketTagging", address.bucket)],
    run: () => {
      bucketOf(address.bucket, context);
      const tags = [...(context.account.tags?.get(`arn:aws:s3:::${address.bucket}`) ?? [])];
      if (tags.length === 0) throw new AwsError("NoSuchTagSet", 404, "The TagSet does not exist");
      const set = tags.map(([Key, Value]) => `<Tag>${elements({ Key, Value })}</Tag>`).join("");
      return xmlReply("Tagging", `<TagSet>${set}</TagSet>`);
    },
  };
}

export function headBucket(_request: AwsRequest, address: S3Address, context: Context): Plan {
  return {
    needs: [bucketNeed("s3:ListBucket", address.bucket)],
    run: () => {
      const { region } = bucketOf(address.bucket, context);
      return { status: 200, headers: { "x-amz-bucket-region": region }, body: Buffer.alloc(0) };
    },
  };
}

export function createBucket(request: AwsRequest, { bucket: name }: S3Address, context: Context): Plan {
  if (!BUCKET_NAME.test(name))
    throw new AwsError("InvalidBucketName", 400, "The specified bucket is not valid.");
  const { body } = payloadOf(request);
  const location = body.length === 0 ? "us-east-1" : LOCATION.exec(body.toString("utf8"))?.[1];
  if (location === undefined)
    throw new AwsError("MalformedXML", 400, "The XML you provided was not well-formed");
  return {
    needs: [bucketNeed("s3:CreateBucket", name)],
    run: () => {
      if (location !== context.region) {
        const message = `The ${location} location constraint is incompatible for the region specific endpoint.`;
        throw new AwsError("IllegalLocationConstraintException", 400, message);
      }
      const owner = context.world.accounts().find(({ buckets }) => buckets.has(name));
      if (owner !== undefined) {
        const code = owner === context.account ? "BucketAlreadyOwnedByYou" : "BucketAlreadyExists";
        throw new AwsError(code, 409, "The requested bucket name is not available.");
      }
      const region = context.region;
      context.account.buckets.set(name, {
        name,
        region,
        created: context.now(),
        kmsKeyArn: undefined,
        objects: new Map(),
      });
      context.world.touch();
      return { status: 200, headers: { location: `/${name}` }, body: Buffer.alloc(0) };
    },
  };
}

export function deleteBucket(_request: AwsRequest, { bucket: name }: S3Address, context: Context): Plan {
  return {
    needs: [bucketNeed("s3:DeleteBucket", name)],
    run: () => {
      if (bucketOf(name, context).objects.size > 0) {
        throw new AwsError("BucketNotEmpty", 409, "The bucket you tried to delete is not empty");
      }
      context.account.buckets.delete(name);
      context.world.touch();
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    },
  };
}

/** The bucket, if it is the caller's. Without bucket policies nobody reaches a bucket of another account. */
export function bucketOf(name: string, { account, world, region }: Context): Bucket {
  const bucket = account.buckets.get(name);
  if (bucket === undefined) {
    if (world.accounts().some(({ buckets }) => buckets.has(name)))
      throw new AwsError("AccessDenied", 403, "Access Denied");
    throw new AwsError("NoSuchBucket", 404, "The specified bucket does not exist", { BucketName: name });
  }
  if (bucket.region === region) return bucket;
  throw new AwsError(
    "PermanentRedirect",
    301,
    "The bucket you are attempting to access must be addressed using the specified endpoint.",
    { Bucket: name, Endpoint: `${name}.s3.${bucket.region}.amazonaws.com` },
  );
}

export function bucketNeed(action: string, bucket: string, context?: Need["context"]): Need {
  return { action, resource: `arn:aws:s3:::${bucket}`, ...(context !== undefined && { context }) };
}

export function xmlReply(root: string, inside: string): AwsReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${S3_NAMESPACE}">${inside}</${root}>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body: Buffer.from(body) };
}
