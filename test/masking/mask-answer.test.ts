import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CURATED } from "../../lambdas/masking/curated.ts";
import { MARKER } from "../../lambdas/masking/marker.ts";
import { type MaskQuestion, maskAnswer } from "../../lambdas/masking/mask-answer.ts";
import { parseMask } from "../../lambdas/masking/mask-paths.ts";
import type { AnswerLeaf, MaskObligations, MaskStyle } from "../../lambdas/model/answer.ts";
import { edited, leaf } from "./leaves.ts";

const CANARY = "canary-5f1e7c";
const KEY = Buffer.from("a key of the deployment");
const ANY_CALL = { service: "any", operation: "Get", parameters: {} };

function obligations(masks: Record<string, MaskStyle>, unmasks: readonly string[] = []): MaskObligations {
  return {
    masks: Object.entries(masks).map(([path, style]) => ({ path, style })),
    unmasks: unmasks.map((path) => ({ path, style: "fixed" as const })),
    detectors: [],
  };
}

function mask(leaves: readonly AnswerLeaf[], more: Partial<MaskQuestion> = {}) {
  const answer = maskAnswer({ leaves, call: ANY_CALL, obligations: undefined, ...more });
  return { ...answer, texts: edited(leaves, answer.edits) };
}

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

describe("@unmask", () => {
  it("shows the member that it names exactly, and nothing beside or below it", () => {
    const leaves = ["SecretString", "SecretBinary", "SecretString.deeper"].map((at) =>
      leaf(at, CANARY, { sensitive: true }),
    );
    const result = mask(leaves, { obligations: obligations({}, ["SecretString"]) });
    expect(result.texts).toEqual([CANARY, MARKER, MARKER]);
    expect(result.masks.unmasked).toEqual(["SecretString"]);
  });

  it.each(["*", "Secret*", "Credentials", "**.SecretString"])("shows nothing by %s", (path) => {
    const leaves = ["SecretString", "Credentials.Token"].map((at) => leaf(at, CANARY, { sensitive: true }));
    expect(mask(leaves, { obligations: obligations({}, [path]) }).texts).toEqual([MARKER, MARKER]);
  });

  it("still hides what a mask names inside it", () => {
    const text = `{"user":"u","password":"${CANARY}"}`;
    const by = { obligations: obligations({ "SecretString.password": "fixed" }, ["SecretString"]) };
    const result = mask([leaf("SecretString", text, { sensitive: true })], by);
    expect(result.texts).toEqual([`{"user":"u","password":"${MARKER}"}`]);
  });

  it("shows one member of JSON and hides the rest", () => {
    const text = `{"user":"u","password":"${CANARY}","port":5432}`;
    const result = mask([leaf("SecretString", text, { sensitive: true })], {
      obligations: obligations({}, ["SecretString.user"]),
    });
    expect(result.texts).toEqual([`{"user":"u","password":"${MARKER}","port":0}`]);
  });
});

describe("masks of data", () => {
  const dynamodb = (operation: string, parameters: MaskQuestion["call"]["parameters"] = {}) => ({
    call: { service: "dynamodb", operation, parameters },
    obligations: obligations({ "dynamodb:Table/Orders.card": "fixed" }),
  });
  const ORDERS = { TableName: "Orders" };

  it.each([
    ["GetItem", ORDERS, "Item.{card}.S"],
    ["GetItem", { TableName: "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders" }, "Item.{card}.S"],
    ["Query", { ...ORDERS, IndexName: "by-day" }, "Items[0].{card}.M.{number}.S"],
    ["Scan", ORDERS, "LastEvaluatedKey.{card}.S"],
    ["UpdateItem", ORDERS, "Attributes.{card}.SS[0]"],
    ["PutItem", ORDERS, "Item.{card}.S"],
    ["BatchGetItem", {}, "Responses.{Orders}[0].{card}.S"],
    [
      "TransactGetItems",
      { TransactItems: [{ Get: { TableName: "Other" } }, { Get: ORDERS }] },
      "Responses[1].Item.{card}.S",
    ],
    ["ExecuteStatement", { Statement: "anything" }, "Items[0].{card}.S"],
    ["ExecuteStatement", { Statement: "anything" }, "Items[0].{customer.card[0]}.S"],
    ["BatchExecuteStatement", {}, "Responses[0].Item.{deep}.M.{card}.S"],
    ["GetItem", {}, "Item.{card}.S"],
  ])("hides the attribute in %s of %j at %s", (operation, parameters, at) => {
    expect(mask([leaf(at, CANARY)], dynamodb(operation, parameters)).texts).toEqual([MARKER]);
  });

  it.each([
    ["GetItem", { TableName: "Others" }, "Item.{card}.S"],
    ["GetItem", ORDERS, "Item.{cards}.S"],
    ["GetItem", ORDERS, "Item.{deep}.M.{card}.S"],
    ["BatchGetItem", {}, "Responses.{Other}[0].{card}.S"],
    ["TransactGetItems", { TransactItems: [{ Get: { TableName: "Other" } }] }, "Responses[0].Item.{card}.S"],
  ])("leaves alone in %s of %j what stands at %s", (operation, parameters, at) => {
    expect(mask([leaf(at, CANARY)], dynamodb(operation, parameters)).texts).toEqual([CANARY]);
  });

  it("keeps numbers that DynamoDB writes as strings numbers", () => {
    expect(mask([leaf("Item.{card}.N", "4111")], dynamodb("GetItem", ORDERS)).texts).toEqual(["0"]);
  });

  it("reads a table's name with dots in both ways", () => {
    const by = {
      ...dynamodb("GetItem", { TableName: "my.orders" }),
      obligations: obligations({ "dynamodb:Table/my.orders.card": "fixed" }),
    };
    expect(mask([leaf("Item.{card}.S", CANARY)], by).texts).toEqual([MARKER]);
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
