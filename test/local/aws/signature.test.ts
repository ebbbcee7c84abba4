import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRing, type IssuedKey } from "../../../lib/local/aws/credentials.ts";
import { createVerifier, type Scope } from "../../../lib/local/aws/signature.ts";
import type { AwsRequest } from "../../../lib/local/aws/wire.ts";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const S3: Scope = { service: "s3", region: "eu-west-1" };
const DYNAMO: Scope = { service: "dynamodb", region: "eu-west-1" };

class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as string);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error("not used");
  }
}

const ring = createKeyRing();
const caller = {
  account: "222222222222",
  arn: "arn:aws:sts::222222222222:assumed-role/r/s",
  principalArn: "arn:aws:iam::222222222222:role/r",
  userId: "AROA:s",
  isRoleSession: true,
  identity: () => [],
  session: undefined,
  sourceIdentity: undefined,
  tags: new Map<string, string>(),
};
const key = ring.issue(caller, "temporary", NOW + 3_600_000);
const verify = createVerifier(ring, () => NOW);

interface Signable {
  readonly method?: string;
  readonly path?: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly at?: number;
  readonly by?: IssuedKey;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Signs with the library that the SDK for JavaScript signs with, then writes the request as it goes on the wire. */
async function signed(scope: Scope, input: Signable = {}): Promise<AwsRequest> {
  const { sessionToken, accessKeyId, secretAccessKey } = input.by ?? key;
  const isS3 = scope.service === "s3";
  const signer = new SignatureV4({
    ...scope,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: Sha256 as never,
    uriEscapePath: !isS3,
    applyChecksum: isS3,
  });
  const host = `${scope.service}.eu-west-1.amazonaws.com`;
  const path = input.path ?? "/";
  const query = input.query ?? [];
  const request = {
    method: input.method ?? "POST",
    protocol: "https:",
    hostname: host,
    path,
    query: Object.fromEntries(query),
    headers: { host, ...input.headers },
    body: input.body ?? "",
  };
  const { headers } = await signer.sign(request, { signingDate: new Date(input.at ?? NOW) });
  return {
    method: request.method,
    host,
    rawPath: path,
    rawQuery: query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&"),
    headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]])),
    body: Buffer.from(request.body),
  };
}

function answer(request: AwsRequest, scope: Scope): string {
  const verdict = verify(request, scope);
  return verdict.kind === "signed" ? "signed" : verdict.problem;
}

function withHeader(request: AwsRequest, name: string, ...values: string[]): AwsRequest {
  return { ...request, headers: new Map([...request.headers, [name, values]]) };
}

describe("what the SDK's own signer signed", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "B", "-", "=", " ", "+", "/", "*", "ü", "😀", "%", "?"),
    maxLength: 6,
  });
  it("verifies, for any key, query, header and body", async () => {
    const query = fc.uniqueArray(
      fc.tuple(
        text.filter((t) => t !== ""),
        text,
      ),
      { selector: ([name]) => name, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(text, query, text, async (name, pairs, body) => {
        const path = `/bucket/${name.split("/").map(encode).join("/")}`;
        const request = await signed(S3, {
          method: "PUT",
          path,
          query: pairs,
          body,
          headers: { "x-amz-meta-a": "  b   c " },
        });
        expect(answer(request, S3)).toBe("signed");
      }),
      { numRuns: 60 },
    );
  });

  it("verifies for a service that encodes its path twice", async () => {
    expect(answer(await signed(DYNAMO, { body: "{}" }), DYNAMO)).toBe("signed");
  });

  it("does not verify once any of it is changed", async () => {
    const request = await signed(S3, {
      method: "PUT",
      path: "/bucket/a%20b",
      query: [["prefix", "x"]],
      headers: { "x-amz-meta-a": "b" },
    });
    const changes: [name: string, changed: AwsRequest][] = [
      ["method", { ...request, method: "DELETE" }],
      ["path", { ...request, rawPath: "/bucket/a%20c" }],
      ["path's slashes", { ...request, rawPath: "/bucket//a%20b" }],
      ["query", { ...request, rawQuery: "prefix=y" }],
      ["one more parameter", { ...request, rawQuery: "prefix=x&acl=" }],
      ["no query", { ...request, rawQuery: "" }],
      ["host", withHeader(request, "host", "other.s3.eu-west-1.amazonaws.com")],
      ["a signed header", withHeader(request, "x-amz-meta-a", "c")],
      ["a signed header twice", withHeader(request, "x-amz-meta-a", "b", "b")],
      ["payload hash", withHeader(request, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
    ];
    for (const [name, changed] of changes) expect([name, answer(changed, S3)]).toEqual([name, "mismatch"]);
    const json = await signed(DYNAMO, { body: '{"TableName":"A"}' });
    expect(answer({ ...json, body: Buffer.from('{"TableName":"B"}') }, DYNAMO)).toBe("mismatch");
  });

  it("does not verify with any character of the signature changed", async () => {
    const request = await signed(DYNAMO, { body: "{}" });
    const authorization = request.headers.get("authorization")?.[0] ?? "";
    const start = authorization.length - 64;
    for (let at = start; at < authorization.length; at += 1) {
      const flipped = authorization[at] === "0" ? "1" : "0";
      const changed = authorization.slice(0, at) + flipped + authorization.slice(at + 1);
      expect(answer(withHeader(request, "authorization", changed), DYNAMO)).toBe("mismatch");
    }
  });
});

describe("what is refused before the signature is compared", () => {
  it("no Authorization, or one in another form", async () => {
    const request = await signed(DYNAMO);
    const bare = new Map(request.headers);
    bare.delete("authorization");
    expect(answer({ ...request, headers: bare }, DYNAMO)).toBe("missing");
    expect(answer(withHeader(request, "authorization", "Bearer x"), DYNAMO)).toBe("malformed");
  });

  it("a header x-amz-* that is not signed", async () => {
    expect(
      answer(withHeader(await signed(DYNAMO), "x-amz-target", "DynamoDB_20120810.DeleteTable"), DYNAMO),
    ).toBe("unsigned_header");
  });

  it("a scope of another service or region than the host's", async () => {
    const request = await signed(DYNAMO);
    expect(answer(request, { ...DYNAMO, service: "kms" })).toBe("wrong_scope");
    expect(answer(request, { ...DYNAMO, region: "us-east-1" })).toBe("wrong_scope");
  });

  it("a date over 15 minutes away, on either side", async () => {
    expect(answer(await signed(DYNAMO, { at: NOW - 900_000 }), DYNAMO)).toBe("signed");
    expect(answer(await signed(DYNAMO, { at: NOW - 901_000 }), DYNAMO)).toBe("skewed");
    expect(answer(await signed(DYNAMO, { at: NOW + 901_000 }), DYNAMO)).toBe("skewed");
  });

  it("an unknown key, a wrong or missing token, an expired key", async () => {
    expect(
      answer(await signed(DYNAMO, { by: { ...key, accessKeyId: "ASIAAAAAAAAAAAAAAAAA" } }), DYNAMO),
    ).toBe("unknown_key");
    expect(answer(await signed(DYNAMO, { by: { ...key, sessionToken: "other" } }), DYNAMO)).toBe("bad_token");
    expect(answer(await signed(DYNAMO, { by: { ...key, sessionToken: undefined } }), DYNAMO)).toBe(
      "bad_token",
    );
    const old = ring.issue(caller, "temporary", NOW);
    expect(answer(await signed(DYNAMO, { by: old }), DYNAMO)).toBe("expired");
    expect(answer(await signed(DYNAMO, { by: { ...key, secretAccessKey: "other" } }), DYNAMO)).toBe(
      "mismatch",
    );
  });
});
