// What AWS says about a call's target while it is held, for the approver: one read under the call's own role, best effort
// and short. A read of our own needs no intent (R4). No preview is no answer to anything: the page then says so.

import type { HeldCall } from "../model/approval.ts";
import type { AwsCall } from "../model/aws-call.ts";
import type { Deployment } from "../model/deployment.ts";
import type { Session } from "../model/principal.ts";
import type { Clock } from "../net/clock.ts";
import type { CredentialSource, UpstreamSender } from "../upstream/ports.ts";
import { type PreviewRead, previewOf } from "../upstream/previews.ts";
import { signUpstream } from "../upstream/sign-upstream.ts";
import { assumeRequestOf } from "./assume-request.ts";

export interface PreviewDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly credentials: CredentialSource;
  readonly sender: UpstreamSender;
}

/** The caller and the approvers wait for it. */
const LIMITS = { connectMs: 1_000, headersMs: 2_000, idleMs: 1_000 };
const MOST_BYTES = 65_536;

/** Never throws. */
export async function preview(
  session: Session,
  call: AwsCall,
  dependencies: PreviewDependencies,
): Promise<HeldCall["preview"]> {
  try {
    const read = previewOf(call);
    return read === null ? null : await ask(read, session, call, dependencies);
  } catch {
    return null;
  }
}

async function ask(
  read: PreviewRead,
  session: Session,
  call: AwsCall,
  { clock, deployment, credentials, sender }: PreviewDependencies,
): Promise<HeldCall["preview"]> {
  const Statement = [{ Effect: "Allow", Action: read.action, Resource: escaped(read.resource) }];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement });
  const request = assumeRequestOf(session, policy, deployment);
  if ("kind" in request) return null;
  const assumed = await credentials.assume(request);
  if (assumed.kind === "refused") return null;
  const signed = await signUpstream(read.upstream, call, assumed.credentials, clock.nowMs());
  const result = await sender.send(signed, LIMITS);
  if (result.kind !== "answer") return null;
  return read.parse(result.status, new Map(result.headers), await textOf(result.body));
}

/** IAM reads `*`, `?` and `${` in a Resource; a name that holds them is written with IAM's own escapes. */
function escaped(resource: string): string {
  return resource === "*" ? "*" : resource.replace(/[*?$]/g, (character) => `\${${character}}`);
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_BYTES) return "";
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
