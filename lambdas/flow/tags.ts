// Looks up the tags that policies need: a read under the call's own role, with a session policy for this one read. A read
// of our own needs no intent (R4). What was read is believed for a minute; a failure is never remembered and never an
// empty set of tags.

import type { AwsCall, AwsResource } from "../model/aws-call.ts";
import type { Deployment } from "../model/deployment.ts";
import type { Session } from "../model/principal.ts";
import type { Clock } from "../net/clock.ts";
import { type CredentialSource, SEND_LIMITS, type UpstreamSender } from "../upstream/ports.ts";
import { signUpstream } from "../upstream/sign-upstream.ts";
import { type TagRead, type Tags, tagReadOf } from "../upstream/tag-reads.ts";
import { assumeRequestOf } from "./assume-request.ts";

export interface TagReaderDependencies {
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly credentials: CredentialSource;
  readonly sender: UpstreamSender;
}

export interface TagReader {
  /**
   * The tags of each resource that has some that can be known; the others are left out, and a policy that reads theirs
   * fails. `unreadable` names what could not be read, and the action that the role needs for it.
   */
  tagsOf(
    resources: readonly AwsResource[],
    session: Session,
    call: AwsCall,
  ): Promise<
    | { readonly kind: "tags"; readonly tags: ReadonlyMap<AwsResource, Tags> }
    | { readonly kind: "unreadable"; readonly subject: string; readonly action: string }
    | { readonly kind: "too_many" }
  >;
}

const BELIEVED_MS = 60_000;
const REMEMBERED = 1_000; // of a few KB at most: AWS allows 50 tags of 384 characters
const MOST_READS = 20; // of one call: each can be a request to STS and one to the service
const MOST_BYTES = 262_144;

interface Known {
  readonly tags: Tags;
  readonly untilMs: number;
}

export function createTagReader(dependencies: TagReaderDependencies): TagReader {
  const known = new Map<string, Known>();
  return {
    async tagsOf(resources, session, { partition, region, account }) {
      const reads = new Map<string, TagRead>();
      const subjects = new Map<AwsResource, string>();
      for (const resource of resources) {
        const read = tagReadOf(resource, { partition, region, account });
        if (read === undefined) continue;
        reads.set(read.subject, read);
        subjects.set(resource, read.subject);
      }
      if (reads.size > MOST_READS) return { kind: "too_many" };
      const found = new Map<string, Tags>();
      for (const read of reads.values()) {
        const tags = await readOnce(read, session, known, dependencies);
        if (tags === "unreadable") return { kind: "unreadable", subject: read.subject, action: read.action };
        found.set(read.subject, tags);
      }
      return {
        kind: "tags",
        tags: new Map([...subjects].map(([resource, subject]) => [resource, found.get(subject) ?? {}])),
      };
    },
  };
}

async function readOnce(
  read: TagRead,
  session: Session,
  known: Map<string, Known>,
  dependencies: TagReaderDependencies,
): Promise<Tags | "unreadable"> {
  const nowMs = dependencies.clock.nowMs();
  // Under another role the same name can be another thing, or none of its business.
  const key = JSON.stringify([session.role, read.region, read.subject]);
  const remembered = known.get(key);
  if (remembered !== undefined && nowMs < remembered.untilMs) return remembered.tags;
  known.delete(key);
  const tags = await ask(read, session, dependencies);
  if (tags === "absent") return {}; // it may be there in a moment: not remembered
  if (tags === "unreadable") return tags;
  known.set(key, { tags, untilMs: nowMs + BELIEVED_MS });
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break;
    known.delete(oldest);
  }
  return tags;
}

async function ask(
  read: TagRead,
  session: Session,
  { clock, deployment, credentials, sender }: TagReaderDependencies,
): Promise<Tags | "absent" | "unreadable"> {
  const Statement = [{ Effect: "Allow", Action: read.action, Resource: read.resource }];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement });
  const request = assumeRequestOf(session, policy, deployment);
  if ("kind" in request) return "unreadable";
  const assumed = await credentials.assume(request);
  if (assumed.kind === "refused") return "unreadable";
  const signed = await signUpstream(read.upstream, read, assumed.credentials, clock.nowMs());
  const result = await sender.send(signed, SEND_LIMITS);
  if (result.kind !== "answer") return "unreadable";
  const body = await textOf(result.body).catch(() => undefined);
  return body === undefined ? "unreadable" : read.parse(result.status, body);
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_BYTES) return undefined;
    parts.push(part);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
}
