import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSignatureClaim } from "../../../lambdas/identity/sigv4/signature-claim.ts";
import { verifySignature } from "../../../lambdas/identity/sigv4/verify-signature.ts";
import { parseEvent } from "../../../lambdas/ingress/parse-event.ts";
import type { WireRequest } from "../../../lambdas/model/wire-request.ts";
import { KEY_ID, NOW, SECRET, TIMESTAMP } from "./independent-signer.ts";
import { EDGE } from "./judge.ts";
import { eventOf } from "./vector.ts";

function wireRequest(base: string): WireRequest {
  const parsed = parseEvent(eventOf({ name: "", base, expect: "verified" }), EDGE);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  return parsed.request;
}

describe("parseSignatureClaim", () => {
  test("returns every part of the claim, and the session token for the flow to compare", () => {
    expect(parseSignatureClaim(wireRequest("dynamodb"), NOW)).toEqual({
      kind: "claim",
      claim: {
        keyId: KEY_ID,
        timestamp: TIMESTAMP,
        date: "20260131",
        region: "eu-west-1",
        service: "dynamodb",
        signedHeaders: [
          ...["amz-sdk-invocation-id", "content-length", "content-type", "host"],
          ...["x-amz-date", "x-amz-security-token", "x-amz-target"],
        ],
        signature: expect.stringMatching(/^[0-9a-f]{64}$/),
        securityToken: "session-token",
        payload: "hashed",
        payloadHash: undefined,
      },
    });
  });

  // Broke: a body of 4.5 MB was hashed for anybody, before any limit was asked.
  test.each(["dynamodb", "s3-put"])("reads not one byte of the body of %s", (base) => {
    const unread = Object.defineProperty({ ...wireRequest(base) }, "body", {
      get: () => {
        throw new Error("the body was read");
      },
    });
    expect(parseSignatureClaim(unread, NOW).kind).toBe("claim");
  });

  test.each([
    ["s3-put", "hashed"],
    ["s3-unsigned", "unsigned"],
    ["s3-trailer", "streaming-unsigned-trailer"],
    ["s3-stream", "streaming-signed"],
    ["s3-stream-trailer", "streaming-signed-trailer"],
  ])("names the payload form of %s: %s", (base, payload) => {
    expect(parseSignatureClaim(wireRequest(base), NOW)).toMatchObject({ claim: { payload } });
  });

  test("refuses when the clock is not a number", () => {
    expect(parseSignatureClaim(wireRequest("dynamodb"), Number.NaN)).toMatchObject({
      code: "RequestExpired",
    });
  });

  test("never throws and never claims, whatever stands in Authorization", () => {
    const request = wireRequest("dynamodb");
    const piece = fc.constantFrom(
      ...[
        "AWS4-HMAC-SHA256 ",
        "Credential=",
        KEY_ID,
        "/20260131/eu-west-1/",
        "dynamodb/aws4_request",
        ", ",
        ";",
        "=",
      ],
      ...["SignedHeaders=", "host", "x-amz-date", "Signature=", "0".repeat(64), "AWS ", "\u0000"],
    );
    const header = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(header, (text) => {
        const headers = new Map([...request.headers, ["authorization", [text]]]);
        return parseSignatureClaim({ ...request, headers }, NOW).kind === "refused";
      }),
      { numRuns: 2000 },
    );
  });
});

describe("verifySignature", () => {
  test("throws on an empty secret rather than accept the key that everybody knows", () => {
    const request = wireRequest("dynamodb");
    const claimed = parseSignatureClaim(request, NOW);
    if (claimed.kind === "refused") throw new Error(claimed.message);
    expect(() => verifySignature(request, claimed.claim, "")).toThrow(/empty secret/);
    expect(verifySignature(request, claimed.claim, SECRET)).toMatchObject({ kind: "verified" });
  });

  test("never says a secret, a token or a signature in a refusal", () => {
    const request = wireRequest("dynamodb");
    const claimed = parseSignatureClaim(request, NOW);
    if (claimed.kind === "refused") throw new Error(claimed.message);
    const refused = verifySignature(request, claimed.claim, "other");
    expect(refused).toMatchObject({ code: "SignatureDoesNotMatch" });
    expect(JSON.stringify(refused)).not.toMatch(/other|session-token|[0-9a-f]{64}/);
  });
});
