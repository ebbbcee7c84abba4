// Answers of rarer forms, one of each: digests that clients check, members in headers, errors with members, flattened maps,
// CBOR of unknown length, exceptions in streams of events. What was edited is read by a client of the SDK where one can.

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { modelFiles } from "../../../lambdas/boundary/model-files.ts";
import type { AnswerLeaf, Edit } from "../../../lambdas/model/answer.ts";
import type { Protocol } from "../../../lambdas/model/aws-call.ts";
import { innerLeaves } from "../../../lambdas/recognition/answers/inner.ts";
import { shownPath } from "../../../lambdas/recognition/answers/leaf.ts";
import { type AwsAnswer, readAnswer } from "../../../lambdas/recognition/answers/read-answer.ts";
import { parserOf } from "./sdk-parse.ts";
import { cborProtocol, operationOf, sdkService } from "./sdk-wire.ts";

const models = modelFiles(new URL("../../../lambdas/recognition/models", import.meta.url).pathname);
const MARKER = "[masked:countersign]";

type Call = readonly [service: string, operation: string, protocol: Protocol, signingName?: string];
type Headers = readonly (readonly [string, string])[];

function read([service, operation, protocol, signingName = service]: Call, answer: AwsAnswer) {
  const reading = readAnswer({ service, operation, protocol, signingName }, answer, models);
  if (reading.kind === "unreadable") throw new Error(reading.reason);
  const leaf = (path: string, kind: "value" | "key" = "value"): AnswerLeaf => {
    const found = reading.leaves.find(
      (each) => shownPath(each.path) === path && (each.path.at(-1)?.kind === "key") === (kind === "key"),
    );
    if (!found)
      throw new Error(`no ${path} in ${reading.leaves.map((each) => shownPath(each.path)).join(" ")}`);
    return found;
  };
  const write = (edits: readonly Edit[]): AwsAnswer => ({ status: answer.status, ...reading.write(edits) });
  return { ...reading, leaf, write };
}

const answer = (body: string | Uint8Array, headers: Headers = [], status = 200): AwsAnswer => ({
  status,
  headers,
  body: Buffer.from(body as string),
});
const masked = (leaf: AnswerLeaf, text = MARKER): Edit => ({ kind: "replace", leaf, text });

function clientOf(service: string, operation: string, settings: object = {}) {
  const sdk = sdkService(service);
  const parser = parserOf(sdk, settings);
  return {
    parse: (given: AwsAnswer) => parser.parse(operationOf(sdk, operation), given),
    failure: async (given: AwsAnswer) => {
      const caught: unknown = await parser.parse(operationOf(sdk, operation), given).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (caught === undefined) throw new Error("the call succeeded");
      return caught as Error & Record<string, unknown>;
    },
    client: parser.client,
  };
}

const md5 = (...parts: (string | Buffer)[]) =>
  createHash("md5")
    .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    .digest("hex");
const sized = (text: string | Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text as string)]);
};

test("SQS: the client takes a message whose body and attributes were masked, with both digests made anew", async () => {
  const attributes = {
    token: { DataType: "String", StringValue: "hunter2" },
    blob: { DataType: "Binary", BinaryValue: Buffer.from("b").toString("base64") },
  };
  const digest = (token: string) =>
    md5(
      ...[sized("blob"), sized("Binary"), Buffer.of(2), sized("b")],
      ...[sized("token"), sized("String"), Buffer.of(1), sized(token)],
    );
  const message = {
    Body: "hunter2",
    MD5OfBody: md5("hunter2"),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: digest("hunter2"),
  };
  const given = answer(JSON.stringify({ Messages: [message] }));
  const { leaf, write } = read(["sqs", "ReceiveMessage", "json-1.0"], given);
  const { parse } = clientOf("sqs", "ReceiveMessage");
  const only = write([masked(leaf("Messages[0].MessageAttributes.token.StringValue"))]);
  const both = write([
    masked(leaf("Messages[0].Body")),
    masked(leaf("Messages[0].MessageAttributes.token.StringValue")),
  ]);
  for (const [after, body] of [
    [only, "hunter2"],
    [both, MARKER],
  ] as const) {
    const { Messages } = await parse(after);
    expect(Messages).toMatchObject([
      { Body: body, MD5OfBody: md5(body), MD5OfMessageAttributes: digest(MARKER) },
    ]);
  }
});

test("S3: values of a map in headers are masked, and a key that is masked goes with its value", async () => {
  const headers: Headers = [
    ["x-amz-meta-token", "hunter2"],
    ["x-amz-meta-other", "o"],
  ];
  const { leaf, write } = read(["s3", "HeadObject", "rest-xml"], answer("", headers));
  const { parse } = clientOf("s3", "HeadObject");
  expect(await parse(write([masked(leaf("Metadata.token"))]))).toMatchObject({
    Metadata: { token: MARKER, other: "o" },
  });
  for (const edit of [
    masked(leaf("Metadata.token", "key")),
    { kind: "drop", leaf: leaf("Metadata.token") } as const,
  ])
    expect((await parse(write([edit]))).Metadata).toEqual({ other: "o" });
});

test("Lex: JSON in a header is read as the text that it is, and written back into its base64", () => {
  const slots = Buffer.from('{"pin":"hunter2", "city":"x"}').toString("base64");
  const given = answer("audio", [["x-amz-lex-slots", slots]]);
  const { leaf, write } = read(["lex-runtime", "PostContent", "rest-json", "lex"], given);
  const pin = innerLeaves(leaf("slots"))?.find(({ text }) => text === "hunter2");
  if (!pin) throw new Error("no pin");
  const [header] = write([masked(pin)]).headers;
  expect(Buffer.from(header?.[1] ?? "", "base64").toString()).toBe(`{"pin":"${MARKER}", "city":"x"}`);
});

test("S3: a member of an error is masked and told by the client's error", async () => {
  const body =
    "<Error><Code>InvalidObjectState</Code><Message>m</Message><StorageClass>GLACIER</StorageClass></Error>";
  const { leaf, write } = read(["s3", "GetObject", "rest-xml"], answer(body, [], 403));
  const { failure } = clientOf("s3", "GetObject");
  expect(await failure(write([]))).toMatchObject({ name: "InvalidObjectState", StorageClass: "GLACIER" });
  const after = await failure(write([masked(leaf("StorageClass"))]));
  expect(after).toMatchObject({ name: "InvalidObjectState", StorageClass: MARKER, message: "m" });
});

test("S3: an error with status 200 is read as the error that its client throws", async () => {
  const body = '<?xml version="1.0"?>\n<Error><Code>SlowDown</Code><Message>said hunter2</Message></Error>';
  const { leaf, write, unknown } = read(["s3", "CopyObject", "rest-xml"], answer(body));
  expect(unknown).toEqual([]);
  const { failure } = clientOf("s3", "CopyObject");
  expect(await failure(write([masked(leaf("Message"))]))).toMatchObject({
    name: "SlowDown",
    message: MARKER,
  });
});

test("SNS and S3: entries of maps and of flattened lists are masked and dropped one by one", async () => {
  const entry = (key: string, value: string) => `<entry><key>${key}</key><value>${value}</value></entry>`;
  const xml = `<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>${entry("Policy", "hunter2")}${entry(
    "Owner",
    "o",
  )}</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`;
  const topic = read(["sns", "GetTopicAttributes", "query"], answer(xml));
  const { parse } = clientOf("sns", "GetTopicAttributes");
  const after = async (edit: Edit) => (await parse(topic.write([edit]))).Attributes;
  expect(await after(masked(topic.leaf("Attributes.Policy")))).toEqual({ Policy: MARKER, Owner: "o" });
  expect(await after(masked(topic.leaf("Attributes.Policy", "key")))).toEqual({
    [MARKER]: "hunter2",
    Owner: "o",
  });
  expect(await after({ kind: "drop", leaf: topic.leaf("Attributes.Policy") })).toEqual({ Owner: "o" });

  const objects = ["a", "b", "c"]
    .map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`)
    .join("");
  const list = read(
    ["s3", "ListObjectsV2", "rest-xml"],
    answer(`<ListBucketResult>${objects}</ListBucketResult>`),
  );
  const s3 = clientOf("s3", "ListObjectsV2");
  const edits: Edit[] = [
    masked(list.leaf("Contents[0].Key")),
    { kind: "drop", leaf: list.leaf("Contents[2].Key") },
  ];
  expect((await s3.parse(list.write(edits))).Contents).toEqual([
    { Key: MARKER, Size: 1 },
    { Key: "b", Size: 1 },
    { Size: 1 },
  ]);
});

test("CloudWatch in CBOR: maps, lists and texts of unknown length are masked, and its client reads them", async () => {
  const text = (value: string) => Buffer.concat([Buffer.of(0x60 + value.length), Buffer.from(value)]);
  const body = Buffer.concat([
    ...[Buffer.of(0xbf), text("NextToken"), Buffer.of(0x7f), text("hun"), text("ter2"), Buffer.of(0xff)],
    ...[text("OwningAccounts"), Buffer.of(0x9f), text("1"), text("2"), Buffer.of(0xff), Buffer.of(0xff)],
  ]);
  const given = answer(body, [["smithy-protocol", "rpc-v2-cbor"]]);
  const { leaf, write } = read(["cloudwatch", "ListMetrics", "rpc-v2-cbor", "monitoring"], given);
  expect(leaf("NextToken").text).toBe("hunter2");
  const { parse } = clientOf("cloudwatch", "ListMetrics", { protocol: cborProtocol("cloudwatch") });
  expect(await parse(write([]))).toEqual({ NextToken: "hunter2", OwningAccounts: ["1", "2"] });
  expect(await parse(write([masked(leaf("NextToken"))]))).toEqual({
    NextToken: MARKER,
    OwningAccounts: ["1", "2"],
  });
  expect(await parse(write([masked(leaf("OwningAccounts[1]"))]))).toMatchObject({
    OwningAccounts: ["1", MARKER],
  });
  expect(await parse(write([{ kind: "drop", leaf: leaf("OwningAccounts[0]") }]))).toMatchObject({
    NextToken: "hunter2",
    OwningAccounts: ["2"],
  });
});

test("CloudWatch Logs: an event of a stream after its initial response is masked, and so is its exception", async () => {
  const { client, parse, failure } = clientOf("logs", "StartLiveTail");
  const event = (type: "event" | "exception", name: string, body: object) => ({
    headers: {
      ":message-type": { type: "string", value: type },
      [`:${type}-type`]: { type: "string", value: name },
      ":content-type": { type: "string", value: "application/x-amz-json-1.1" },
    },
    body: Buffer.from(JSON.stringify(body)),
  });
  const events = [
    event("event", "initial-response", {}),
    event("event", "sessionUpdate", { sessionResults: [{ message: "said hunter2", timestamp: 1 }] }),
    event("exception", "SessionStreamingException", { message: "hunter2 again" }),
  ];
  const bytes = async (most: number) => {
    const parts: Uint8Array[] = [];
    const each = async function* () {
      yield* events.slice(0, most);
    };
    for await (const part of client.config.eventStreamMarshaller?.serialize(each(), (one) => one) ?? [])
      if (part.length > 16) parts.push(part); // the marshaller ends what it sends with an empty frame; AWS does not
    return Buffer.concat(parts);
  };
  const call: Call = ["logs", "StartLiveTail", "json-1.1"];
  const path = "responseStream[1].sessionUpdate.sessionResults[0].message";
  const two = read(call, answer(await bytes(2)));
  expect(await parse(two.write([masked(two.leaf(path))]))).toEqual({
    responseStream: [{ sessionUpdate: { sessionResults: [{ message: MARKER, timestamp: 1 }] } }],
  });
  const three = read(call, answer(await bytes(3)));
  expect(three.unknown).toEqual([]);
  const exception = three.leaf("responseStream[2].SessionStreamingException.message");
  expect(await failure(three.write([masked(exception)]))).toMatchObject({
    name: "SessionStreamingException",
    message: MARKER,
  });
});
