// Broke: a session outlived its identity provider's place in the configuration by up to its whole length.

import { describe, expect, it } from "vitest";
import { sessionIdOfBytes } from "../../lambdas/model/ids.ts";
import { testGateway } from "./gateway.ts";
import { getItem, openSession } from "./requests.ts";

describe("a session of an identity provider that was taken out of the configuration", () => {
  it("is over, and nothing is sent for it", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    const former = {
      ...session,
      id: sessionIdOfBytes(Buffer.alloc(16, 9)),
      principal: { ...session.principal, issuer: "https://former.example" },
    };
    await gateway.sessions.open(former);
    const { status, text } = await gateway.send(getItem(gateway, former));
    expect(status).toBe(403);
    expect(text).toContain("ExpiredTokenException");
    expect(text).toContain("not configured any more");
    expect(gateway.sender.sent).toEqual([]);
    expect((await gateway.send(getItem(gateway, session))).status).toBe(200);
  });

  it("learns that only with a signature that holds", async () => {
    const gateway = testGateway();
    const session = await openSession(gateway, "agent");
    const former = {
      ...session,
      id: sessionIdOfBytes(Buffer.alloc(16, 9)),
      principal: { ...session.principal, issuer: "https://former.example" },
    };
    await gateway.sessions.open(former);
    const { text } = await gateway.send(getItem(gateway, former, { secret: "guessed" }));
    expect(text).toContain("InvalidSignatureException");
  });
});
