// Which use of the API a request asks for, by method and raw path alone. Nothing is decoded or normalised: a path has one
// spelling. Who asks is not known yet.

import type { WireRequest } from "../../model/wire-request.ts";
import { notFound, type Problem } from "./problem.ts";

type ApiRoute =
  | { readonly kind: "explain" }
  | { readonly kind: "approvals" }
  | { readonly kind: "cancel"; readonly idText: string };

const CANCEL = /^\/api\/approvals\/([A-Za-z0-9]{1,64})\/cancel$/;

export function apiRouteOf({ method, path }: Pick<WireRequest, "method" | "path">): ApiRoute | Problem {
  const [route, only] = known(path);
  if (route === undefined) return notFound();
  if (method === only) return route;
  return {
    kind: "problem",
    status: 405,
    code: "MethodNotAllowed",
    message: `only ${only} is served here`,
    headers: { allow: only },
  };
}

function known(path: string): readonly [ApiRoute, "GET" | "POST"] | readonly [undefined, "GET"] {
  if (path === "/api/explain") return [{ kind: "explain" }, "POST"];
  if (path === "/api/approvals") return [{ kind: "approvals" }, "GET"];
  const idText = CANCEL.exec(path)?.[1];
  return idText === undefined ? [undefined, "GET"] : [{ kind: "cancel", idText }, "POST"];
}
