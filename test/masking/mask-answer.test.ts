import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CURATED } from "../../lambdas/masking/curated.ts";
import { MARKER } from "../../lambdas/masking/marker.ts";
import { parseMask } from "../../lambdas/masking/mask-paths.ts";
import { ANY_CALL, CANARY, leaf, mask, obligations } from "./leaves.ts";

const KEY = Buffer.from("a key of the deployment");
describe("what is hidden", () => {
  it.each([
    ["SecretString", "SecretString"],
    ["Parameters[].Value", "Parameters[3].Value"],
    ["Parameters[*].Value", "Parameters[3].Value"],
    ["Parameters.Value", "Parameters[3].Value"],
    ["Credentials", "Credentials.SessionToken"],
    ["Environment.Variables.*", "Environment.Variables.{A}"],
    ["Functions[].Environment.Variables.DB_*", "Functions[0].Environment.Variables.{DB_PASSWORD}"],
    ["Environment.Variables.db.password", "Environment.Variables.{db.password}"],
  ])("hides by the path %s what stands at %s", (path, at) => {
    const result = mask([leaf(at, CANARY), leaf("Other", "seen")], {
      obligations: obligations({ [path]: "fixed" }),
    });
    expect(result.texts).toEqual([MARKER, "seen"]);
  });

  it("leaves a map's other keys alone", () => {
    const at = "Functions[0].Environment.Variables.{LOG_LEVEL}";
    const path = "Functions[].Environment.Variables.DB_*";
    expect(mask([leaf(at, "info")], { obligations: obligations({ [path]: "fixed" }) }).texts).toEqual([
      "info",
    ]);
  });

  it("hides what the model marks, and counts it by its place without indexes and keys", () => {
    const result = mask([
      leaf("Users[0].Password", CANARY, { sensitive: true }),
      leaf("Users[1].Password", CANARY, { sensitive: true }),
      leaf("Map.{k}", CANARY, { sensitive: true }),
    ]);
    expect(result.texts).toEqual([MARKER, MARKER, MARKER]);
    expect(result.masks.paths).toEqual({ "Users[].Password": 2, "Map.*": 1 });
  });

  it("hides a Lambda function's environment although no trait says so", () => {
    const call = { ...ANY_CALL, service: "lambda" };
    const at = "Configuration.Environment.Variables.{PASSWORD}";
    expect(mask([leaf(at, CANARY)], { call }).texts).toEqual([MARKER]);
  });

  it("has a reason and a readable path for every curated member", () => {
    expect(
      CURATED.every(({ reason, paths }) => reason !== "" && paths.every((path) => parseMask(path))),
    ).toBe(true);
  });

  it.each([
    ["SecureString", MARKER],
    ["String", CANARY],
    ["Odd", MARKER],
  ])("of a parameter of type %s shows the value %s", (type, text) => {
    const call = { service: "ssm", operation: "GetParameters", parameters: {} };
    const leaves = [
      leaf("Parameters[0].Type", type),
      leaf("Parameters[0].Value", CANARY, { sensitive: true }),
    ];
    expect(mask(leaves, { call }).texts[1]).toBe(text);
  });

  it("hides a path inside JSON and keeps every other character", () => {
    const text = `{ "user":"u", "password" : "${CANARY}","n":1.50 }`;
    const result = mask([leaf("SecretString", text)], {
      obligations: obligations({ "SecretString.password": "fixed" }),
    });
    expect(result.texts).toEqual([`{ "user":"u", "password" : "${MARKER}","n":1.50 }`]);
    expect(result.masks.paths).toEqual({ "SecretString.password": 1 });
  });

  it.each([
    [
      "SecretString[].p",
      `[{"p":"${CANARY}"},{"p":"${CANARY}","q":1}]`,
      `[{"p":"${MARKER}"},{"p":"${MARKER}","q":1}]`,
    ],
    ["SecretString.p", `{"p":"${CANARY}","\\u0070":"${CANARY}"}`, `{"p":"${MARKER}","\\u0070":"${MARKER}"}`],
    [
      "SecretString.a.p",
      `{"a":[[{"p":"${CANARY}"}]],"__proto__":1}`,
      `{"a":[[{"p":"${MARKER}"}]],"__proto__":1}`,
    ],
    ["SecretString.a", `{"a":["${CANARY}",{"z":2}],"b":"\\\\"}`, `{"a":["${MARKER}",{"z":0}],"b":"\\\\"}`],
    ["SecretString.p", `{"p":"${CANARY}"} x`, MARKER],
    ["SecretString.p", `${"[".repeat(80)}"${CANARY}"${"]".repeat(80)}`, MARKER],
  ])("hides by %s inside %s", (path, text, masked) => {
    const result = mask([leaf("SecretString", text)], { obligations: obligations({ [path]: "fixed" }) });
    expect(result.texts).toEqual([masked]);
  });

  it("hides the whole text where a path leads inside and it is no JSON", () => {
    const result = mask([leaf("SecretString", CANARY)], {
      obligations: obligations({ "SecretString.password": "fixed" }),
    });
    expect(result.texts).toEqual([MARKER]);
  });

  it("keeps types valid", () => {
    const types = ["number", "boolean", "timestamp", "timestamp", "timestamp", "blob", "null"] as const;
    const texts = [
      "1.5",
      "true",
      "1700000000.5",
      "2026-01-01T00:00:00Z",
      "Thu, 01 Jan 2026 00:00:00 GMT",
      "Y2FuYXJ5",
      "null",
    ];
    const leaves = types.map((type, index) => leaf("A", texts[index] ?? "", { type, sensitive: true }));
    expect(mask(leaves).texts).toEqual([
      ...["0", "false", "0", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"],
      ...[Buffer.from(MARKER).toString("base64"), "null"],
    ]);
  });

  it("never makes two keys of a map the same", () => {
    const leaves = ["a", "b"].map((key) => leaf(`Map.{${key}}!`, key, { sensitive: true }));
    expect(new Set(mask(leaves).texts).size).toBe(2);
  });
});

describe("styles", () => {
  it("joins equal values by hash, and only with the same key", () => {
    const leaves = [leaf("A", CANARY), leaf("B", CANARY), leaf("A", "other")];
    const by = { obligations: obligations({ A: "hash", B: "hash" }) };
    const [one, two, other] = mask(leaves, { ...by, hashKey: KEY }).texts;
    expect(one).toBe(two);
    expect(other).not.toBe(one);
    expect(mask(leaves, { ...by, hashKey: Buffer.from("another") }).texts[0]).not.toBe(one);
    expect(mask(leaves, by).texts[0]).toBe(MARKER);
  });

  it("keeps the last four of what is long enough", () => {
    const by = { obligations: obligations({ A: "last4" }) };
    expect(mask([leaf("A", "4111111111111111"), leaf("A", "12345678")], by).texts).toEqual([
      "[masked:countersign:last4=1111]",
      MARKER,
    ]);
  });

  it("takes the strictest of two masks and the policy's instead of the default's", () => {
    const by = { obligations: obligations({ A: "last4", "A*": "drop", B: "last4" }) };
    const leaves = [leaf("A", "4111111111111111"), leaf("B", "4111111111111111", { sensitive: true })];
    expect(mask(leaves, by).texts).toEqual([undefined, "[masked:countersign:last4=1111]"]);
  });
});

describe("what cannot be masked is withheld", () => {
  it("withholds unknown members where a mask is due, and passes and reports them elsewhere", () => {
    const odd = leaf("NewSecret", "x", { known: false });
    expect(mask([odd]).masks.unknown).toEqual(["NewSecret"]);
    expect(mask([odd]).withheld).toBeUndefined();
    expect(mask([odd, leaf("A", "x", { sensitive: true })]).withheld).toMatch(/not known/);
    expect(mask([odd], { marked: true }).withheld).toMatch(/not known/);
    expect(mask([odd], { obligations: obligations({ A: "fixed" }) }).withheld).toMatch(/not known/);
  });

  it.each(["", "a..b", "a[0]", "dynamodb:Orders.card", "s3:Bucket/a.b", "A*B"])(
    "withholds for the mask `%s`",
    (path) => {
      expect(mask([leaf("A", "x")], { obligations: obligations({ [path]: "fixed" }) }).withheld).toMatch(
        /cannot be read/,
      );
    },
  );

  it("withholds for a detector that does not exist", () => {
    const none = { ...obligations({}), detectors: ["passwords"] };
    expect(mask([leaf("A", "x")], { obligations: none }).withheld).toMatch(/does not exist/);
  });
});

describe("random documents", () => {
  const names = fc.constantFrom("A", "Secret", "Items", "Value");
  const step = fc.oneof(
    names.map((name) => `.${name}`),
    fc.nat(9).map((index) => `[${index}]`),
    names.map((key) => `.{${key}}`),
  );
  const path = fc
    .tuple(names, fc.array(step, { maxLength: 5 }))
    .map(([root, steps]) => root + steps.join(""));
  const document = fc.array(
    fc.record({ path, text: fc.string({ unit: "binary", maxLength: 30 }), sensitive: fc.boolean() }),
    { maxLength: 20 },
  );

  it("never show a canary, leave the rest equal, and are the same when masked again", () => {
    fc.assert(
      fc.property(document, (members) => {
        const leaves = members.map(({ path: at, text, sensitive }) =>
          leaf(at, sensitive ? `${CANARY}${text}` : text, { sensitive }),
        );
        const once = mask(leaves);
        expect(once.texts.join().includes(CANARY)).toBe(false);
        leaves.forEach((one, index) => {
          if (!one.sensitive) expect(once.texts[index]).toBe(one.text);
        });
        const again = mask(leaves.map((one, index) => ({ ...one, text: once.texts[index] ?? "" })));
        expect(again.texts).toEqual(once.texts);
      }),
      { numRuns: 300 },
    );
  });
});
