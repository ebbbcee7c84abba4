// Decides whether a request was meant for this gateway, by the name of the host that the client wrote. A bucket or an
// account in front of the name (virtual-hosted S3, host prefixes) is part of what the client asks for, and the path alone
// would be read as another bucket: refused. Trusts the gateway's own address; the host is caller-controlled.

import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";

const PORT = /:\d{1,5}$/;

/**
 * Returns the refusal, or `undefined` when the host is the one of `publicUrl`. Ports are not compared: they say nothing
 * about what is asked, and a client may write the default port or leave it out.
 */
export function refusalOfHost({ headers }: WireRequest, publicUrl: string): Refusal | undefined {
  const expected = nameOf(publicUrl.replace(/^https?:\/\//, ""));
  const named = singleHeader(headers, "host");
  if (named !== undefined && expected !== "" && nameOf(named) === expected) return undefined;
  const prefixed = named !== undefined && nameOf(named).endsWith(`.${expected}`);
  return refuse(
    "ValidationError",
    prefixed
      ? "a bucket or account stands before the gateway's name: use path-style addressing for S3 (`forcePathStyle: true`, or `s3.addressing_style = path`) and no host prefixes (`disableHostPrefix: true`, or `inject_host_prefix = False`)"
      : `the host is not this gateway's name: set AWS_ENDPOINT_URL to \`${publicUrl}/aws\``,
  );
}

function nameOf(host: string): string {
  return host.replace(PORT, "").toLowerCase();
}
