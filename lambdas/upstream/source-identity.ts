// Names the agent in the target account's CloudTrail: SourceIdentity and session tags of every AssumeRole (R2).
// Trusts the verified principal and the configured agent name. The mapping back to issuer and subject is in each record.

import { createHash } from "node:crypto";
import type { Principal, Session } from "../model/principal.ts";

const SLUG_CHARACTERS = 40; // 40 + "-" + 16 = 57, under SourceIdentity's 64
const DIGEST_CHARACTERS = 16; // 64 bits: enough to tell agents apart, the record holds the full names

export interface SessionTag {
  readonly Key: string;
  readonly Value: string;
}

/**
 * A readable slug and a digest of (issuer, subject), in the characters that AWS takes for SourceIdentity
 * (`[\w+=,.@-]{2,64}`). Two agents of one name still differ by the digest.
 */
export function sourceIdentityOf(agentName: string, principal: Principal): string {
  const digest = createHash("sha256")
    .update(`${principal.issuer}|${principal.subject}`, "utf8")
    .digest("hex");
  return `${slugOf(agentName)}-${digest.slice(0, DIGEST_CHARACTERS)}`;
}

/**
 * The tags `agent` and `session`. Nothing per call: credentials are shared by the calls of a session. `agent` ends in the
 * digest of (issuer, subject): a target account may write it into policies, and a name alone can be had by another agent.
 */
export function sessionTagsOf(agentName: string, session: Session): readonly SessionTag[] {
  return [
    // A tag value, unlike SourceIdentity, takes no comma.
    { Key: "agent", Value: sourceIdentityOf(agentName, session.principal).replaceAll(",", "-") },
    { Key: "session", Value: session.id },
  ];
}

function slugOf(name: string): string {
  // The leading and trailing dashes go so that a name of foreign characters only is not all dashes.
  const slug = name
    .replace(/[^A-Za-z0-9_+=,.@-]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, SLUG_CHARACTERS)
    .replace(/-+$/, "");
  return slug === "" ? "agent" : slug;
}
