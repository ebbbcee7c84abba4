// Builds the requests that ingress would hand to identity.

import type { QueryParameter, WireRequest } from "../../lambdas/model/wire-request.ts";

export const ROLE = "arn:aws:iam::111122223333:role/mcp-reader";
export const TOKEN = "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl";

export function wire(parts: {
  readonly method?: string;
  readonly path?: string;
  readonly query?: readonly QueryParameter[];
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}): WireRequest {
  const headers = Object.entries(parts.headers ?? {}).map(
    ([name, value]) => [name, typeof value === "string" ? [value] : value] as const,
  );
  return {
    method: parts.method ?? "GET",
    path: parts.path ?? "/aws",
    query: parts.query ?? [],
    headers: new Map(headers),
    body: Buffer.from(parts.body ?? ""),
    viewerIp: "203.0.113.9",
    gatewayRequestId: "6f0c1d9e-0000-4000-8000-000000000001",
  };
}
