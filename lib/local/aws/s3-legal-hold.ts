// Object Lock of the small S3: legal holds on objects of buckets that were made with it. Without versions a held object is
// neither deleted nor overwritten, which is what a hold on its one version comes to.

import type { S3Address } from "./s3-address.ts";
import { bucketOf, xmlReply } from "./s3-buckets.ts";
import { existingObject, objectNeed } from "./s3-objects.ts";
import { payloadOf } from "./s3-payload.ts";
import type { Context } from "./service.ts";
import { AwsError, type AwsRequest, header, type Need, type Plan } from "./wire.ts";
import type { StoredObject } from "./world.ts";
import { elements } from "./xml.ts";

type LegalHold = NonNullable<StoredObject["legalHold"]>;

const STATUS = /^(?:<\?xml[^>]*\?>\s*)?<LegalHold[^>]*>\s*<Status>(ON|OFF)<\/Status>\s*<\/LegalHold>\s*$/;

export function putObjectLegalHold(request: AwsRequest, address: S3Address, context: Context): Plan {
  const { body } = payloadOf(request);
  const [, status] = STATUS.exec(body.toString("utf8")) ?? [];
  if (!isLegalHold(status))
    throw new AwsError("MalformedXML", 400, "The XML you provided was not well-formed");
  return {
    needs: [holdNeed(address, status)],
    run: () => {
      demandLock(address, context);
      const object = existingObject(address, context);
      bucketOf(address.bucket, context).objects.set(address.key, { ...object, legalHold: status });
      context.world.touch();
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    },
  };
}

export function getObjectLegalHold(_request: AwsRequest, address: S3Address, context: Context): Plan {
  return {
    needs: [objectNeed("s3:GetObjectLegalHold", address.bucket, address.key)],
    run: () => {
      demandLock(address, context);
      const { legalHold } = existingObject(address, context);
      if (legalHold !== undefined) return xmlReply("LegalHold", elements({ Status: legalHold }));
      const message = "The specified object does not have a ObjectLock configuration";
      throw new AwsError("NoSuchObjectLockConfiguration", 404, message);
    },
  };
}

/** What an upload asks for beside its object. */
export function uploadedHold(
  request: AwsRequest,
  address: S3Address,
  context: Context,
): { readonly needs: readonly Need[]; readonly legalHold: LegalHold | undefined } {
  const wanted = header(request, "x-amz-object-lock-legal-hold");
  if (wanted === undefined) return { needs: [], legalHold: undefined };
  if (!isLegalHold(wanted)) throw new AwsError("InvalidArgument", 400, "Unknown legal hold status");
  demandLock(address, context);
  demandSum(request);
  return { needs: [holdNeed(address, wanted)], legalHold: wanted };
}

/** What is to stay as it is must have arrived as it was. */
function demandSum(request: AwsRequest): void {
  if (request.headers.has("content-md5") || payloadOf(request).checksum !== undefined) return;
  throw new AwsError(
    "InvalidRequest",
    400,
    "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
  );
}

/** Throws what S3 answers to whoever would take away an object under hold. */
export function demandNoHold({ bucket, key }: S3Address, context: Context): void {
  if (context.account.buckets.get(bucket)?.objects.get(key)?.legalHold !== "ON") return;
  throw new AwsError("AccessDenied", 403, "Access Denied because object protected by object lock.");
}

function demandLock({ bucket }: S3Address, { account }: Context): void {
  if (account.buckets.get(bucket)?.objectLock === true) return;
  throw new AwsError("InvalidRequest", 400, "Bucket is missing Object Lock Configuration");
}

function holdNeed({ bucket, key }: S3Address, status: LegalHold): Need {
  return {
    ...objectNeed("s3:PutObjectLegalHold", bucket, key),
    context: { "s3:object-lock-legal-hold": [status] },
  };
}

function isLegalHold(text: string | undefined): text is LegalHold {
  return text === "ON" || text === "OFF";
}
