// Undoes what a client put before the gateway's name (an own domain only): a bucket of S3, or the prefix that the model
// gives an operation. Decided by signed bytes; the signature was checked over host and path as they came. What goes
// upstream is built from the model as always (R5): nothing of the prefix is in the host, a bucket is in the path.

import type { SignedRequest } from "../model/signed-request.ts";
import { modelledPrefix } from "./hosts.ts";
import { Malformed, shown } from "./malformed.ts";
import type { ServiceModel } from "./model.ts";
import type { Reading } from "./reading.ts";

/** The request to be read, and by which services. */
interface Addressed {
  readonly request: SignedRequest;
  readonly services: readonly ServiceModel[];
  /** What each reading's own prefix has to be; `undefined` where the host says nothing about it. */
  readonly prefix: string | undefined;
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, one label: a wildcard certificate covers
// no more, and no SDK puts a name with a dot before a name under TLS.
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const RESERVED = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|--x-s3|--table-s3)$/;
/** S3 Control signs as `s3` too and puts an account number first, which could be a bucket's name. S3 has no such header. */
const CONTROL_HEADER = "x-amz-account-id";

/** Path-style, with the bucket of the host as the first segment. The rest of the path stays as it was sent. */
export function undoHost(request: SignedRequest, services: readonly ServiceModel[]): Addressed {
  const { hostPrefix = "", signingName, path, headers } = request;
  if (hostPrefix === "") return { request, services, prefix: undefined };
  if (signingName !== "s3" || headers.has(CONTROL_HEADER)) return { request, services, prefix: hostPrefix };
  const bucket = hostPrefix.slice(0, -1);
  if (!hostPrefix.endsWith(".") || !BUCKET.test(bucket) || RESERVED.test(bucket)) {
    throw new Malformed(
      `${shown(bucket)} before the gateway's name is no bucket that can stand there: use path-style addressing`,
    );
  }
  return {
    request: { ...request, path: `/${bucket}${path}` },
    // S3 Control's paths begin with a word that a bucket may be called.
    services: services.filter(({ file }) => file.service === "s3"),
    prefix: undefined,
  };
}

/** Refuses a reading whose operation has another prefix than the host, or none. */
export function checkPrefix(readings: readonly Reading[], prefix: string | undefined): readonly Reading[] {
  if (prefix === undefined) return readings;
  for (const { operation, parameters } of readings) {
    const own = modelledPrefix(operation, parameters);
    if (own.toLowerCase() === prefix) continue;
    const wanted = own === "" ? "none" : shown(own);
    throw new Malformed(
      `the host begins with ${shown(prefix)}, but the host prefix of ${shown(operation.name)} is ${wanted}`,
    );
  }
  return readings;
}
