// What the pages work with, and who is signed in.

import type { Viewer } from "../../approval/pages/layout.ts";
import type { ApprovalStore } from "../../approval/ports.ts";
import type { Person } from "../../model/approval.ts";
import type { ApprovalsConfig } from "../../model/deployment.ts";
import type { GatewayResponse } from "../../model/gateway-response.ts";
import type { WireRequest } from "../../model/wire-request.ts";
import type { EntranceDependencies } from "../entrance.ts";
import type { VoteDependencies } from "../vote.ts";
import type { LoginClient, WebSession, WebSessions } from "./ports.ts";

export interface ApprovalsDependencies extends EntranceDependencies, Omit<VoteDependencies, "store"> {
  readonly store: Pick<ApprovalStore, "find" | "change" | "tokenOf" | "listOpen">;
  readonly sessions: WebSessions;
  /** `null` where the deployment has no approvers. */
  readonly login: LoginClient | null;
  readonly newSecret: () => string;
  /** Serves `POST /slack/actions`; `null` where there is no Slack. */
  readonly slack: ((request: WireRequest) => Promise<GatewayResponse>) | null;
}

/** One request of a browser, with what every page needs to answer it. */
export interface PageRequest {
  readonly request: WireRequest;
  readonly dependencies: ApprovalsDependencies;
  readonly approvals: ApprovalsConfig;
  readonly login: LoginClient;
  readonly publicUrl: string;
  /** Epoch seconds. */
  readonly now: number;
}

export interface SignedIn {
  readonly sessionId: string;
  readonly session: WebSession;
  readonly person: Person;
  readonly viewer: Viewer;
}

/** The one value of a query parameter; `undefined` when it is absent or repeated. */
export function queryValue({ query }: WireRequest, wanted: string): string | undefined {
  const values = query.filter(([name]) => name === wanted);
  return values.length === 1 ? values[0]?.[1] : undefined;
}
