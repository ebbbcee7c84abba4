// Lists in headers. Broke: a pattern with blanks on both sides took seconds for 300 blanks and for ever for 10 KB of them,
// which a call with a token may send; and text before a quote was dropped, so that policy saw another list than AWS.

import { describe, expect, it } from "vitest";
import { recognised, refused, request } from "./requests.ts";

function attributes(value: string) {
  return request("s3", {
    method: "GET",
    path: "/bucket/key",
    query: [["attributes", ""]],
    headers: { "x-amz-object-attributes": value },
  });
}

describe("a list in a header", () => {
  it.each([
    ["ETag", ["ETag"]],
    ["ETag,Checksum", ["ETag", "Checksum"]],
    ["ETag , Checksum", ["ETag", "Checksum"]],
    ['"ETag", "Check\\"sum, x"', ["ETag", 'Check"sum, x']],
    ['ETag,"Checksum"', ["ETag", "Checksum"]],
    ["ETag,,Checksum", ["ETag", "", "Checksum"]],
  ])("is read from %j", (value, items) => {
    expect(recognised(attributes(value)).parameters.ObjectAttributes).toEqual(items);
  });

  it.each([
    'ETag"Checksum,ObjectParts',
    '"ETag"x',
    '"ETag',
    'ETag, "Checksum',
    'a"b"c',
    '"',
    `ETag${" ".repeat(600)}"x`,
  ])("is refused when a quote stands where none may: %j", (value) => {
    expect(refused(attributes(value)).code).toBe("ValidationError");
  });

  it("is refused at once, however many blanks there are", () => {
    for (const value of [`ETag${" ".repeat(9_000)}"`, `${'"\\"'.repeat(3_000)}`, `${" ,".repeat(4_000)}"x`]) {
      expect(refused(attributes(value)).code).toBe("ValidationError");
    }
  });
});
