// Decides whether a request was meant for this gateway, by the name of the host that the client wrote, and what stands
// before that name. A bucket or an account there (virtual-hosted S3, host prefixes) is part of what the client asks for:
// read without it, the path would be another bucket's. An own domain serves such names; a name of CloudFront, an address
// and this machine's do not, and what would get there is refused. Trusts the gateway's own address; the host is
// caller-controlled, so the prefix is a claim until the signature held. What it may be is recognition's to say.

import { type Refusal, refuse } from "../model/refusal.ts";
import { singleHeader, type WireRequest } from "../model/wire-request.ts";

/** A request to this gateway's name, and what the client put before it: `""` for nothing, else it ends in `.` or `-`. */
interface GatewayHost {
  readonly kind: "host";
  readonly prefix: string;
}

const PORT = /:\d{1,5}$/;
// Lower case only: a name that two readers could spell differently is no bucket's. Some models end a prefix in a dash.
const PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,3}[.-]$/;
// The last label of an address of IPv4 begins with a digit; one of IPv6 has other characters.
const DOMAIN = /^[a-z0-9.-]+\.[a-z][a-z0-9-]+$/;
const LENT_NAMES = /(?:^|\.)(?:cloudfront\.net|amazonaws\.com|localhost)$/;

/** Ports are not compared: they say nothing about what is asked, and a client may leave out the default one. */
export function hostOf({ headers }: Pick<WireRequest, "headers">, publicUrl: string): GatewayHost | Refusal {
  const expected = withoutPort(publicUrl.replace(/^https?:\/\//, "")).toLowerCase();
  const named = withoutPort(singleHeader(headers, "host") ?? "");
  const at = named.length - expected.length;
  if (expected === "" || at < 0 || named.slice(at).toLowerCase() !== expected) return elsewhere(publicUrl);
  const prefix = named.slice(0, at);
  if (prefix === "") return { kind: "host", prefix };
  if (isOwnDomain(expected) && PREFIX.test(prefix)) return { kind: "host", prefix };
  return prefix.endsWith(".") ? refusePrefix() : elsewhere(publicUrl);
}

/** For everything but signed calls: the refusal of another host, or of anything before the name. */
export function refusalOfHost(request: Pick<WireRequest, "headers">, publicUrl: string): Refusal | undefined {
  const host = hostOf(request, publicUrl);
  if (host.kind === "refused") return host;
  return host.prefix === "" ? undefined : refusePrefix();
}

/** For a request that may have nothing before the gateway's name: who signs nothing has no way to vouch for it. */
export function refusePrefix(): Refusal {
  return refuse(
    "ValidationError",
    "a bucket or account stands before the gateway's name: use path-style addressing for S3 (`forcePathStyle: true`, or `s3.addressing_style = path`) and no host prefixes (`disableHostPrefix: true`, or `inject_host_prefix = False`)",
  );
}

function elsewhere(publicUrl: string): Refusal {
  return refuse(
    "ValidationError",
    `the host is not this gateway's name: set AWS_ENDPOINT_URL to \`${publicUrl}/aws\``,
  );
}

/** A name of the operator's own, for which there is a wildcard certificate (lib/edge-distribution.ts). */
function isOwnDomain(name: string): boolean {
  return DOMAIN.test(name) && !LENT_NAMES.test(name);
}

function withoutPort(host: string): string {
  return host.replace(PORT, "");
}
