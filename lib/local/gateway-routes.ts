// Finds the route of a REST API for a method and a raw path: the stage first, then exact parts before `{name}` before
// `{name+}`, among those the longest beginning, an exact method before `ANY`. Nothing of the path is normalised.

import { decode } from "./gateway-event.ts";
import type { RestApi, Route } from "./template-api.ts";

export interface RouteMatch {
  readonly route: Route;
  /** Decoded, `null` when the resource has none. */
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

/** `undefined` when the path is not below the stage, or nothing fits. */
export function matchRoute({ stage, routes }: RestApi, method: string, path: string): RouteMatch | undefined {
  const prefix = `/${stage}`;
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined;
  const below = path.slice(prefix.length) || "/";
  const fitting = routes
    .filter((route) => route.method === method || route.method === "ANY")
    .flatMap((route) => {
      const parameters = matchPath(route.resourcePath, below);
      return parameters === undefined ? [] : [{ route, parameters }];
    })
    .toSorted((one, other) => rank(one.route) - rank(other.route));
  const [best] = fitting;
  if (best === undefined) return undefined;
  const names = Object.keys(best.parameters);
  return { route: best.route, pathParameters: names.length === 0 ? null : best.parameters };
}

/** Less is better. */
function rank({ resourcePath, method }: Route): number {
  const path = resourcePath.includes("+}") ? 2 : resourcePath.includes("{") ? 1 : 0;
  const literal = resourcePath.split("/").filter((part) => part !== "" && !part.startsWith("{")).length;
  return path * 1_000 - literal * 2 + (method === "ANY" ? 1 : 0);
}

function matchPath(resourcePath: string, path: string): Record<string, string> | undefined {
  if (resourcePath === "/") return path === "/" ? {} : undefined;
  const names: string[] = [];
  const pattern = resourcePath.split("/").map((part) => {
    const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(part) ?? [];
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    names.push(name);
    return greedy === "+" ? "(.+)" : "([^/]+)";
  });
  const found = new RegExp(`^${pattern.join("/")}$`, "s").exec(path);
  if (found === null) return undefined;
  return Object.fromEntries(names.map((name, at) => [name, decode(found[at + 1] ?? "")]));
}
