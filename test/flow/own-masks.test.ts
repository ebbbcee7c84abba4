import { describe, expect, it } from "vitest";
import { callWith } from "../upstream/calls.ts";
import { masked, whole } from "./masked-answers.ts";

const GET_OBJECT = callWith({});
const GET_SECRET = callWith({
  service: "secretsmanager",
  operation: "GetSecretValue",
  protocol: "json-1.1",
  signingName: "secretsmanager",
  candidates: [{ service: "secretsmanager", operation: "GetSecretValue" }],
});

const SECRET = JSON.stringify({ Name: "orders/api", SecretString: "hunter2-hunter2" });
const HASHED = { masks: [{ path: "SecretString", style: "hash" }] } as const;

describe("the style `hash`", () => {
  it("gives the same value the same marker, under the deployment's key", async () => {
    const shown = async (key: string) => {
      const masking = { maskKey: async () => Buffer.from(key) };
      return JSON.parse((await whole(GET_SECRET, SECRET, { obligations: HASHED, masking })).text)
        .SecretString;
    };
    expect(await shown("one")).toMatch(/^\[masked:countersign:hash=[\w-]{22}\]$/);
    expect(await shown("one")).toBe(await shown("one"));
    expect(await shown("one")).not.toBe(await shown("another"));
  });

  it("withholds the answer where its key cannot be had", async () => {
    const masking = { maskKey: () => Promise.reject(new Error("kms is down")) };
    const answer = await masked(GET_SECRET, SECRET, { obligations: HASHED, masking });
    expect(answer).toMatchObject({ kind: "withheld", reason: "it could not be masked" });
  });

  it("asks for no key where no policy asks for the style", async () => {
    const masking = { maskKey: () => Promise.reject(new Error("kms is down")) };
    expect((await masked(GET_SECRET, SECRET, { masking })).kind).toBe("whole");
  });
});

describe("the deployment's own detectors", () => {
  const masking = { deployment: { detectors: [{ name: "order-id", pattern: "ORD-[0-9]{6}" }] } };

  it("look at every answer, without a policy that names them", async () => {
    const { text, masks } = await whole(GET_SECRET, '{"Name":"about ORD-123456 here"}', { masking });
    expect(JSON.parse(text)).toEqual({ Name: "about [masked:countersign] here" });
    expect(masks.detectors).toEqual({ "order-id": 1 });
  });

  it("look at what passes as it is, too", async () => {
    const { text, masks } = await whole(GET_OBJECT, "a line\nORD-654321\n", { masking });
    expect(text).toBe("a line\n[masked:countersign]\n");
    expect(masks.detectors).toEqual({ "order-id": 1 });
  });
});
