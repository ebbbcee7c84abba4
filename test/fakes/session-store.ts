// Sessions and markers in memory. Passes the same contract suite as the adapter over DynamoDB.

import { markerKey } from "../../lambdas/aws/session-store.ts";
import type { Revocation, SessionStore } from "../../lambdas/flow/ports.ts";
import { type EmergencyForbid, NO_EMERGENCY, parseEmergency } from "../../lambdas/model/emergency.ts";
import type { RoleArn, SessionId } from "../../lambdas/model/ids.ts";
import type { Principal, Session } from "../../lambdas/model/principal.ts";

export interface FakeSessionStore extends SessionStore {
  /** Writes a marker, as `revoke` does. */
  mark(key: string): Promise<void>;
  /** Writes the row of the emergency forbid, as `forbid` does; `undefined` writes a row without rules. */
  forbid(rules: string | undefined): Promise<void>;
  /** While set, every call fails with it: a table that is down. */
  failure: Error | undefined;
}

export function fakeSessionStore(): FakeSessionStore {
  const sessions = new Map<SessionId, Session>();
  const markers = new Set<string>();
  let emergency: EmergencyForbid = NO_EMERGENCY;
  const check = (): void => {
    if (store.failure !== undefined) throw store.failure;
  };
  const revocation = (principal: Principal, role: RoleArn, id?: SessionId): Revocation | "none" => {
    if (markers.has(markerKey.everything)) return "everything";
    if (markers.has(markerKey.agent(principal))) return "agent";
    if (markers.has(markerKey.role(role))) return "role";
    return id !== undefined && markers.has(markerKey.session(id)) ? "session" : "none";
  };
  const store: FakeSessionStore = {
    failure: undefined,
    async open(session) {
      check();
      const standing = sessions.get(session.id);
      if (standing !== undefined && JSON.stringify(standing) !== JSON.stringify(session)) {
        throw new Error("the session id is taken");
      }
      sessions.set(session.id, structuredClone(session));
    },
    async find(id) {
      check();
      const session = sessions.get(id);
      if (session === undefined) return { kind: "unknown" };
      const by = revocation(session.principal, session.role, id);
      return by === "none" ? { kind: "found", session, emergency } : { kind: "revoked", by };
    },
    async standingOf(principal, role, id) {
      check();
      return { revoked: revocation(principal, role, id), emergency };
    },
    async mark(key) {
      markers.add(key);
    },
    async forbid(rules) {
      emergency = parseEmergency(rules);
    },
  };
  return store;
}
