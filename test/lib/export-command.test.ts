// The arguments of `countersign export`: what they ask for is read by test/flow/export.test.ts, and end to end.

import { expect, test } from "vitest";
import { exportCommand, type SealedPlace } from "../../lib/export-command.ts";

/** Where the command would read. */
async function placeOf(...args: string[]): Promise<SealedPlace | undefined | "not asked"> {
  let asked: SealedPlace | undefined | "not asked" = "not asked";
  const lines = exportCommand(args, async (place) => {
    asked = place;
    throw new Error("opened");
  });
  await expect(lines.next()).rejects.toThrow("opened");
  return asked;
}

test("without names it reads the local cloud, with both the deployment", async () => {
  expect(await placeOf()).toBeUndefined();
  const place = { table: "sessions", bucket: "checkpoints" };
  expect(await placeOf("--table", place.table, "--bucket", place.bucket)).toEqual(place);
});

test.each([
  [["--table", "sessions"], "name both, --table and --bucket"],
  [["--bucket", "checkpoints"], "name both, --table and --bucket"],
  [["--from", "yesterday"], "--from `yesterday` is not a time"],
  [["--until", "soon"], "--until `soon` is not a time"],
  [["--from", "2026-01-02T00:00:00Z", "--until", "2026-01-02T00:00:00Z"], "--from must be before --until"],
  [["--form", "x"], "--form"],
])("%j is refused before anything is opened", async (args, message) => {
  const open = async () => Promise.reject(new Error("opened"));
  await expect(exportCommand(args, open).next()).rejects.toThrow(message);
});
