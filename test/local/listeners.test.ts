// The three ports of the local cloud.

import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type LocalAuthority, openAuthority } from "../../lib/local/certificates.ts";
import { openListeners } from "../../lib/local/listeners.ts";

const authorities: LocalAuthority[] = [];
afterEach(() => {
  for (const authority of authorities.splice(0)) authority.close();
});
async function authority(): Promise<LocalAuthority> {
  const made = await openAuthority(undefined);
  authorities.push(made);
  return made;
}

describe("the ports", () => {
  test("a taken one is an error that names COUNTERSIGN_PORT, and leaves the others free", async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
    const address = blocker.address();
    const taken = typeof address === "object" && address !== null ? address.port : 0;
    // The blocked one is the second: what was opened before it must be closed again.
    const tried = openListeners(taken - 1, await authority());
    await expect(tried).rejects.toThrow(`port ${taken} is taken: set COUNTERSIGN_PORT`);
    await new Promise((resolve) => blocker.close(resolve));
    const listeners = await openListeners(taken - 1, await authority());
    expect(listeners.gatewayUrl).toBe(`http://127.0.0.1:${taken - 1}`);
    expect(listeners.tlsUrl).toBe(`https://127.0.0.1:${taken}`);
    expect(listeners.issuerUrl).toBe(`https://localhost:${taken + 1}`);
    await listeners.close();
  });

  test("a request before anybody serves is told to come again", async () => {
    const listeners = await openListeners(0, await authority());
    expect((await fetch(listeners.gatewayUrl)).status).toBe(503);
    await listeners.close();
  });
});
