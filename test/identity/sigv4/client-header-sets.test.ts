// Clients that cannot run here, by what their signers are documented to sign; and the oracle for our own test signer.

import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { asEvent, type SentRequest } from "../../ingress/as-event.ts";
import { bases } from "./bases.ts";
import { KEY_ID, NOW, SECRET, signRequest } from "./independent-signer.ts";
import { judge } from "./judge.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class Sha256 {
  #hash: { update(data: Uint8Array): unknown; digest(): Buffer };
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

async function signedBySmithy(
  service: string,
  request: Omit<SentRequest, "query"> & { readonly pairs?: Record<string, string> },
  options: { readonly signable?: readonly string[]; readonly unsignable?: readonly string[] } = {},
): Promise<SentRequest> {
  const signer = new SignatureV4({
    service,
    region: "eu-west-1",
    credentials: { accessKeyId: KEY_ID, secretAccessKey: SECRET, sessionToken: "session-token" },
    sha256: Sha256 as never,
    uriEscapePath: service !== "s3",
    applyChecksum: service === "s3",
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "https:",
      hostname: "gateway.example",
      path: request.path,
      query: request.pairs ?? {},
      headers: Object.fromEntries(request.headers),
      body: request.body,
    },
    {
      signingDate: new Date(NOW * 1000),
      ...(options.signable && { signableHeaders: new Set(options.signable) }),
      ...(options.unsignable && { unsignableHeaders: new Set(options.unsignable) }),
    },
  );
  const query = new URLSearchParams(request.pairs ?? {}).toString().replaceAll("+", "%20");
  return { ...request, query, headers: Object.entries(signed.headers) };
}

const SDK_HEADERS = [
  ["host", "gateway.example"],
  ["amz-sdk-invocation-id", "7a1b3c4d-0000-4000-8000-000000000000"],
  ["amz-sdk-request", "attempt=1; max=3"],
  ["user-agent", "sdk/2 os/x"],
] as const;

describe("Go v2 signs every header but authorization, user-agent, x-amzn-trace-id and expect", () => {
  test("JSON call with accept-encoding, content-length and amz-sdk headers signed", async () => {
    const body = Buffer.from("{}");
    const headers = [
      ...SDK_HEADERS,
      ["accept-encoding", "identity"],
      ["content-length", "2"],
      ["content-type", "application/x-amz-json-1.0"],
      ["x-amz-target", "DynamoDB_20120810.ListTables"],
    ] as const;
    const sent = await signedBySmithy("dynamodb", { method: "POST", path: "/aws/", headers, body });
    expect(sent.headers.find(([name]) => name === "authorization")?.[1]).toContain(
      "SignedHeaders=accept-encoding;amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-date",
    );
    expect(judge(asEvent(sent))).toMatchObject({ end: "verified" });
  });

  test("S3 upload over TLS with an unsigned payload", async () => {
    const headers = [
      ...SDK_HEADERS,
      ["accept-encoding", "identity"],
      ["content-length", "5"],
      ["content-type", "application/octet-stream"],
      ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
    ] as const;
    const sent = {
      method: "PUT",
      path: "/aws/bucket/a/../b",
      headers,
      body: Buffer.from("hello"),
      pairs: { "x-id": "PutObject" },
    };
    const verdict = judge(asEvent(await signedBySmithy("s3", sent)));
    expect(verdict).toMatchObject({ end: "verified", payload: "unsigned" });
    expect(verdict.request?.path).toBe("/bucket/a/../b");
  });

  test("an accept-encoding that the edge normalises is verified from its copy", async () => {
    const headers = [...SDK_HEADERS, ["accept-encoding", "gzip;q=1.0, identity; q=0.5"]] as const;
    const sent = await signedBySmithy("lambda", {
      method: "GET",
      path: "/aws/2015-03-31/functions",
      headers,
      body: Buffer.alloc(0),
    });
    const event = asEvent(sent);
    event.multiValueHeaders["Accept-Encoding"] = ["gzip"];
    event.headers["Accept-Encoding"] = "gzip";
    expect(judge(event)).toMatchObject({ end: "verified" });
  });
});

describe("Java v2 signs every header but connection, expect, user-agent and x-amzn-trace-id", () => {
  test("S3 call with an unsigned payload and transfer-encoding signed", async () => {
    const headers = [
      ...SDK_HEADERS,
      ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"],
      ["transfer-encoding", "chunked"],
    ] as const;
    const sent = await signedBySmithy(
      "s3",
      {
        method: "GET",
        path: "/aws/bucket",
        headers,
        body: Buffer.alloc(0),
        pairs: { "list-type": "2", prefix: "a b/ü" },
      },
      { signable: ["transfer-encoding"] },
    );
    const verdict = judge(asEvent(sent));
    expect(verdict).toMatchObject({ end: "verified" });
    expect(verdict.request?.headers.has("transfer-encoding")).toBe(false);
  });

  test("query call with the hash of its body as a header", async () => {
    const body = Buffer.from("Action=ListUsers&Version=2010-05-08");
    const headers = [
      ...SDK_HEADERS,
      ["content-length", String(body.byteLength)],
      ["content-type", "application/x-www-form-urlencoded; charset=UTF-8"],
      ["x-amz-content-sha256", createHash("sha256").update(body).digest("hex")],
    ] as const;
    const sent = await signedBySmithy("iam", { method: "POST", path: "/aws/", headers, body });
    expect(judge(asEvent(sent))).toMatchObject({ end: "verified" });
  });
});

describe("botocore leaves the amz-sdk headers unsigned", () => {
  test("the call verifies and they are not among the signed headers", async () => {
    const headers = [...SDK_HEADERS, ["x-amz-content-sha256", EMPTY]] as const;
    const sent = await signedBySmithy(
      "s3",
      { method: "GET", path: "/aws", headers, body: Buffer.alloc(0) },
      { unsignable: ["amz-sdk-invocation-id", "amz-sdk-request"] },
    );
    const verdict = judge(asEvent(sent));
    expect(verdict).toMatchObject({ end: "verified" });
    expect([...(verdict.request?.headers.keys() ?? [])]).toEqual([]);
  });
});

describe("the independent signer of these tests", () => {
  test.each(["dynamodb", "sts", "cbor", "lambda", "s3-get", "s3-put"])(
    "signs %s as @smithy/signature-v4 does",
    async (name) => {
      const base = bases[name];
      if (base === undefined) throw new Error(name);
      const { query, ...request } = base.request;
      const theirs = await signedBySmithy(base.service, {
        ...request,
        pairs: Object.fromEntries(new URLSearchParams(query)),
      });
      const ours = signRequest(base.request, { service: base.service });
      const [, authorization = ""] = theirs.headers.find(([header]) => header === "authorization") ?? [];
      expect(authorization).toContain(`Signature=${ours.signature}`);
    },
  );
});
