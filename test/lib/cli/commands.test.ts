// Commands against an API that answers as a gateway does, and the program of an installed package.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { buildCli } from "../../../lib/cli/build.ts";
import { type FakeApi, run, startFakeApi } from "./fake-api.ts";
import { denied, found, SESSION } from "./recorded.ts";

let api: FakeApi | undefined;
afterEach(() => api?.close());

describe("countersign calls", () => {
  it("asks with its filters as the signed-in person, and prints a row a call", async () => {
    api = await startFakeApi(() => ({ body: { records: [found("x", denied)], next: null, resume: null } }));
    const { exitCode, out } = await run(["calls", "--decision", "deny", "--since", "1h"], api.url);
    expect(exitCode).toBe(0);
    expect(out[1]).toBe(
      `2026-11-21 11:02:30.000  ${SESSION}  Reports bot         s3:PutObject                deny      refused 403   arn:aws:s3:::reports/q2.csv`,
    );
    const url = "/api/calls?decision=deny&from=2026-11-21T11%3A00%3A00.000Z&limit=50";
    expect(api.asked).toMatchObject([{ url, authorization: "Bearer the-token" }]);
  });

  it("ends with 2 for a wrong line and 3 for who may not, and says what to do", async () => {
    api = await startFakeApi(() => ({
      status: 401,
      body: { error: { code: "x", message: "it\u001bended" } },
    }));
    const wrong = await run(["calls", "--decison", "deny"], api.url);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.err[0]).toBe("countersign: there is no option `--decison`; did you mean `--decision`?");
    const refused = await run(["calls"], api.url);
    expect(refused.exitCode).toBe(3);
    expect(refused.err.at(-1)).toBe(`sign in: countersign login --url ${api.url}`);
    expect(refused.err.join("")).not.toContain("\u001b");
  });
});

describe("an installed package", () => {
  it("runs its commands, and says what needs a checkout", async () => {
    const outdir = mkdtempSync(join(import.meta.dirname, "../../../node_modules/.countersign-bin-"));
    try {
      await buildCli(outdir);
      const start = (...words: string[]) =>
        promisify(execFile)(process.execPath, [join(outdir, "countersign.mjs"), ...words]).catch(
          (error: { code: number; stderr: string; stdout: string }) => error,
        );
      expect((await start("help")).stdout).toContain("countersign <command> [options]");
      writeFileSync(join(outdir, "export.jsonl"), "no export\n");
      expect(await start("verify", join(outdir, "export.jsonl"))).toMatchObject({ code: 2 });
      expect(await start("policy", "test")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("checkout"),
      });
    } finally {
      rmSync(outdir, { recursive: true });
    }
  });
});
