// What becomes of AWS's answer on its way to the caller: masked where it can be read, withheld where it cannot, and never
// passed on for a fault of ours. Keys here are made up at each run, so that no scanner takes this file for a leak.

import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { maskUpstream } from "../../lambdas/flow/mask-upstream.ts";
import type { MaskObligations } from "../../lambdas/model/answer.ts";
import { callWith } from "../upstream/calls.ts";
import { Body, calling, type Headers, hide, masked, whole } from "./masked-answers.ts";
import { answerOf, MASKING, MEGABYTE, sentCall } from "./sent-calls.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

const MARKER = "[masked:countersign]";
const PEM = [
  "-----BEGIN PRIVATE",
  " KEY-----\nMIIEvQ",
  "IBADANBgkqhkiG9w0BAQEF\n",
  "-----END PRIVATE",
  " KEY-----",
].join("");
const GET_OBJECT = callWith({});

const GET_SECRET = calling("secretsmanager", "GetSecretValue", "json-1.1");
const LIST_SECRETS = calling("secretsmanager", "ListSecrets", "json-1.1");

describe("an answer is withheld", () => {
  it.each([
    ["no JSON", "<html>", {}],
    ["JSON with a name twice", '{"Name":"a","Name":"b"}', {}],
    ["JSON that ends too early", '{"Name":"a"', {}],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), {}],
    ["gzip that is broken", "not gzip", { headers: [["content-encoding", "gzip"]] as const }],
    ["a coding that is not read", "x", { headers: [["content-encoding", "br"]] as const }],
    ["a policy's mask that is no path", '{"Name":"a"}', { obligations: hide("a..b") }],
    ["a detector that does not exist", '{"Name":"a"}', { obligations: { detectors: ["nothing"] } }],
  ])("when it is %s", async (_, body, given) => {
    expect(await masked(GET_SECRET, body, given)).toMatchObject({ kind: "withheld" });
  });

  it("when it holds members that nobody knows where others have to be hidden, and passes elsewhere", async () => {
    expect(await masked(GET_SECRET, '{"Name":"n","New":"v"}')).toMatchObject({
      kind: "withheld",
      reason: expect.stringContaining("`New`"),
    });
    const { text, masks } = await whole(LIST_SECRETS, '{"SecretList":[],"New":"v"}');
    expect([text, masks.unknown]).toEqual(['{"SecretList":[],"New":"v"}', ["New"]]);
    const due = await masked(LIST_SECRETS, '{"New":"v"}', { obligations: hide("SecretList[].Name") });
    expect(due.kind).toBe("withheld");
  });

  it("when it is larger than 6 MB, and its connection is closed without reading on", async () => {
    const body = new Body(Buffer.alloc(6 * MEGABYTE, "a"), "b", "c", "d");
    expect(await masked(GET_SECRET, body)).toMatchObject({
      kind: "withheld",
      reason: expect.stringContaining("6 MB"),
    });
    expect([body.closed, body.pulled]).toEqual([true, 2]);
  });

  it("when no model has its operation, and when masking fails by a fault of ours", async () => {
    const unknown = calling("secretsmanager", "GetSomethingNew", "json-1.1");
    expect(await masked(unknown, '{"a":"b"}')).toMatchObject({ kind: "withheld" });
    const obligations: MaskObligations = {
      unmasks: [],
      detectors: [],
      get masks(): never {
        throw new Error("a fault that quotes hunter2");
      },
    };
    const small = await maskUpstream(
      answerOf(new Body('{"Name":"hunter2"}')),
      GET_SECRET,
      obligations,
      MASKING,
    );
    expect(small).toMatchObject({ kind: "withheld", reason: "it could not be masked" });
    const body = new Body(Buffer.alloc(MEGABYTE), "hunter2", "more");
    expect(await maskUpstream(answerOf(body), GET_OBJECT, obligations, MASKING)).toMatchObject({
      kind: "withheld",
    });
    expect(body.closed).toBe(true);
  });

  it("with status 422, its code and its reason, on record and told, and without a byte of it", async () => {
    const { conclude, outcome } = sentCall(GET_SECRET);
    const response = await conclude(answerOf(new Body('{"Name":"hunter2","New":"v"}')));
    const told = Buffer.from(response.body as Uint8Array).toString();
    expect([response.status, told.includes("AnswerWithheld"), told.includes("hunter2")]).toEqual([
      422,
      true,
      false,
    ]);
    expect(told).toContain("aws has answered; the answer is withheld");
    expect(outcome()).toMatchObject({ ending: "answered", status: 422, mayHaveRun: true });
    expect(outcome()?.withheld).toContain("`New`");
    expect(JSON.stringify(outcome())).not.toContain("hunter2");
  });
});

describe("an answer of members", () => {
  it("goes on byte for byte with all its headers when nothing in it is hidden", async () => {
    const headers: Headers = [
      ["x-amz-crc32", "1"],
      ["content-length", "21"],
      ["etag", '"e"'],
    ];
    const got = await whole(LIST_SECRETS, '{ "SecretList" : [ ] }', { headers });
    expect(got).toMatchObject({ text: '{ "SecretList" : [ ] }', headers: Object.fromEntries(headers) });
  });

  it("is rewritten with its length, without checksum and coding, when it came as gzip", async () => {
    const body = gzipSync('{"Name":"n","SecretString":"hunter2"}');
    const headers: Headers = [
      ["content-encoding", "gzip"],
      ["x-amz-crc32", "1"],
      ["content-length", String(body.length)],
    ];
    const { text, headers: after, masks } = await whole(GET_SECRET, body, { headers });
    expect(text).toBe(`{"Name":"n","SecretString":"${MARKER}"}`);
    expect(after).toEqual({ "content-length": String(text.length) });
    expect(masks.paths).toEqual({ SecretString: 1 });
  });

  it("of a HEAD keeps the object's length and hides its metadata", async () => {
    const head = calling("s3", "HeadObject", "rest-xml");
    const headers: Headers = [
      ["content-length", "7340032"],
      ["etag", '"e"'],
      ["x-amz-meta-token", "hunter2"],
      ["x-amz-checksum-crc32", "AAAAAA=="],
    ];
    const { headers: after, text } = await whole(head, "", { headers, obligations: hide("Metadata.*") });
    expect(after).toEqual({ ...Object.fromEntries(headers), "x-amz-meta-token": MARKER });
    expect(text).toBe("");
  });

  it("of status 304 has no body, and its metadata is hidden as that of the object is", async () => {
    const headers: Headers = [
      ["etag", '"e"'],
      ["x-amz-meta-token", "hunter2"],
    ];
    const got = await whole(GET_OBJECT, "", { status: 304, headers, obligations: hide("Metadata.*") });
    expect(got).toMatchObject({ text: "", headers: { etag: '"e"', "x-amz-meta-token": MARKER } });
  });

  it("that is empty goes on empty", async () => {
    for (const status of [200, 204, 400, 503]) {
      expect(await whole(GET_SECRET, "", { status })).toMatchObject({ text: "" });
    }
  });
});

describe("an error", () => {
  const XML = (more: string) =>
    `<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code><Message>no such key</Message>${more}<RequestId>r</RequestId></Error>`;

  it("of S3 tells its code, key and bucket, also where members of the answer are to be hidden", async () => {
    const body = XML("<Key>a/b</Key><BucketName>bkt</BucketName><Resource>/bkt/a/b</Resource>");
    for (const obligations of [hide("Metadata.*"), hide("Body"), undefined]) {
      const given = { status: 404, ...(obligations && { obligations }) };
      expect((await whole(GET_OBJECT, body, given)).text).toBe(body);
    }
  });

  it("with an element that nobody knows is withheld only where something in it could have to be hidden", async () => {
    const body = XML("<Surprise>x</Surprise>");
    expect((await whole(GET_OBJECT, body, { status: 404 })).masks.unknown).toEqual(["Surprise"]);
    const due = await masked(GET_OBJECT, body, { status: 404, obligations: hide("Metadata.*") });
    expect(due.kind).toBe("withheld");
  });

  it.each([
    ["JSON", GET_SECRET, JSON.stringify({ __type: "X", message: `it said ${PEM}` })],
    ["S3", GET_OBJECT, XML(`<Key>${PEM}</Key>`)],
    [
      "query",
      calling("iam", "GetUser", "query"),
      `<ErrorResponse><Error><Type>Sender</Type><Code>X</Code><Message>${PEM}</Message></Error></ErrorResponse>`,
    ],
  ])("of %s that echoes a private key does not tell it", async (_, call, body) => {
    const { text, masks } = await whole(call, body, { status: 400 });
    expect(text).toContain(MARKER);
    expect(text).not.toContain("MIIEvQ");
    expect(masks.detectors).toEqual({ pem: 1 });
  });

  it("in a header does not tell it either", async () => {
    const headers: Headers = [["x-amzn-errormessage", PEM.replaceAll("\n", " ")]];
    const invoke = calling("lambda", "GetFunction", "rest-json");
    const got = await whole(invoke, '{"Message":"m"}', { status: 400, headers });
    expect(got.headers["x-amzn-errormessage"]).not.toContain("MIIEvQ");
  });
});

describe("an object of S3", () => {
  const CHECKED: Headers = [
    ["content-length", "5"],
    ["etag", '"e"'],
    ["x-amz-checksum-crc32", "AAAAAA=="],
    ["content-md5", "m"],
    ["content-type", "text/plain"],
  ];

  it("that fits in memory goes on byte for byte with its checksums", async () => {
    const bytes = Buffer.from([0, 255, 1, 254, 10]);
    const got = await whole(GET_OBJECT, bytes, { headers: CHECKED });
    expect(Buffer.from(got.text, "latin1")).toEqual(bytes);
    expect(got.headers).toEqual(Object.fromEntries(CHECKED));
  });

  it("with a key in it has the right length and no digest of what it was; a range of it too", async () => {
    for (const status of [200, 206]) {
      const got = await whole(GET_OBJECT, `a\n${PEM}\nb`, { status, headers: CHECKED });
      expect(got.text).toBe(`a\n${MARKER}\nb`);
      expect(got.headers).toEqual({
        "content-length": String(got.text.length),
        "content-type": "text/plain",
      });
      expect(got.masks.detectors).toEqual({ pem: 1 });
    }
  });

  it("larger than a megabyte streams, masked over the borders of its pieces, and its Outcome counts that", async () => {
    const before = Buffer.alloc(MEGABYTE, "a\n");
    const { conclude, outcome } = sentCall(GET_OBJECT);
    const body = new Body(before, PEM.slice(0, 30), PEM.slice(30, 50), PEM.slice(50), "\nend");
    const response = await conclude(answerOf(body, { headers: CHECKED }));
    expect(Object.keys(response.headers)).not.toEqual(
      expect.arrayContaining(["content-length", "content-md5", "x-amz-checksum-crc32"]),
    );
    const parts: Uint8Array[] = [];
    for await (const part of response.body as AsyncIterable<Uint8Array>) parts.push(part);
    const text = Buffer.concat(parts);
    expect(text.subarray(MEGABYTE).toString()).toBe(`${MARKER}\nend`);
    expect(outcome()).toMatchObject({ responseBytes: text.length, masks: { detectors: { pem: 1 } } });
  });

  it("whose body a policy masks is hidden whole, small or large, and read no further than it must be", async () => {
    const large = new Body(Buffer.alloc(MEGABYTE), "x", "y", "z");
    for (const body of [new Body("hunter2"), large]) {
      const got = await whole(GET_OBJECT, body, { headers: CHECKED, obligations: hide("Body") });
      expect(got).toMatchObject({
        text: MARKER,
        headers: { "content-length": String(MARKER.length), "content-type": "text/plain" },
      });
      expect(got.masks.paths).toEqual({ Body: 1 });
    }
    expect([large.closed, large.pulled]).toEqual([true, 2]);
    expect((await whole(GET_OBJECT, "hunter2", { obligations: hide("Body", "drop") })).text).toBe("");
    expect((await whole(GET_OBJECT, '{"a":"hunter2"}', { obligations: hide("Body.a") })).text).toBe(MARKER);
  });

  it("is shown as it is where a policy shows its body by name", async () => {
    const obligations = { unmasks: [{ path: "Body", style: "fixed" as const }] };
    const got = await whole(GET_OBJECT, PEM, { headers: CHECKED, obligations });
    expect(got.text).toBe(PEM);
    expect(got.masks).toMatchObject({ detectors: {}, unmasked: ["Body"] });
    const body = new Body(Buffer.alloc(MEGABYTE, "a\n"), PEM, "\n");
    const large = await masked(GET_OBJECT, body, { obligations });
    if (large.kind !== "stream") throw new Error(large.kind);
    const parts: Uint8Array[] = [];
    for await (const part of large.chunks(large.filter, async () => true)) parts.push(part);
    expect(Buffer.concat(parts).toString().endsWith(`${PEM}\n`)).toBe(true);
    expect(large.masks()).toMatchObject({ detectors: {}, unmasked: ["Body"] });
  });
});

describe("what a function of Lambda answers", () => {
  const INVOKE = calling("lambda", "Invoke", "rest-json");

  it("is hidden, since the model marks it, and shown by name", async () => {
    const headers: Headers = [["x-amz-log-result", Buffer.from("log").toString("base64")]];
    expect((await whole(INVOKE, '{"a":1}', { headers })).text).toBe(MARKER);
    const unmasks = [{ path: "Payload", style: "fixed" as const }];
    const shown = await whole(INVOKE, '{"a":1}', { headers, obligations: { unmasks } });
    expect([shown.text, shown.masks.unmasked]).toEqual(['{"a":1}', ["Payload"]]);
  });
});
