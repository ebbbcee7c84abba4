// What a session's client holds: bound to the session and to the secret, and to nothing that is stored.

import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  SESSION_SECRET_LABEL,
  secretMessage,
  sessionTokenOf,
  tokenMatches,
} from "../../lambdas/identity/session-keys.ts";
import type { SessionId } from "../../lambdas/model/ids.ts";

const ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" as SessionId;
const OTHER = "BBCDEFGHIJKLMNOPQRSTUVWXYZ" as SessionId;
const SECRET = "a-secret-access-key";

describe("the message that KMS signs", () => {
  it("is the label and the session id", () => {
    expect(SESSION_SECRET_LABEL).toBe("countersign/session/v1:");
    expect(Buffer.from(secretMessage(ID)).toString()).toBe(`countersign/session/v1:${ID}`);
  });
});

describe("the session token", () => {
  it("is 256 bits in base64url, under a label that KMS never signs", () => {
    expect(sessionTokenOf(SECRET, ID)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const underKmsLabel = createHmac("sha256", SECRET).update(secretMessage(ID)).digest("base64url");
    expect(sessionTokenOf(SECRET, ID)).not.toBe(underKmsLabel);
  });

  it("matches its own session and secret only", () => {
    const token = sessionTokenOf(SECRET, ID);
    expect(tokenMatches(SECRET, ID, token)).toBe(true);
    expect(tokenMatches(SECRET, OTHER, token)).toBe(false);
    expect(tokenMatches(`${SECRET}x`, ID, token)).toBe(false);
  });

  it("matches no other text, whatever its length", () => {
    const token = sessionTokenOf(SECRET, ID);
    expect(["", token.slice(1), `${token}A`, token.toLowerCase(), `${token} `].map(matches)).not.toContain(
      true,
    );
    fc.assert(fc.property(fc.string(), (text) => text === token || !matches(text)));
  });
});

function matches(text: string): boolean {
  return tokenMatches(SECRET, ID, text);
}
