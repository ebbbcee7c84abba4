import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { refuseRoute, routeOf } from "../../lambdas/ingress/route.ts";
import type { QueryParameter } from "../../lambdas/model/wire-request.ts";

interface RouteVector {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query?: readonly QueryParameter[];
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly expect: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("./vectors/routes.json", import.meta.url), "utf8"),
) as readonly RouteVector[];

describe("routeOf", () => {
  test.each(vectors)("$name: $expect", ({ method, path, query = [], headers, expect: route }) => {
    const map = new Map(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
    const request = {
      method,
      path,
      query,
      headers: map,
      body: new Uint8Array(),
      viewerIp: "203.0.113.7",
      gatewayRequestId: "r",
    };
    expect(routeOf(request)).toBe(route);
  });
});

describe("refuseRoute", () => {
  test("says for each route that nobody serves what to do instead", () => {
    expect(refuseRoute("unsigned")).toMatchObject({
      code: "MissingAuthenticationToken",
      message: expect.stringContaining("AWS_WEB_IDENTITY_TOKEN_FILE"),
    });
    expect(refuseRoute("presigned")).toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("presigned"),
    });
    expect(refuseRoute("unknown")).toMatchObject({
      code: "InvalidAction",
      message: expect.stringContaining("`/aws`"),
    });
  });
});
