// The client secret of the approvers' login.

import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { createClientSecret } from "../../lambdas/aws/client-secret.ts";

function reader(values: readonly (string | undefined)[], secretArn: string | null = "arn") {
  const world = { nowMs: 0, asked: 0 };
  const client = {
    send: async () => ({ SecretString: values[world.asked++] }),
  } as unknown as SecretsManagerClient;
  return { world, read: createClientSecret({ client, secretArn, clock: { nowMs: () => world.nowMs } }) };
}

describe("the client secret", () => {
  it("is read again after five minutes, and when the clock jumped back", async () => {
    const { world, read } = reader(["one", "two", "three"]);
    expect([await read(), await read()]).toEqual(["one", "one"]);
    world.nowMs = 299_999;
    expect(await read()).toBe("one");
    world.nowMs = 300_000;
    expect(await read()).toBe("two");
    world.nowMs = 299_999;
    expect(await read()).toBe("three");
  });

  it("is none for a public client, and nobody is asked", async () => {
    const { world, read } = reader([], null);
    expect([await read(), world.asked]).toEqual([null, 0]);
  });

  it.each([[""], [undefined]])("that has no value (%j) is a fault, never a public client", async (value) => {
    await expect(reader([value]).read()).rejects.toThrow("no value");
  });
});
