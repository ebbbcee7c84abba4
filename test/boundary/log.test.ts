// The allow-list of the log: what is not named there cannot be written.

import { afterEach, describe, expect, it, vi } from "vitest";
import { environmentOf } from "../../lambdas/boundary/environment.ts";
import { CountersignError } from "../../lambdas/boundary/errors.ts";
import { faultFields, type LogFields, log } from "../../lambdas/boundary/log.ts";

afterEach(() => vi.restoreAllMocks());

describe("log", () => {
  it("drops every field that is not on the list", () => {
    const write = vi.spyOn(console, "log").mockReturnValue();
    log({ event: "call", code: "AccessDenied", token: "canary" } as LogFields);
    expect(write.mock.calls.flat().join()).toMatch(/"code":"AccessDenied"/);
    expect(write.mock.calls.flat().join()).not.toContain("canary");
  });
});

describe("faultFields", () => {
  it("names the chain of errors and the places, never a message", () => {
    const error = new CountersignError("internal", "canary-1", new TypeError("canary-2\n    at canary-3"));
    const fields = JSON.stringify(faultFields(error));
    expect(fields).toContain("CountersignError.internal < TypeError");
    expect(fields).not.toContain("canary");
  });

  it("says only the type of what is not an error", () => {
    expect(faultFields("canary")).toEqual({ name: "string", frames: [] });
  });
});

describe("environmentOf", () => {
  it("names every missing variable at once", () => {
    expect(() =>
      environmentOf({ STATE_TABLE: "t", API_STAGE: "" }, ["stateTable", "sessionsTable", "apiStage"]),
    ).toThrow(/lacks SESSIONS_TABLE, API_STAGE$/);
  });
});
