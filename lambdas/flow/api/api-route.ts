// Which use of the API a request asks for, by method and raw path alone. Nothing is decoded or normalised: a path has one
// spelling. Who asks is not known yet; whose token it takes, an agent's or a person's, is told by the route.

import type { WireRequest } from "../../model/wire-request.ts";
import type { RecordKind } from "../../recording/search-ports.ts";
import { notFound, type Problem } from "./problem.ts";

/** Of agents, about themselves. */
export type AgentRoute =
  | { readonly kind: "explain" }
  | { readonly kind: "approvals" }
  | { readonly kind: "cancel"; readonly idText: string };

/** Of people: looks at records, and orders. */
export type PeopleRoute =
  | { readonly kind: "records"; readonly of: RecordKind }
  | { readonly kind: "session"; readonly idText: string }
  | { readonly kind: "payload"; readonly idText: string; readonly digest: string }
  | { readonly kind: "revocations" }
  | { readonly kind: "order"; readonly order: "revoke" | "restore" }
  | { readonly kind: "hold"; readonly order: "hold" | "release" };

type ApiRoute =
  | { readonly for: "anybody"; readonly route: { readonly kind: "login" } }
  | { readonly for: "agents"; readonly route: AgentRoute }
  | { readonly for: "people"; readonly route: PeopleRoute };

type Served = Readonly<Partial<Record<"GET" | "POST", ApiRoute>>>;

const agents = (route: AgentRoute): ApiRoute => ({ for: "agents", route });
const people = (route: PeopleRoute): ApiRoute => ({ for: "people", route });

const PATHS: ReadonlyMap<string, Served> = new Map<string, Served>([
  ["/api/login", { GET: { for: "anybody", route: { kind: "login" } } }],
  ["/api/explain", { POST: agents({ kind: "explain" }) }],
  ["/api/approvals", { GET: agents({ kind: "approvals" }) }],
  ["/api/calls", { GET: people({ kind: "records", of: "call" }) }],
  ["/api/sessions", { GET: people({ kind: "records", of: "session" }) }],
  ["/api/readings", { GET: people({ kind: "records", of: "read" }) }],
  ["/api/orders", { GET: people({ kind: "records", of: "order" }) }],
  [
    "/api/revocations",
    { GET: people({ kind: "revocations" }), POST: people({ kind: "order", order: "revoke" }) },
  ],
  ["/api/holds", { POST: people({ kind: "hold", order: "hold" }) }],
  ["/api/holds/release", { POST: people({ kind: "hold", order: "release" }) }],
  ["/api/revocations/lift", { POST: people({ kind: "order", order: "restore" }) }],
]);

const CANCEL = /^\/api\/approvals\/([A-Za-z0-9]{1,64})\/cancel$/;
const PAYLOAD = /^\/api\/payloads\/([A-Za-z0-9]{1,64})\/([0-9a-f]{64})$/;
const SESSION = /^\/api\/sessions\/([A-Za-z0-9]{1,64})$/;

export function apiRouteOf({ method, path }: Pick<WireRequest, "method" | "path">): ApiRoute | Problem {
  const served = PATHS.get(path) ?? named(path);
  if (served === undefined) return notFound();
  const route = method === "GET" || method === "POST" ? served[method] : undefined;
  if (route !== undefined) return route;
  const only = Object.keys(served).join(", ");
  return {
    kind: "problem",
    status: 405,
    code: "MethodNotAllowed",
    message: `only ${only} is served here`,
    headers: { allow: only },
  };
}

function named(path: string): Served | undefined {
  const approval = CANCEL.exec(path)?.[1];
  if (approval !== undefined) return { POST: agents({ kind: "cancel", idText: approval }) };
  const [, idText, digest] = PAYLOAD.exec(path) ?? [];
  if (idText !== undefined && digest !== undefined) {
    return { GET: people({ kind: "payload", idText, digest }) };
  }
  const session = SESSION.exec(path)?.[1];
  return session === undefined ? undefined : { GET: people({ kind: "session", idText: session }) };
}
