// The attacks of docs on recognition, one by one: a request that two readers could understand differently is refused,
// or goes on rebuilt so that only the recognised meaning is left.

import { encode } from "cborg";
import { describe, expect, it } from "vitest";
import { formRequest, jsonRequest, type RequestParts, recognised, refused, request } from "./requests.ts";

const FORM = "application/x-www-form-urlencoded";
const GET_ITEM = "DynamoDB_20120810.GetItem";
const WHOAMI = "Action=GetCallerIdentity&Version=2011-06-15";

function s3(method: string, path: string, parts: RequestParts = {}) {
  return request("s3", { method, path, ...parts });
}

function cbor(path: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  return request("monitoring", {
    path,
    headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor", ...headers },
    body,
  });
}

const CBOR_PATH = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms";

describe("Action in two places", () => {
  it("refuses an Action in the query beside one in the body", () => {
    const signed = request("iam", {
      query: [["Action", "ListUsers"]],
      headers: { "content-type": FORM },
      body: "Action=CreateUser&Version=2010-05-08&UserName=x",
    });
    expect(refused(signed).message).toMatch(/query parameters besides its body/);
  });

  it.each([
    ["Action twice", "Action=ListUsers&Action=CreateUser&Version=2010-05-08", /twice/],
    ["Action twice by an encoded name", "Action=ListUsers&%41ction=CreateUser&Version=2010-05-08", /twice/],
    ["Action in another case", "action=CreateUser&Version=2010-05-08", /misses `Action`/],
    ["a look-alike of an operation", "Action=ListUsers%20&Version=2010-05-08", /is called/],
    ["an operation in another case", "Action=listusers&Version=2010-05-08", /is called/],
    ["a version of no model", "Action=ListUsers&Version=2009-01-01", /is called/],
    ["a name that every object has", "Action=constructor&Version=2010-05-08", /is called/],
    ["a parameter twice", "Action=GetUser&Version=2010-05-08&UserName=a&UserName=b", /twice/],
    ["a parameter that the model lacks", "Action=GetUser&Version=2010-05-08&Extra=1", /`Extra`/],
  ])("refuses %s", (_, body, message) => {
    expect(refused(formRequest("iam", body)).message).toMatch(message);
  });

  it("refuses a call by GET, whose query some services would read", () => {
    const signed = request("iam", {
      method: "GET",
      query: [
        ["Action", "ListUsers"],
        ["Version", "2010-05-08"],
      ],
    });
    expect(refused(signed).code).toBe("UnknownOperation");
  });
});

describe("protocol contradictions", () => {
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ["target and smithy-protocol", { "x-amz-target": GET_ITEM, "smithy-protocol": "rpc-v2-cbor" }, /and by/],
    ["two targets in one header", { "x-amz-target": `${GET_ITEM},${GET_ITEM}` }, /is called/],
    ["a target with spaces", { "x-amz-target": ` ${GET_ITEM}` }, /is called/],
    ["a target of another service", { "x-amz-target": "AmazonSSM.GetParameter" }, /is called/],
    ["the JSON version of another protocol", { "content-type": "application/x-amz-json-1.1" }, /protocol/],
    ["a form in place of JSON", { "content-type": FORM }, /content type/],
    [
      "a foreign charset",
      { "content-type": "application/x-amz-json-1.0; charset=utf-7" },
      /parameters other/,
    ],
    ["an unknown coding", { "content-encoding": "br" }, /not supported/],
    ["a header that the model lacks", { "x-amz-other": "1" }, /`x-amz-other`/],
    ["a method override", { "x-http-method-override": "DELETE" }, /`x-http-method-override`/],
  ])("refuses %s", (_, headers, message) => {
    const usual = { "x-amz-target": GET_ITEM, "content-type": "application/x-amz-json-1.0" };
    const signed = request("dynamodb", { headers: { ...usual, ...headers }, body: '{"TableName":"Orders"}' });
    expect(refused(signed).message).toMatch(message);
  });

  it("refuses a target header that stands twice", () => {
    const headers = { "x-amz-target": [GET_ITEM, GET_ITEM], "content-type": "application/x-amz-json-1.0" };
    expect(refused(request("dynamodb", { headers, body: "{}" })).message).toMatch(/more than once/);
  });

  it("refuses a path or query beside a target", () => {
    const headers = { "x-amz-target": GET_ITEM, "content-type": "application/x-amz-json-1.0" };
    expect(refused(request("dynamodb", { path: "/x", headers, body: "{}" })).message).toMatch(/path/);
    const query: RequestParts["query"] = [["Action", "DeleteTable"]];
    expect(refused(request("dynamodb", { query, headers, body: "{}" })).message).toMatch(/query/);
  });

  it("refuses odd methods", () => {
    const headers = { "x-amz-target": GET_ITEM, "content-type": "application/x-amz-json-1.0" };
    expect(refused(request("dynamodb", { method: "PUT", headers, body: "{}" })).message).toMatch(/POST/);
    expect(refused(s3("post", "/bkt/k")).code).toBe("UnknownOperation");
    expect(refused(s3("TRACE", "/bkt/k")).code).toBe("UnknownOperation");
  });

  it("refuses a compressed body that unpacks to more than 20 times its size", async () => {
    const { gzipSync } = await import("node:zlib");
    const body = gzipSync(Buffer.from(`{"MetricData":[],"Namespace":"${"x".repeat(400_000)}"}`));
    const headers = {
      "x-amz-target": "GraniteServiceVersion20100801.PutMetricData",
      "content-type": "application/x-amz-json-1.0",
      "content-encoding": "gzip",
    };
    expect(refused(request("monitoring", { headers, body })).message).toMatch(/unpacks/);
  });
});

describe("JSON that two readers see differently", () => {
  const table = '"TableName":"Orders"';
  it.each([
    ["a member twice", `{${table},${table}}`, /twice/],
    ["a member twice by an escape", `{${table},"Table\\u004eame":"Other"}`, /twice/],
    ["a member in another case", `{${table},"tablename":"Other"}`, /`tablename`/],
    ["a member of every object", `{${table},"__proto__":{}}`, /`__proto__`/],
    ["a nested member twice", `{${table},"Key":{"a":{"S":"1","S":"2"}}}`, /twice/],
    ["a byte order mark", `\ufeff{${table}}`, /byte order mark/],
    ["a lone surrogate", `{"TableName":"\\ud800"}`, /surrogate/],
    ["a second document", `{${table}}{}`, /more than one value/],
    ["a trailing comma", `{${table},}`, /quoted name/],
    ["a comment", `{/**/${table}}`, /quoted name/],
    ["a single quote", `{'TableName':'x'}`, /quoted name/],
    ["a number as text", `{"TableName":5}`, /not a string/],
    ["a number with a leading zero", `{"Limit":01}`, /comma or brace|no member/],
    ["nesting without end", `{"Key":${"[".repeat(70)}`, /deeper/],
    ["nothing", "", /no JSON value/],
  ])("refuses %s", (_, body, message) => {
    expect(refused(jsonRequest("dynamodb", GET_ITEM, body, "1.0")).message).toMatch(message);
  });

  it("refuses bytes that are not UTF-8", () => {
    const body = Uint8Array.from([...Buffer.from('{"TableName":"'), 0xff, ...Buffer.from('"}')]);
    const headers = { "x-amz-target": GET_ITEM, "content-type": "application/x-amz-json-1.0" };
    expect(refused(request("dynamodb", { headers, body })).message).toMatch(/UTF-8/);
  });

  it("keeps every digit of a number", () => {
    const body = '{"TableName":"Orders","Limit":9007199254740993}';
    const { parameters } = recognised(jsonRequest("dynamodb", "DynamoDB_20120810.Scan", body, "1.0"));
    expect(parameters.Limit).toEqual({ kind: "number", text: "9007199254740993" });
  });
});

describe("CBOR that two readers see differently", () => {
  const name = [0x6a, ...Buffer.from("AlarmNames")].slice(0, 11);
  it.each([
    ["a key twice", [0xa2, ...name, 0x80, ...name, 0x80]],
    ["a length longer than needed", [0xb8, 0x01, ...name, 0x80]],
    ["an indefinite length", [0xbf, ...name, 0x80, 0xff]],
    ["bytes after the value", [0xa1, ...name, 0x80, 0x00]],
    ["an unknown tag", [0xc2, 0xa1, ...name, 0x80]],
    ["no map", [0x80]],
    ["nesting without end", Array.from({ length: 5000 }, () => 0x81)],
  ])("refuses %s", (_, bytes) => {
    expect(refused(cbor(CBOR_PATH, Uint8Array.from(bytes))).code).toBe("ValidationError");
  });

  it("recognises the plain form, and refuses it with a JSON content type", () => {
    const body = encode({ AlarmNames: ["a"] });
    expect(recognised(cbor(CBOR_PATH, body)).operation).toBe("DescribeAlarms");
    expect(refused(cbor(CBOR_PATH, body, { "content-type": "application/json" })).message).toMatch(
      /content type/,
    );
  });

  it("refuses an operation, service or protocol that is none", () => {
    expect(refused(cbor("/service/Other/operation/DescribeAlarms", encode({}))).code).toBe(
      "UnknownOperation",
    );
    expect(refused(cbor(`${CBOR_PATH}/x`, encode({}))).code).toBe("UnknownOperation");
    const other = cbor(CBOR_PATH, encode({}), { "smithy-protocol": "rpc-v2-json" });
    expect(refused(other).message).toMatch(/not supported/);
  });
});

describe("indexes in form lists", () => {
  it.each([".0=", ".01=", ".+1=", ".2=", ".=", ".x=", "="])(
    "refuses a list written as TagKeys.member%s",
    (index) => {
      const body = `Action=UntagUser&Version=2010-05-08&UserName=u&TagKeys.member${index}a`;
      expect(refused(formRequest("iam", body)).code).toBe("ValidationError");
    },
  );

  it("refuses a gap, a value that is also a branch, and nesting without end", () => {
    const list = (fields: string) => formRequest("iam", `Action=UntagUser&Version=2010-05-08&${fields}`);
    expect(refused(list("TagKeys.member.1=a&TagKeys.member.3=b")).message).toMatch(/1 to 2/);
    expect(refused(list("TagKeys=a&TagKeys.member.1=b")).code).toBe("ValidationError");
    expect(refused(list(`${"a.".repeat(70)}a=1`)).message).toMatch(/deeper/);
  });
});

describe("unknown services and regions", () => {
  it.each(["", "no-such", "../iam", "index", "__proto__", "IAM", "a".repeat(300)])(
    "refuses the service %j",
    (name) => {
      expect(refused(formRequest(name, WHOAMI)).code).toBe("UnknownOperation");
    },
  );

  it("refuses a region that is none, or that lies in another partition than the role", () => {
    const at = (region: string) =>
      request("sts", { headers: { "content-type": FORM }, body: WHOAMI, region });
    for (const region of [
      "eu-west-99",
      "evil.example",
      "eu-west-1.evil.example",
      "cn-north-1",
      "us-gov-west-1",
    ]) {
      expect(refused(at(region)).code).toBe("ValidationError");
    }
  });

  it("names the command that refreshes the models when an operation may be newer", () => {
    const signed = jsonRequest("dynamodb", "DynamoDB_20120810.BrandNew", "{}", "1.0");
    expect(refused(signed)).toMatchObject({
      code: "UnknownOperation",
      message: expect.stringMatching(/npm run models/),
    });
  });

  it("never puts what the caller sent unbounded or unprintable into a message", () => {
    const { message } = refused(formRequest("iam", `Action=${"%1b".repeat(500)}&Version=2010-05-08`));
    expect(message).toMatch(/^[\x20-\x7e]{1,300}$/);
  });
});
