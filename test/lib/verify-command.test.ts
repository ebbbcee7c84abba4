// `countersign verify` says what was proved, or which line is not as it was, and ends accordingly.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileLines } from "../../lib/file-lines.ts";
import { verifyCommand } from "../../lib/verify-command.ts";
import { type Exported, exported } from "./exported.ts";

let directory: string;
let made: Exported;
let key: string;
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "countersign-verify-"));
  made = await exported([3, 2]);
  key = file("key.pem", made.publicKeyPem);
});
afterAll(() => rmSync(directory, { recursive: true }));
const text = () => `${made.lines.join("\n")}\n`;

describe("verify", () => {
  it("says what was proved and what it does not cover, of a plain and of a packed file", async () => {
    for (const content of [text(), gzipSync(text()), text().trimEnd()]) {
      const { lines, exitCode } = await verifyCommand([file("export", content), "--key", key]);
      expect(exitCode).toBe(0);
      expect(lines[0]).toContain(
        `5 records of \`CountersignStack-Sessions\` from ${made.from} to ${made.to}`,
      );
      expect(lines.at(-1)).toContain("--until");
    }
  });

  it("names the line that is not as it was, made visible, and ends in failure", async () => {
    const hostile = made.lines.map((line) => line.replace('"pk":"SESSION#1"', '"pk":"SESSION#\u009b2J"'));
    const { lines, exitCode } = await verifyCommand([file("export", hostile.join("\n")), "--key", key]);
    expect(exitCode).toBe(1);
    expect(lines).toEqual([
      "NOT AS RECORDED (changed)",
      "  line 4, `SESSION#\\u{9b}2J` `CALL#1#INTENT`, is not record 2 of checkpoint 1 as it was recorded",
    ]);
  });

  it("fails an export that ends before the time that was asked for", async () => {
    const args = [file("export", text()), "--key", key, "--until"];
    expect((await verifyCommand([...args, made.to])).exitCode).toBe(0);
    expect((await verifyCommand([...args, "2026-02-01T00:00:00Z"])).exitCode).toBe(1);
  });

  it.each<[string, (path: string) => readonly string[], string]>([
    ["no export", () => ["--key", "k"], "name one export"],
    ["two exports", (path) => [path, path, "--key", "k"], "name one export"],
    ["no key", (path) => [path], "--key"],
    ["a time that is none", (path) => [path, "--key", "k", "--until", "noon"], "`noon` is not a time"],
  ])("says what to correct with %s", async (_what, args, message) => {
    await expect(verifyCommand(args(file("export", text())))).rejects.toThrow(message);
  });
});

describe("the lines of a file", () => {
  const linesOf = async (content: string | Uint8Array) => {
    const lines: string[] = [];
    for await (const line of fileLines(file("lines", content))) lines.push(line);
    return lines;
  };

  it("end with a line feed and nothing else", async () => {
    expect(await linesOf("a\u2028b\r\nc\rd\n\n")).toEqual(["a\u2028b\r", "c\rd", ""]);
    expect(await linesOf("")).toEqual([]);
  });

  it("are whole across the pieces in which a file is read", async () => {
    const long = "é".repeat(1_500_000);
    expect(await linesOf(`${long}\n${long}`)).toEqual([long, long]);
  });

  it("keep a byte order mark, which then is not part of an export, and are no other text than UTF-8", async () => {
    expect(await linesOf("\ufeffa")).toEqual(["\ufeffa"]);
    await expect(linesOf(Uint8Array.of(0x61, 0xff))).rejects.toThrow("not UTF-8");
  });

  it("of no file are an error", async () => {
    await expect(verifyCommand([join(directory, "absent"), "--key", key])).rejects.toThrow("ENOENT");
  });

  it("of a packed file that was cut are an error", async () => {
    const packed = gzipSync(text());
    await expect(linesOf(packed.subarray(0, packed.length - 12))).rejects.toThrow();
  });
});
