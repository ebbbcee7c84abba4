import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heldRequestOf, sealableRequest } from "../../lambdas/flow/held-request.ts";
import type { SessionId } from "../../lambdas/model/ids.ts";
import type { Session } from "../../lambdas/model/principal.ts";
import type { SignedRequest } from "../../lambdas/model/signed-request.ts";
import { READER } from "../policy/fixtures.ts";
import { traceOf } from "./sent-calls.ts";

const SESSION: Session = {
  id: "ZBCDEFGHIJKLMNOPQRSTUVWXY2" as SessionId,
  principal: { issuer: "https://idp.example.com", subject: "a", groups: ["g"], claims: { n: 1 } },
  role: READER,
  keyArn: "key",
  sourceIp: "192.0.2.1",
  userAgent: "test",
  openedAt: 1,
  expiresAt: 2,
};

function signedWith(body: Uint8Array, hostPrefix = "bucket"): SignedRequest {
  return {
    method: "PUT",
    path: "/a/../b%2F",
    query: [["versionId", "1"]],
    headers: new Map([["x-amz-meta-a", ["1", "2"]]]),
    body,
    signingName: "s3",
    region: "eu-west-1",
    hostPrefix,
  };
}

describe("a held request", () => {
  it("is read back byte for byte, the bucket in its host included", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (signedBody, wireBody) => {
        const signed = signedWith(Buffer.from(signedBody));
        const request = { ...traceOf().request, body: Buffer.from(wireBody) };
        const sealable = sealableRequest({ session: SESSION, signed }, request);
        if (sealable === "too_large") throw new Error("it is small");
        expect(heldRequestOf(sealable)).toEqual({ session: SESSION, signed, request });
      }),
    );
  });

  it("is stored without what its caller proved itself with", () => {
    const headers = new Map([
      ["authorization", ["Bearer canary-token"]],
      ["x-amz-security-token", ["canary-session"]],
      ["user-agent", ["agent"]],
    ]);
    const sealable = sealableRequest(
      { session: SESSION, signed: signedWith(Buffer.from("body")) },
      { ...traceOf().request, headers },
    );
    const text = Buffer.from(sealable as Uint8Array).toString();
    expect(text).not.toContain("canary");
    expect(text).toContain("user-agent");
  });

  it("over what an item of the table holds is not stored at all", () => {
    const signed = signedWith(Buffer.alloc(200_000));
    expect(sealableRequest({ session: SESSION, signed }, traceOf().request)).toBe("too_large");
  });

  it("of another version is a fault", () => {
    expect(() => heldRequestOf(Buffer.from('{"version":2}'))).toThrow(/version/);
  });
});
