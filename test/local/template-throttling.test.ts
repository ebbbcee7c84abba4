import { describe, expect, it } from "vitest";
import { resolveStack } from "../../lib/local/template.ts";
import { PLACE, smallTemplate } from "./small-template.ts";

function resolveWith(settings: Record<string, unknown>): unknown {
  const template = smallTemplate();
  const stage = template.Resources.Stage;
  if (stage?.Properties === undefined) throw new Error("the small template has no stage");
  stage.Properties.MethodSettings = [{ HttpMethod: "*", ResourcePath: "/*", ...settings }];
  return resolveStack(template, PLACE);
}

describe("the settings of the stage's methods", () => {
  it("are served when they throttle", () => {
    expect(() => resolveWith({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 })).not.toThrow();
  });

  it.each([
    ["ResourcePath", { ResourcePath: "/aws" }],
    ["HttpMethod", { HttpMethod: "POST" }],
    ["DataTraceEnabled", { DataTraceEnabled: true }],
    ["CachingEnabled", { CachingEnabled: true }],
    ["LoggingLevel", { LoggingLevel: "INFO" }],
    ["ThrottlingRateLimit", { ThrottlingRateLimit: "many" }],
  ])("stop the start by %s", (name, settings) => {
    expect(() => resolveWith(settings)).toThrow(name);
  });
});
