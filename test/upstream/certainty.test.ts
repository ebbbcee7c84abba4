import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { awsErrorCodeOf, certainlyNotExecuted } from "../../lambdas/upstream/certainty.ts";

type Headers = readonly (readonly [string, string])[];
interface Vector {
  readonly name: string;
  readonly status: number;
  readonly headers?: Headers;
  readonly body?: string;
  readonly code: string | null;
  readonly notExecuted: boolean;
}

const XML = (code: string) =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>m</Message></Error>`;
const QUERY = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`;

const VECTORS: readonly Vector[] = [
  // Successes may have run, whatever their body says.
  { name: "a success", status: 200, body: "{}", code: null, notExecuted: false },
  {
    name: "a success that quotes an error",
    status: 200,
    body: XML("SlowDown"),
    code: null,
    notExecuted: false,
  },
  {
    name: "a success with an error's header",
    status: 200,
    headers: [["x-amzn-errortype", "Throttling"]],
    code: null,
    notExecuted: false,
  },
  { name: "a redirect", status: 307, body: XML("TemporaryRedirect"), code: null, notExecuted: false },
  { name: "not modified", status: 304, code: null, notExecuted: false },
  // AWS's own refusals.
  {
    name: "a refusal in json",
    status: 400,
    body: '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}',
    code: "ResourceNotFoundException",
    notExecuted: true,
  },
  {
    name: "a refusal in json with spaces",
    status: 400,
    body: '{ "__type" : "ValidationException" }',
    code: "ValidationException",
    notExecuted: true,
  },
  {
    name: "a refusal of s3",
    status: 403,
    body: XML("AccessDenied"),
    code: "AccessDenied",
    notExecuted: true,
  },
  {
    name: "a refusal in query",
    status: 404,
    body: QUERY("NoSuchEntity"),
    code: "NoSuchEntity",
    notExecuted: true,
  },
  {
    name: "a refusal of ec2",
    status: 400,
    body: "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code>",
    code: "InvalidInstanceID.NotFound",
    notExecuted: true,
  },
  {
    name: "a refusal by header, with its address",
    status: 403,
    headers: [["x-amzn-errortype", "AccessDeniedException:http://internal.amazon.com/coral/"]],
    code: "AccessDeniedException",
    notExecuted: true,
  },
  { name: "a refusal of a HEAD, without a body", status: 404, code: null, notExecuted: true },
  {
    name: "429",
    status: 429,
    headers: [["x-amzn-errortype", "TooManyRequestsException"]],
    code: "TooManyRequestsException",
    notExecuted: true,
  },
  {
    name: "the header before the body",
    status: 400,
    headers: [["x-amzn-errortype", "A"]],
    body: XML("B"),
    code: "A",
    notExecuted: true,
  },
  // Broke: both counted as refusals before anything ran.
  {
    name: "408, a time limit of AWS's own",
    status: 408,
    body: '{"__type":"ModelTimeoutException"}',
    code: "ModelTimeoutException",
    notExecuted: false,
  },
  {
    name: "424, a failure of what AWS had called",
    status: 424,
    body: '{"__type":"ModelError"}',
    code: "ModelError",
    notExecuted: false,
  },
  // A server error may have run, but for throttling by its code.
  { name: "500", status: 500, body: XML("InternalError"), code: "InternalError", notExecuted: false },
  {
    name: "502 without a code",
    status: 502,
    body: "<html>Bad gateway</html>",
    code: null,
    notExecuted: false,
  },
  { name: "503 of s3", status: 503, body: XML("SlowDown"), code: "SlowDown", notExecuted: true },
  {
    name: "503 without throttling",
    status: 503,
    body: XML("ServiceUnavailable"),
    code: "ServiceUnavailable",
    notExecuted: false,
  },
  {
    name: "503 of ec2",
    status: 503,
    body: "<Response><Errors><Error><Code>RequestLimitExceeded</Code>",
    code: "RequestLimitExceeded",
    notExecuted: true,
  },
  {
    name: "500 with a namespace",
    status: 500,
    body: '{"__type":"a.b#ThrottlingException"}',
    code: "ThrottlingException",
    notExecuted: true,
  },
  {
    name: "a code that only begins like throttling",
    status: 503,
    body: XML("SlowDownPlease"),
    code: "SlowDownPlease",
    notExecuted: false,
  },
  {
    name: "a code that only ends like throttling",
    status: 503,
    body: XML("NotThrottling"),
    code: "NotThrottling",
    notExecuted: false,
  },
  {
    name: "throttling in another case",
    status: 503,
    body: XML("slowdown"),
    code: "slowdown",
    notExecuted: false,
  },
  {
    name: "throttling in the message only",
    status: 500,
    body: '{"__type":"InternalFailure","message":"Throttling"}',
    code: "InternalFailure",
    notExecuted: false,
  },
  {
    name: "throttling in a second code",
    status: 500,
    body: `${XML("InternalError")}<Code>SlowDown</Code>`,
    code: "InternalError",
    notExecuted: false,
  },
  {
    name: "throttling beyond the first 4 KB",
    status: 503,
    body: `${" ".repeat(4_096)}${XML("SlowDown")}`,
    code: null,
    notExecuted: false,
  },
  // Codes that are no codes.
  {
    name: "an empty header",
    status: 503,
    headers: [["x-amzn-errortype", ""]],
    body: XML("SlowDown"),
    code: null,
    notExecuted: false,
  },
  {
    name: "a header with a line end",
    status: 400,
    headers: [["x-amzn-errortype", "A\nB"]],
    code: null,
    notExecuted: true,
  },
  {
    name: "a code of 200 characters",
    status: 500,
    body: XML("A".repeat(200)),
    code: null,
    notExecuted: false,
  },
  { name: "a code with markup", status: 500, body: XML("<b>SlowDown</b>"), code: null, notExecuted: false },
  {
    name: "an escaped quote in the type",
    status: 500,
    body: '{"__type":"Throttling\\"x"}',
    code: null,
    notExecuted: false,
  },
];

describe("whether AWS certainly did not carry a call out", () => {
  it.each(VECTORS)("$name", ({ status, headers = [], body = "", code, notExecuted }) => {
    const bytes = Buffer.from(body);
    expect(awsErrorCodeOf({ status, headers }, bytes)).toBe(code);
    expect(certainlyNotExecuted({ status, headers }, bytes)).toBe(notExecuted);
  });

  it("is never said of a status below 400, whatever the answer holds", () => {
    const status = fc.integer({ min: 100, max: 399 });
    const header = fc.tuple(fc.constantFrom("x-amzn-errortype", "content-type"), fc.string());
    fc.assert(
      fc.property(status, fc.array(header), fc.uint8Array({ maxLength: 200 }), (code, headers, body) => {
        return !certainlyNotExecuted({ status: code, headers }, body);
      }),
    );
  });

  it("gives no code that could break a record's line, whatever the answer holds", () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), (header, body) => {
        const code = awsErrorCodeOf({ status: 500, headers: [["x-amzn-errortype", header]] }, body);
        return code === null || /^[\w.:-]{1,128}$/.test(code);
      }),
    );
  });
});
