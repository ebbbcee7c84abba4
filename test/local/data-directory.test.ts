import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { claimDirectory } from "../../lib/local/data-directory.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-"));
afterAll(() => rmSync(root, { recursive: true }));

function directoryHeldBy(pid: string): string {
  const directory = mkdtempSync(join(root, "held-"));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "process"), pid);
  writeFileSync(join(directory, "data"), "of an earlier run");
  return directory;
}

describe("the data directory", () => {
  it("is for one process at a time, and the refusal names the one that holds it", () => {
    const held = directoryHeldBy(String(process.ppid));
    expect(() => claimDirectory(held, true)).toThrow(`process ${process.ppid}`);
    expect(existsSync(join(held, "data"))).toBe(true);
  });

  it.each(["999999999", "not a number", ""])("is free when its holder is gone or unreadable (%j)", (pid) => {
    const free = directoryHeldBy(pid);
    expect(() => claimDirectory(free, false)).not.toThrow();
    expect(existsSync(join(free, "data"))).toBe(true);
  });

  it("is emptied first when asked to be", () => {
    const old = directoryHeldBy("999999999");
    claimDirectory(old, true);
    expect(existsSync(join(old, "data"))).toBe(false);
  });
});
