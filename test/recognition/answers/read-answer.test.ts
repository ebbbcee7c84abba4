// Edits of single answers, errors, digests, and answers made to mislead.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { encode } from "cborg";
import { expect, test } from "vitest";
import { modelFiles } from "../../../lambdas/boundary/model-files.ts";
import type { Edit } from "../../../lambdas/model/answer.ts";
import type { Protocol } from "../../../lambdas/model/aws-call.ts";
import { BYTES, splitFrames, TEXT, writeFrame } from "../../../lambdas/recognition/answers/frames.ts";
import { innerLeaves } from "../../../lambdas/recognition/answers/inner.ts";
import { shownPath } from "../../../lambdas/recognition/answers/leaf.ts";
import { resolveAnswerPath, sensitiveAnswerPaths } from "../../../lambdas/recognition/answers/paths.ts";
import { readAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";

const models = modelFiles(new URL("../../../lambdas/recognition/models", import.meta.url).pathname);
const call = (service: string, operation: string, protocol: Protocol) => ({
  signingName: service,
  service,
  operation,
  protocol,
});
const GET = call("secretsmanager", "GetSecretValue", "json-1.1");

type Headers = [string, string][];

function read(of: ReturnType<typeof call>, body: string | Uint8Array, headers: Headers = [], status = 200) {
  return readAnswer(of, { status, headers, body: Buffer.from(body as string) }, models);
}

function structured(...args: Parameters<typeof read>) {
  const reading = read(...args);
  if (reading.kind !== "structured") throw new Error(JSON.stringify(reading));
  const leaf = (path: string) => {
    const found = reading.leaves.find(
      (each) => shownPath(each.path) === path && each.path.at(-1)?.kind !== "key",
    );
    if (!found) throw new Error(`no ${path}`);
    return found;
  };
  const write = (edits: Edit[]) => {
    const { headers, body } = reading.write(edits);
    return { headers, text: Buffer.from(body).toString() };
  };
  return { ...reading, leaf, write, bytes: (edits: Edit[]) => Buffer.from(reading.write(edits).body) };
}

test("replaces one string and leaves every other byte, digit and space as it was", () => {
  const { leaf, write } = structured(
    GET,
    '{ "Name":"n",\n "CreatedDate":1.50E9, "SecretString" : "\\u0041" }',
  );
  expect(leaf("SecretString")).toMatchObject({ text: "A", sensitive: true, type: "string" });
  expect(write([{ kind: "replace", leaf: leaf("SecretString"), text: 'x"\n' }]).text).toBe(
    '{ "Name":"n",\n "CreatedDate":1.50E9, "SecretString" : "x\\"\\n" }',
  );
});

test("drops entries with the right commas, whichever of them go", () => {
  const all = ["a", "b", "c", "d"];
  const { leaves, write } = structured(GET, `{"VersionStages":["a", "b" ,"c","d"]}`);
  for (let mask = 0; mask < 16; mask += 1) {
    const gone = leaves.filter((_, at) => mask & (1 << at));
    const { text } = write(gone.map((leaf) => ({ kind: "drop", leaf })));
    expect(JSON.parse(text).VersionStages).toEqual(all.filter((_, at) => !(mask & (1 << at))));
  }
});

test("gives the leaves of JSON inside a string and writes them back into it", () => {
  const { leaf, write } = structured(
    GET,
    JSON.stringify({ SecretString: '{"user":"u", "password":"p","n":1.0}' }),
  );
  const inner = innerLeaves(leaf("SecretString")) ?? [];
  const password = inner.find(({ text }) => text === "p");
  expect(password && shownPath(password.path)).toBe("SecretString.password");
  if (!password) return;
  const { text } = write([{ kind: "replace", leaf: password, text: "*" }]);
  expect(JSON.parse(text).SecretString).toBe('{"user":"u", "password":"*","n":1.0}');
});

test("leaves out the checksum of a changed body, keeps it with an unchanged one, and sets the length", () => {
  const headers: Headers = [
    ["x-amz-crc32", "1"],
    ["content-length", "20"],
    ["x-amzn-requestid", "r"],
  ];
  const { leaf, write } = structured(GET, '{"SecretString":"abc"}', headers);
  expect(write([]).headers).toEqual(headers);
  expect(write([{ kind: "replace", leaf: leaf("SecretString"), text: "" }]).headers).toEqual([
    ["x-amzn-requestid", "r"],
    ["content-length", "19"],
  ]);
});

test("makes SQS's digest of a changed message body anew", () => {
  const body = '{"Messages":[{"Body":"secret","MD5OfBody":"5ebe2294ecd0e0f08eab7690d2a6ee69"}]}';
  const { leaf, write } = structured(call("sqs", "ReceiveMessage", "json-1.0"), body);
  const { text } = write([{ kind: "replace", leaf: leaf("Messages[0].Body"), text: "new" }]);
  expect(JSON.parse(text).Messages[0].MD5OfBody).toBe(createHash("md5").update("new").digest("hex"));
});

test("reads the leaves of an error and tells the members that no model has", () => {
  const { leaves, unknown } = structured(GET, '{"__type":"a#X","message":"m","Odd":"o"}', [], 400);
  expect(leaves.map(({ text, known }) => [text, known])).toEqual([
    ["a#X", true],
    ["m", true],
    ["o", false],
  ]);
  expect(unknown).toEqual(["Odd"]);
});

test("fills an empty XML element and drops another with its tags only", () => {
  const list = call("s3", "ListObjectsV2", "rest-xml");
  const { leaf, write } = structured(
    list,
    "<R xmlns='u'> <Prefix a='b' /><Name>n</Name></R>".replace(" a='b'", ""),
  );
  const edits: Edit[] = [
    { kind: "replace", leaf: leaf("Prefix"), text: "<" },
    { kind: "drop", leaf: leaf("Name") },
  ];
  expect(write(edits).text).toBe("<R xmlns='u'> <Prefix >&lt;</Prefix></R>");
});

test("rewrites a CBOR map's head when an entry goes", () => {
  const metrics = call("monitoring", "ListMetrics", "rpc-v2-cbor");
  const of = { ...metrics, service: "cloudwatch" };
  const { leaf, bytes } = structured(of, encode({ NextToken: "t", OwningAccounts: ["1", "2"] }));
  const body = bytes([{ kind: "drop", leaf: leaf("NextToken") }]);
  expect(body).toEqual(Buffer.from(encode({ OwningAccounts: ["1", "2"] })));
});

test("rewrites one event of a stream with right checksums and leaves the others", () => {
  const text = (name: string, value: string) => ({ name, type: TEXT, value: Buffer.from(value) });
  const head = (event: string) => [text(":message-type", "event"), text(":event-type", event)];
  const one = writeFrame(head("Records"), Buffer.from("a secret"));
  const end = writeFrame(
    [...head("End"), { name: "x", type: BYTES, value: Buffer.from("b") }],
    Buffer.alloc(0),
  );
  const select = call("s3", "SelectObjectContent", "rest-xml");
  const reading = structured(select, Buffer.concat([one, end]));
  const leaf = reading.leaf("Payload[0].Records.Payload");
  expect(leaf).toMatchObject({ type: "blob", text: Buffer.from("a secret").toString("base64") });
  const written = reading.bytes([{ kind: "replace", leaf, text: "Kg==" }]);
  const { frames, rest } = splitFrames(written);
  expect([rest.length, Buffer.from(frames[0]?.payload ?? []).toString(), frames.length]).toEqual([0, "*", 2]);
  const broken = Buffer.from(one);
  broken[broken.length - 6] = 0;
  expect(read(select, broken)).toMatchObject({
    kind: "unreadable",
    reason: expect.stringContaining("checksum"),
  });
  expect(read(select, one.subarray(0, -1))).toMatchObject({ kind: "unreadable" });
});

test.each([
  ["a name twice", '{"Name":"a","Na\\u006de":"b"}'],
  ["bytes after the value", '{"Name":"a"}{}'],
  ["a lone surrogate", '{"Name":"\\ud800"}'],
  ["deep nesting", `{"X":${"[".repeat(80)}${"]".repeat(80)}}`],
  ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
])("does not read a JSON answer with %s", (_, body) => {
  expect(read(GET, body)).toMatchObject({ kind: "unreadable" });
});

test("does not read XML with a DTD, nor a bomb in gzip, nor another coding", () => {
  const list = call("s3", "ListObjectsV2", "rest-xml");
  expect(read(list, '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')).toMatchObject({ kind: "unreadable" });
  const bomb = gzipSync(Buffer.alloc(30_000_000));
  expect(read(GET, bomb, [["content-encoding", "gzip"]])).toMatchObject({ kind: "unreadable" });
  expect(read(GET, "x", [["content-encoding", "br"]])).toMatchObject({ kind: "unreadable" });
});

test("finds a mask's path, or names what the model has nearby", () => {
  const of = call("ssm", "GetParameters", "json-1.1");
  expect(resolveAnswerPath(models, of, "Parameters[].Value")).toEqual({ kind: "found" });
  expect(resolveAnswerPath(models, of, "Parameters[].Valeu")).toMatchObject({
    member: "Valeu",
    didYouMean: "Value",
  });
  expect(sensitiveAnswerPaths(models, of)).toContain("Parameters[].Value");
});

// A missing key of an operation whose answers have something to hide was withheld as an answer with unknown members.
test("knows what S3 says of the request in its errors, and nothing else that no model lists", () => {
  const error = (inside: string) =>
    structured(
      call("s3", "GetObject", "rest-xml"),
      `<Error><Code>NoSuchKey</Code><Message>m</Message>${inside}<RequestId>1</RequestId><HostId>2</HostId></Error>`,
      [],
      404,
    );
  expect(error("<Key>k</Key>").unknown).toEqual([]);
  expect(error("<StringToSign>AWS4</StringToSign>").unknown).toEqual(["StringToSign"]);
});
